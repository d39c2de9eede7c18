"""Who calls: the key, what it may do, and what its calls have cost."""

import hmac
from collections import deque
from typing import Final

from markets.simulator.refusals import Refused

CALLS_A_SECOND: Final = 30
CREDITS: Final = 20_000
STATES: Final = ("active", "deactivated")


class Account:
    """The one account of the simulator, with a `balance` in credits.

    Credits are spent until none is left; free calls go on working then.
    """

    def __init__(
        self,
        key: str = "simulation",
        balance: int = CREDITS,
        *,
        free_plan: bool = False,
        calls_a_second: int | None = CALLS_A_SECOND,
    ) -> None:
        if not key or not key.isascii() or not key.isprintable() or balance < 0:
            raise ValueError("The key must be printable ASCII, and the credits 0 or more.")
        self.key = key
        self.state = "active"
        self.free_plan = free_plan
        self.calls_a_second = calls_a_second  # None: no limit
        self.remaining, self.used, self.last = balance, 0, 0
        self._calls: deque[float] = deque()

    def admit(self, key: str | None, now: float) -> None:
        """Let a call in; `now` is in real seconds. Raises `Refused`."""
        self.last = 0
        if not key:
            raise Refused("MISSING_KEY")
        if not hmac.compare_digest(key.encode(errors="surrogatepass"), self.key.encode()):
            raise Refused("INVALID_KEY")
        if self.state == "deactivated":
            raise Refused("DEACTIVATED_KEY")
        while self._calls and self._calls[0] <= now - 1:
            self._calls.popleft()
        if self.calls_a_second is not None and len(self._calls) >= self.calls_a_second:
            raise Refused("EXCEEDED_FREQ_LIMIT")
        self._calls.append(now)

    def check_history(self) -> None:
        """Raises `Refused` where the plan has no historical data."""
        if self.free_plan:
            raise Refused("HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN")

    def check_credits(self) -> None:
        """Before a call that costs something. Raises `Refused`."""
        if self.remaining <= 0:
            raise Refused("OUT_OF_USAGE_CREDITS")

    def charge(self, cost: int) -> None:
        """A call that was answered. The last one may cost more than was left."""
        self.last = cost
        self.used += cost
        self.remaining = max(self.remaining - cost, 0)

    def headers(self) -> dict[str, str]:
        """What every answer says."""
        return {
            "x-requests-remaining": str(self.remaining),
            "x-requests-used": str(self.used),
            "x-requests-last": str(self.last),
        }
