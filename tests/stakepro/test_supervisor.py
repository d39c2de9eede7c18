"""Children are kept running, and ended in time."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stakepro import lifeline, supervisor
from stakepro.supervisor import Child, Supervisor

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""


@pytest.fixture
def listening() -> Iterator[Supervisor]:
    """A supervisor that listens to our signals, which are put back afterwards."""
    numbers = (*supervisor.STOP_SIGNALS, signal.SIGCHLD)
    before = [(number, signal.getsignal(number)) for number in numbers]
    made = Supervisor()
    made.listen()
    yield made
    signal.set_wakeup_fd(-1)
    for number, handler in before:
        signal.signal(number, handler)
    made.close()


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.mark.parametrize(("code", "answer"), [("raise SystemExit(3)", 3), ("raise SystemExit(0)", 1)])
def test_the_end_of_a_vital_child_ends_all(listening: Supervisor, code: str, answer: int) -> None:
    other = Child(name="other", command=SLEEPS, vital=False)
    assert listening.run([Child(name="web", command=python(code), vital=True), other]) == answer
    assert not other.is_alive()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_with_code_0(listening: Supervisor, number: signal.Signals) -> None:
    child = Child(name="web", command=SLEEPS, vital=True)
    threading.Timer(0.3, os.kill, [os.getpid(), number]).start()
    assert listening.run([child]) == 0
    assert not child.is_alive()


def test_another_child_is_started_again_ever_more_slowly(listening: Supervisor) -> None:
    child = Child(name="worker", command=python("raise SystemExit(1)"), vital=False)
    pauses = []

    def look() -> None:
        pauses.append(child.failures)
        listening.stopping = child.failures >= 2

    listening.each_second = look
    began = time.monotonic()
    assert listening.run([child]) == 0
    assert pauses[-1] == 2
    assert time.monotonic() - began > 1  # the first pause
    assert child.next_start_at - time.monotonic() > 0.5  # the second is twice as long


def test_a_deaf_child_is_killed(listening: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.2)
    deaf = tmp_path / "deaf"
    child = Child(name="web", command=[*python(DEAF), str(deaf)], vital=True)

    def stop_when_deaf() -> bool:
        is_deaf = deaf.exists()
        if is_deaf:
            os.kill(os.getpid(), signal.SIGTERM)
        return is_deaf

    assert listening.run([child], on_ready=stop_when_deaf) == 0
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_a_child_knows_whose_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lifeline.environment_for_children()[lifeline.PARENT_VARIABLE] == str(os.getpid())
    followed: list[int] = []
    monkeypatch.setattr(lifeline, "follow", followed.append)
    monkeypatch.setenv(lifeline.PARENT_VARIABLE, "4711")
    lifeline.follow_named_parent()
    lifeline.follow_named_parent()  # the name is not passed on to children of our own
    assert followed == [4711]
