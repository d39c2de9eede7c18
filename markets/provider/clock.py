"""What time it is at the provider: ours, or that of a simulator whose time may pass faster. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

RATE_MAX: Final = 100_000.0
_LONG_ENOUGH: Final = 0.05  # seconds between two sightings that a rate can be read from


class _Sighting(NamedTuple):
    moment: datetime  # theirs
    read_at: float  # ours


class Clock:
    """Tells the time, and how long to wait for a later one; set by a simulator's answers where there is one."""

    def __init__(self, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._now, self._monotonic = now, monotonic
        self._first: _Sighting | None = None
        self._last: _Sighting | None = None
        self._rate = 1.0  # seconds of theirs for one of ours

    def now(self) -> datetime:
        """The time at the provider, as far as is known."""
        if self._last is None:
            return self._now()
        return self._last.moment + timedelta(seconds=(self._monotonic() - self._last.read_at) * self._rate)

    def seconds_until(self, moment: datetime) -> float:
        """Of ours, until it is that time at the provider; 0 where it has passed."""
        return max(0.0, (moment - self.now()).total_seconds() / self._rate)

    def set(self, moment: datetime) -> None:
        """A simulator's answer had this time.

        How fast its time passes is read from the first answer and this one: a simulator of recordings may tell the
        moment of the recorded poll, which goes in steps. One that went back began anew.
        """
        sighting = _Sighting(moment, self._monotonic())
        if self._first is None or self._last is None or moment < self._last.moment:
            self._first = sighting
            self._rate = 1.0
        elif (ours := sighting.read_at - self._first.read_at) >= _LONG_ENOUGH:
            self._rate = min(RATE_MAX, max(1.0, (moment - self._first.moment).total_seconds() / ours))
        self._last = sighting
