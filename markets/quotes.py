"""What books quote, and how it changed: the words that recordings, the engine and the database share. Pure.

A poll sees the quotes of every listed event at one moment. What is kept of it is what changed since the poll before:
a quote that is new, has another line or price, was taken down (a withdrawal), or is no longer confirmed by the
provider (stale). The quote that stands at a moment is the last change at or before it; that nothing changed does not
mean that nothing stands.

Moments are whole microseconds since 1970 in UTC: exact, quick to compare, and what PostgreSQL keeps. Points are
handicaps as the side has them (home −3.5 is away +3.5) or totals, in quarters, which floats hold exactly. Prices are
decimal odds as floats, because what is computed from them are probabilities, not money.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

Micros = int

SECOND: Final[Micros] = 1_000_000
MINUTE: Final[Micros] = 60 * SECOND
HOUR: Final[Micros] = 60 * MINUTE

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Market(StrEnum):
    """What is bet on, by the provider's name for it."""

    H2H = "h2h"
    SPREADS = "spreads"
    TOTALS = "totals"


class Side(StrEnum):
    """An outcome of a market."""

    HOME = "H"
    AWAY = "A"
    DRAW = "D"
    OVER = "O"
    UNDER = "U"


# One side speaks for its market, so that nothing is counted twice; what the other did is its mirror.
CANONICAL: Final[Mapping[Market, Side]] = {Market.H2H: Side.HOME, Market.SPREADS: Side.HOME, Market.TOTALS: Side.OVER}
MIRROR: Final[Mapping[Side, Side]] = {
    Side.HOME: Side.AWAY,
    Side.AWAY: Side.HOME,
    Side.OVER: Side.UNDER,
    Side.UNDER: Side.OVER,
}
SIDES: Final[Mapping[Market, tuple[Side, ...]]] = {
    Market.H2H: (Side.HOME, Side.AWAY, Side.DRAW),
    Market.SPREADS: (Side.HOME, Side.AWAY),
    Market.TOTALS: (Side.OVER, Side.UNDER),
}


class Quote(NamedTuple):
    """What a book offers on one side of a market."""

    point: float | None  # None in h2h
    price: float  # decimal odds, above 1
    american: int | None  # as the provider gave it; None where it gave decimal odds
    updated: Micros | None  # when the provider last confirmed it, at the time of the change; None: not told
    stale: bool = False  # not confirmed for longer than `STALE_AFTER`: it counts as no quote


STALE_AFTER: Final[Micros] = 10 * MINUTE


class Change(NamedTuple):
    """A quote that is new, other than before, stale or confirmed again; or none: taken down."""

    event: str
    book: str
    market: Market
    side: Side
    quote: Quote | None


class Listed(NamedTuple):
    """An event as a poll listed it; the start may move from poll to poll."""

    event: str
    home: str
    away: str
    commences: Micros


class Poll(NamedTuple):
    """One poll of one sport: what it listed, and what had changed since the poll before."""

    sport: str  # the provider's key: basketball_nba
    at: Micros
    listed: tuple[Listed, ...]
    changes: tuple[Change, ...]  # in the order (event, market, book, side)


def line_text(market: Market, point: float | None) -> str:
    """A line as people write it: a handicap with its sign, a total without; nothing where there is none."""
    if point is None:
        return ""
    return f"{point:+g}" if market is Market.SPREADS else f"{point:g}"


def to_micros(moment: datetime) -> Micros:
    """Microseconds since 1970 of an aware moment. Raises `ValueError` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(at: Micros) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + timedelta(microseconds=at)
