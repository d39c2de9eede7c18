"""A simulator's process ends at a signal, or when its parent is another."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from loopback import until


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """As they were, afterwards."""
    before = {number: signal.getsignal(number) for number in until.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", until.SIGNALS)
def test_a_signal_ends_the_wait(number: signal.Signals) -> None:
    stopping = until.at_signal()
    assert not stopping.is_set()
    signal.raise_signal(number)
    until.wait(stopping, os.getppid())
    assert stopping.is_set()


def test_another_parent_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(until, "POLL_SECONDS", 0.001)
    stopping = threading.Event()
    until.wait(stopping, os.getpid())  # nobody is its own parent
    assert not stopping.is_set()


@pytest.mark.parametrize(("named", "parent"), [("4711", 4711), ("", None), ("-1", None), ("x", None)])
def test_the_parent_is_named_once(named: str, parent: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(until.PARENT_VARIABLE, named)
    assert until.named_parent() == parent
    assert until.named_parent() is None
