"""Which form of a question a host takes, remembered for an hour. Pure; clock passed in."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final

REMEMBERED_SECONDS: Final = 3600.0
_REMEMBERED_MAX: Final = 1000


class Forms:
    """Per host and question, the first form that was not refused. Thread-safe."""

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._taken: dict[tuple[str, str], tuple[int, float]] = {}

    def first(self, host: str, question: str) -> int:
        """The index of the form to begin with: 0, the fullest, where nothing is known."""
        with self._lock:
            index, until = self._taken.get((host, question), (0, 0.0))
            return index if self._clock() < until else 0

    def works(self, host: str, question: str, index: int) -> None:
        """Note that this form was taken. An hour runs from when the forms before it were refused."""
        with self._lock:
            known, until = self._taken.get((host, question), (0, 0.0))
            if known == index and self._clock() < until:
                return
            if len(self._taken) >= _REMEMBERED_MAX:
                self._taken.clear()
            self._taken[(host, question)] = index, self._clock() + REMEMBERED_SECONDS

    def forget(self, host: str, question: str) -> None:
        """Begin with the fullest form again."""
        with self._lock:
            self._taken.pop((host, question), None)
