"""The bot script under Node: bets in, a report out."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SCRIPT = HERE.parents[1] / "antebot" / "stakepro.js"
HARNESS = HERE / "harness.js"
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed; the bot script is tested under Node")

SERVER_SEED_HASHED = "a" * 64
CLIENT_SEED = "seed of the bot tests"


def pump_bet(nonce: int, result: float = 1.63, **changes: Any) -> dict[str, Any]:
    """What Antebot hands to onBetPlaced after a round of Pump."""
    return {
        "id": f"bet-{nonce}",
        "iid": f"house:{nonce}",
        "nonce": nonce,
        "active": False,
        "game": "pump",
        "win": False,
        "amount": 0.002,
        "payoutMultiplier": 0,
        "payout": 0,
        "currency": "usdt",
        "dateTime": "2026-08-08T19:15:29.123Z",
        "state": {
            "difficulty": "expert",
            "roundTarget": 12,
            "roundTargetMultiplier": 11200.65,
            "roundResult": 1,
            "roundResultMultiplier": result,
        },
        "clientSeed": CLIENT_SEED,
        "serverSeedHashed": SERVER_SEED_HASHED,
    } | changes


def start_bot(
    url: str, bets: list[dict[str, Any]], *, settings: dict[str, Any] | None = None, **plan: Any
) -> subprocess.Popen[str]:
    """Start the script on these bets; `finish_bot` gives its report. The plan's keys are those of harness.js."""
    assert NODE is not None
    plan = {
        "script": str(SCRIPT),
        "settings": {"url": url, "token": "sp_test"} | (settings or {}),
        "bets": bets,
        "speed": 50,
    } | plan
    process = subprocess.Popen(
        [NODE, str(HARNESS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(plan))
    process.stdin.close()
    process.stdin = None
    return process


def finish_bot(process: subprocess.Popen[str], *, seconds: float = 60) -> dict[str, Any]:
    """Wait for the bot to end and read its report; a script that throws fails the test with its own words."""
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    assert process.returncode == 0, errors
    report: dict[str, Any] = json.loads(output)
    return report


def run_bot(url: str, bets: list[dict[str, Any]], **plan: Any) -> dict[str, Any]:
    """Play all bets, stop, and report."""
    return finish_bot(start_bot(url, bets, **plan))
