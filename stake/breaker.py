"""A circuit breaker: after repeated failures nothing is sent for a while, then one request tries. Pure.

One a session, in this process: it spares the venue and the account, and is no rule that money depends on. Whoever asks
passes the time.
"""

import random
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from stake.errors import CircuitOpen, CloudflareBlocked, NotConnected, RateLimited, Transient, VenueError

FAILURES_MAX: Final = 5  # in a row, before nothing is sent
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=5)
# The trying request may have died without a word; after this another may try.
TRIAL_MAX: Final = timedelta(minutes=2)
_JITTER: Final = 0.25  # of a pause, added at random, so that several processes do not try at one moment
_REMEMBERED_MAX: Final = 10_000

# Failures of the venue or the way to it. Any other error is an answer: the venue is there.
COUNTED: Final = (Transient, NotConnected, CloudflareBlocked, RateLimited)


class Breaker:
    """The circuit of one session; thread-safe."""

    def __init__(self, *, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._lock = Lock()
        self._failures = 0
        self._pauses = 0  # in a row, each longer
        self._closed_until: datetime | None = None  # nothing is sent before
        self._trial_until: datetime | None = None  # one request is trying

    def check(self, now: datetime) -> None:
        """Let a request through, or raise `CircuitOpen` with the time to wait."""
        with self._lock:
            if self._closed_until is None:
                return
            wait = self._closed_until - now
            if wait <= timedelta(0) and self._trial_until is not None:
                wait = self._trial_until - now
            if wait > timedelta(0):
                raise CircuitOpen(retry_after=wait)
            self._trial_until = now + TRIAL_MAX

    def failed(self, error: VenueError, now: datetime) -> None:
        """Note what came of a request that `check` let through."""
        if not isinstance(error, COUNTED):
            self.succeeded()
            return
        with self._lock:
            self._failures += 1
            asked = error.retry_after or timedelta(0)
            if self._failures >= FAILURES_MAX or self._trial_until is not None:
                self._pauses += 1
                self._open(max(asked, self._pause()), now)
            elif asked:
                self._open(asked, now)

    def succeeded(self) -> None:
        """Note that the venue answered."""
        with self._lock:
            self._failures = self._pauses = 0
            self._closed_until = self._trial_until = None

    def _open(self, pause: timedelta, now: datetime) -> None:
        until = now + pause
        # A request that was let through earlier may fail later; it does not shorten the pause.
        self._closed_until = until if self._closed_until is None else max(self._closed_until, until)
        self._trial_until = None

    def _pause(self) -> timedelta:
        growing = FIRST_PAUSE * 2 ** min(self._pauses - 1, 20)
        return min(growing, LONGEST_PAUSE) * (1 + _JITTER * self._chance())


class Breakers:
    """The circuits of many sessions; thread-safe."""

    def __init__(self, *, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._lock = Lock()
        self._breakers: dict[Hashable, Breaker] = {}

    def of(self, key: Hashable) -> Breaker:
        """The circuit of this session."""
        with self._lock:
            if key not in self._breakers and len(self._breakers) >= _REMEMBERED_MAX:
                self._breakers.clear()
            return self._breakers.setdefault(key, Breaker(chance=self._chance))

    def forget(self, key: Hashable) -> None:
        """Close the circuit of this session: what made it fail was changed."""
        with self._lock:
            self._breakers.pop(key, None)
