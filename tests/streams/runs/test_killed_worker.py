"""A whole installation whose worker is killed in the middle of a run: the run goes on, and nothing counts twice."""

import os
import signal
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from fairness.scan import Plan, Target, scan
from tests.stakepro.installation import installed
from tests.streams.runs.bodies import CLIENT_SEED, SERVER_SEED, body

# A game that is scanned by playing each round: the run lasts many pieces on the fastest machine.
GAME: dict[str, Any] = {"game": "tarot", "params": {"difficulty": "medium"}}
TARGET = 30
NONCES = 500_000
SECONDS = 90


def until(holds: Callable[[], bool], *, every: float = 0.02) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(every)


@pytest.mark.timeout(240)
def test_a_killed_worker_loses_and_doubles_nothing() -> None:
    with installed() as installation:
        # Not those of the tests, in which no request waits for a worker.
        installation.environment["DJANGO_SETTINGS_MODULE"] = "stakepro.settings"
        installation.start_up()
        token = installation.manage("create_token", "runs", "--scope", "write").stdout.strip()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(
            base_url=f"http://127.0.0.1:{installation.port}", headers=headers, timeout=30, trust_env=False
        ) as client:
            # A short run first, so that the worker has loaded what it needs.
            short = f"/runs/{client.post('/runs', json=body()).json()['id']}"
            until(lambda: client.get(short).json()["status"] == "finished", every=0.2)
            assert client.get(short).json()["summary"]["counts_by_target"]["11200.65"] == 1
            found = killed_and_finished(installation, client)
    assert found["nonces_done"] == NONCES
    assert found["hits"] == found["expected_hits"]
    assert found["counts"] == [len(found["hits"])]


def killed_and_finished(installation: Any, client: httpx.Client) -> dict[str, Any]:
    """Ask for a long run, kill the worker once it has begun, and read what the next worker made of it."""
    asked: list[httpx.Response] = []
    wanted = body(end=NONCES, difficulty=None, targets=[{"op": "ge", "value": TARGET}], **GAME)
    posting = threading.Thread(target=lambda: asked.append(client.post("/runs", json=wanted)))
    posting.start()

    def row() -> dict[str, Any]:
        newest: dict[str, Any] = client.get("/runs?limit=1").json()["runs"][0]
        return newest

    def begun() -> bool:
        newest = row()  # one read: between two, the newest run may become another
        return bool(newest["nonce_end"] == NONCES and newest["nonces_done"] > 0)

    until(begun)
    worker = installation.children()["worker"]
    os.kill(worker, signal.SIGKILL)
    at_the_kill = row()
    assert 0 < at_the_kill["nonces_done"] < NONCES, "the run was over before the kill"
    expected = expected_hits()  # while the next worker starts
    until(lambda: row()["status"] == "finished", every=0.2)
    posting.join()
    assert asked[0].status_code == 201
    assert installation.children()["worker"] != worker
    finished = row()
    assert finished["started_at"] == at_the_kill["started_at"]
    hits = client.get(f"/runs/{finished['id']}/hits?limit=10000").json()
    return {
        "nonces_done": finished["nonces_done"],
        "counts": list(finished["counts_by_target"].values()),
        "hits": [each["nonce"] for each in hits["rows"]],
        "expected_hits": expected,
    }


def expected_hits() -> list[int]:
    """The hits of one scan over the whole range."""
    seeds: dict[str, Any] = {"server_seed": SERVER_SEED, "client_seed": CLIENT_SEED}
    plan = Plan.of(**GAME, **seeds, targets=[Target("ge", Decimal(TARGET))])
    return [nonce for nonce, _ in scan(plan, 1, NONCES, hits_max=10_000).hits[0]]
