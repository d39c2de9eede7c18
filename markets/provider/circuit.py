"""A circuit that opens after failed polls: for a while nothing is asked, then one poll tries. Pure.

A poll counts once, however many attempts it took. Its state is two values, so that it outlives the process.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Circuit:
    """How many polls failed one after another, and until when nothing is asked."""

    failures_to_open: int
    pause: timedelta
    failures: int = 0
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether nothing may be asked at this moment."""
        return self.open_until is not None and now < self.open_until

    def failed(self, now: datetime, *, asked_for: timedelta | None = None) -> "Circuit":
        """After a poll that failed; the provider may have asked for a pause of its own."""
        failures = self.failures + 1
        pause = asked_for or timedelta(0)
        if failures >= self.failures_to_open:
            pause = max(pause, self.pause)
        until = now + pause if pause else self.open_until
        return Circuit(self.failures_to_open, self.pause, failures, until)

    def succeeded(self) -> "Circuit":
        """After a poll that came through."""
        return Circuit(self.failures_to_open, self.pause)
