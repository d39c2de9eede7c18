"""When a simulator's process ends: at a signal, or with the process that started it."""

import os
import signal
import threading
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# `manage.py up` names itself to its children in this variable (`stakepro.lifeline`, which simulators may not import).
PARENT_VARIABLE: Final = "STAKEPRO_PARENT"
POLL_SECONDS: Final = 0.5  # how soon the end of a parent is noticed


def at_signal() -> threading.Event:
    """An event that a signal to end sets from now on. For the main thread only."""
    stopping = threading.Event()
    for number in SIGNALS:
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def named_parent() -> int | None:
    """The process to end with, if one is named. It is taken out, because children of ours have another parent."""
    named = os.environ.pop(PARENT_VARIABLE, "")
    return int(named) if named.isdigit() else None


def wait(stopping: threading.Event, parent: int | None) -> None:
    """Return when `stopping` is set, or soon after `parent` is no longer our parent."""
    while not stopping.wait(POLL_SECONDS):
        if parent is not None and os.getppid() != parent:
            break
