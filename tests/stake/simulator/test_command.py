"""`manage.py stake_simulator` as a process: it announces itself, keeps its bets, and ends cleanly."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stake.simulator import address
from tests.stake.simulator.wire import NO_TLS, Caller

# Not through `manage.py`, which would start a database first.
RUN = """
from stake.management.commands.stake_simulator import Command
Command().run_from_argv(["manage.py", "stake_simulator", "--home", {home!r}])
"""
DEADLINE_SECONDS = 60

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the command on `tmp_path`; whatever runs at the end is ended."""
    started: list[subprocess.Popen[str]] = []

    def run(**environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN.format(home=str(tmp_path))],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **environment},
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


def announced(home: Path, process: subprocess.Popen[str]) -> dict[str, Any]:
    """Its address, once it is there."""
    path = home / "simulator" / "address.json"
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if path.exists() and (found := json.loads(path.read_text()))["pid"] == process.pid:
            assert path.stat().st_mode & 0o777 == 0o600
            return found
        time.sleep(0.05)
    raise AssertionError(process.communicate()[1])


def test_it_keeps_what_was_booked_and_ends_cleanly(start: Start, tmp_path: Path) -> None:
    first = start()
    url = f"http://127.0.0.1:{announced(tmp_path, first)['port']}"
    made = httpx.post(f"{url}/_simulator/accounts", verify=NO_TLS, json={}).json()
    with httpx.Client(verify=NO_TLS, base_url=url, headers={"x-access-token": made["token"]}) as client:
        Caller(client).place("dice")
        first.send_signal(signal.SIGTERM)
        output, errors = first.communicate(timeout=DEADLINE_SECONDS)
    assert (first.returncode, errors) == (0, "")
    assert output == f"Simulated venue on {url}: play money, nothing here is Stake.com.\n"
    assert address.registered_port(tmp_path) is None

    second = start()
    url = f"http://127.0.0.1:{announced(tmp_path, second)['port']}"
    told = httpx.get(f"{url}/_simulator/state", verify=NO_TLS, params={"account": made["id"]}).json()
    assert [bet["nonce"] for bet in told["bets"]] == [1]

    third = start()
    assert third.wait(DEADLINE_SECONDS) == 1
    assert "A simulator runs on this home already." in third.communicate()[1]
    assert address.is_listening(tmp_path)


def test_it_starts_again_after_it_was_killed(start: Start, tmp_path: Path) -> None:
    first = start()
    announced(tmp_path, first)
    first.kill()
    first.wait()

    assert announced(tmp_path, start())["port"] == address.registered_port(tmp_path)


def test_it_ends_when_its_parent_is_another(start: Start, tmp_path: Path) -> None:
    process = start(STAKEPRO_PARENT="1" if os.getpid() != 1 else "2")

    assert process.wait(DEADLINE_SECONDS) == 0
    assert address.registered_port(tmp_path) is None
