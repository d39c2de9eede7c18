"""`manage.py odds_simulator` as a process: it says what to set, answers there, and ends cleanly."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from tests.markets.simulator.wire import NO_TLS

# Not through `manage.py`, which would start a database first.
RUN = """
import sys
from markets.management.commands.odds_simulator import Command
Command().run_from_argv(["manage.py", "odds_simulator", *sys.argv[1:]])
"""
DEADLINE_SECONDS = 60

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command; whatever runs at the end is ended."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, *arguments],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def test_it_serves_a_recording_until_a_signal(start: Start, tmp_path: Path) -> None:
    payload = [
        {
            **{"id": "1" * 32, "sport_key": "icehockey_nhl", "commence_time": "2026-01-10T20:00:00Z"},
            **{"home_team": "Gulls", "away_team": "Otters"},
            "bookmakers": [
                {
                    "key": "fanduel",
                    "title": "FanDuel",
                    "markets": [{"key": "h2h", "outcomes": [{"name": "Gulls", "price": 1.9}]}],
                }
            ],
        }
    ]
    recording = tmp_path / "polls.jsonl"
    recording.write_text(json.dumps({"fetched_at": "2026-01-10T17:00:00Z", "payload": payload}))
    process = start("--file", str(recording), "--speed", "0", "--credits", "12", "--key", "of-a-test")
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(3)]
    base_url = told[1].strip().partition("ODDS_API_BASE_URL=")[2]
    assert told[0].startswith("Simulated odds provider on http://127.0.0.1:")
    assert told[2] == "ODDS_API_KEY=of-a-test\n"
    query = {"apiKey": "of-a-test", "regions": "us"}
    answer = httpx.get(f"{base_url}/sports/icehockey_nhl/odds", params=query, verify=NO_TLS)
    assert answer.json() == payload
    assert answer.headers["x-requests-remaining"] == "11"
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, output, errors) == (0, "", "")


REFUSED = [
    (["--host", "0.0.0.0"], "--host must be 127.0.0.1"),
    (["--host", "example.com"], "--host must be 127.0.0.1"),
    (["--port", "70000"], "--port must be from 0 to 65535"),
    (["--speed", "-1"], "The speed must be from 0"),
    (["--speed", "nan"], "The speed must be from 0"),
    (["--credits", "-1"], "The key must be printable ASCII, and the credits 0 or more"),
    (["--key", ""], "The key must be printable ASCII"),
    (["--games", "0"], "a day has one game at least"),
    (["--start", "tomorrow"], "--start must be 'now' or a moment"),
    (["--start", "2026-01-10T17:00:00"], "--start needs a time zone"),
    (["--file", "/nowhere/polls.jsonl"], "polls.jsonl: No such file"),
    (["--file", "x", "--sport", "icehockey_nhl"], "recordings have their own"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_it_rejects_what_it_cannot_run(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("odds_simulator", *arguments)
