"""The simulator's time: it runs at some speed, or stands until it is told to go on. It never goes back."""

import threading
import time
from collections.abc import Callable
from typing import Final

from markets.quotes import SECOND, Micros

SPEED_MOST: Final = 100_000.0  # simulated seconds a second


class Clock:
    """Simulated microseconds since 1970. `speed` is simulated seconds a real second; 0: it stands between steps."""

    def __init__(self, begins: Micros, speed: float = 1.0, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        if not 0 <= speed <= SPEED_MOST:
            raise ValueError(f"The speed must be from 0 to {SPEED_MOST:.0f}.")
        self.speed = speed
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._shown, self._since = begins, monotonic()

    @property
    def stands(self) -> bool:
        """Whether time goes on only when it is told to."""
        return self.speed == 0

    def now(self) -> Micros:
        """The moment; whole seconds after the last step, as the provider's times are."""
        with self._lock:
            return self._now()

    def advance(self, to: Micros) -> Micros:
        """Go on to a moment at once; one that has passed changes nothing. The moment that it is now."""
        with self._lock:
            if to > self._now():
                self._shown, self._since = to, self._monotonic()
            return self._now()

    def _now(self) -> Micros:
        return self._shown + int((self._monotonic() - self._since) * self.speed) * SECOND
