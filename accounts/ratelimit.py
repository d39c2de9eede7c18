"""How much a caller may send in a minute.

Fixed one-minute windows, counted in each web worker against its share of the limit (limit ÷ workers). That is
approximate: a caller whose connections all reach one worker gets that worker's share only.
"""

import math
from dataclasses import dataclass
from threading import Lock

from django.conf import settings

WINDOW_SECONDS = 60
KEYS_MAX = 100_000
# Callers beyond KEYS_MAX in one minute share a count, so that many made-up keys cannot fill the memory.
OVERFLOW_KEY = ""


@dataclass(frozen=True, slots=True)
class Window:
    """What a caller has in this minute. `limit` is this worker's share, 0 where no limit is set."""

    allowed: bool
    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """The X-RateLimit headers, with Retry-After for a refusal; none where no limit is set."""
        if self.limit == 0:
            return {}
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }
        return headers if self.allowed else {**headers, "Retry-After": str(self.reset)}


class Limiter:
    """The counts of one minute; those of the minute before are dropped when a new one begins."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute = -1
        self._counts: dict[str, int] = {}

    def take(self, *, key: str, count: int, limit: int, now: float) -> Window:
        """Admit `count` messages of `key` whole, or refuse them whole and count nothing. `now` is Unix time."""
        if limit == 0:
            return Window(allowed=True, limit=0, remaining=0, reset=0)
        share = max(1, limit // max(1, settings.WEB_WORKERS))
        minute = int(now // WINDOW_SECONDS)
        reset = max(1, math.ceil((minute + 1) * WINDOW_SECONDS - now))
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts = {}
            if key not in self._counts and len(self._counts) >= KEYS_MAX:
                key = OVERFLOW_KEY
            taken = self._counts.get(key, 0)
            allowed = taken + count <= share
            if allowed:
                taken += count
                self._counts[key] = taken
        return Window(allowed=allowed, limit=share, remaining=share - taken, reset=reset)

    def clear(self) -> None:
        """Forget every count; tests start so."""
        with self._lock:
            self._counts = {}


limiter = Limiter()
take = limiter.take
