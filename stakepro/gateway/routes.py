"""The gateway's addresses. Pure: from a path to what answers there."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

_WALLETS: Final = "/api/v1/wallets/"


class Route(Enum):
    """What answers at an address; the value is its name in the counts."""

    HOLD = "gateway:hold"
    WALLET_HOLDS = "gateway:wallet_holds_batch"
    HOLDS = "gateway:holds_batch"
    EVENTS = "gateway:events"
    HEALTHZ = "gateway:healthz"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Methods:
    """By which methods an address answers, as `accounts.http.api` says it."""

    allowed: tuple[str, ...]

    def allows(self, method: str) -> bool:
        """Whether this is one of them; HEAD is where GET is."""
        return method in self.allowed or (method == "HEAD" and "GET" in self.allowed)

    @property
    def allow(self) -> str:
        """The value of the header `Allow`."""
        return ", ".join([*self.allowed, *(["HEAD"] if "GET" in self.allowed else []), "OPTIONS"])

    def refusal(self, method: str) -> str:
        """A sentence for those who used another."""
        return f"{method} is not allowed here; use {' or '.join(self.allowed)}."


_POST: Final = Methods(("POST",))
_GET: Final = Methods(("GET",))
METHODS: Final = {
    Route.HOLD: _POST,
    Route.WALLET_HOLDS: _POST,
    Route.HOLDS: _POST,
    Route.EVENTS: _GET,
    Route.HEALTHZ: _GET,
}
_FIXED: Final = {"/api/v1/holds:batch": Route.HOLDS, "/events": Route.EVENTS, "/healthz": Route.HEALTHZ}


def find(path: str) -> tuple[Route, str]:
    """What answers at this path, and the part of it that names a wallet ("" where none is named)."""
    if path.startswith(_WALLETS):
        wallet, _, what = path[len(_WALLETS) :].partition("/")
        if what == "holds" and wallet:
            return Route.HOLD, wallet
        if what == "holds:batch" and wallet:
            return Route.WALLET_HOLDS, wallet
        return Route.NONE, ""
    return _FIXED.get(path, Route.NONE), ""
