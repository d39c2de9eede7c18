"""When a command is to end: after a signal, or with the process that started it."""

import os
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Final

from markets.provider.errors import Interrupted

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# `manage.py up` names itself to its children in this variable (`stakepro.lifeline`, which apps may not import).
PARENT_VARIABLE: Final = "STAKEPRO_PARENT"
SLICE: Final = 0.5  # seconds; how soon the end of a parent is noticed


class Stopping:
    """Waits that a signal cuts short. `with Stopping() as stopping:` listens, in the main thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before: dict[signal.Signals, Any] = {}
        named = os.environ.pop(PARENT_VARIABLE, "")
        self._parent = int(named) if named.isdigit() else None

    def __enter__(self) -> "Stopping":
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def stop(self) -> None:
        """Ask for the end."""
        self._event.set()

    def __call__(self) -> bool:
        """Whether to end."""
        if self._parent is not None and os.getppid() != self._parent:
            self._event.set()
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Return after so many seconds, or sooner when it is time to end."""
        until = time.monotonic() + seconds
        while not self() and (left := until - time.monotonic()) > 0:
            self._event.wait(min(left, SLICE))

    def sleep(self, seconds: float) -> None:
        """As `wait`; raises `Interrupted` where it is time to end."""
        self.wait(seconds)
        if self():
            raise Interrupted

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()
