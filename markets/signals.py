"""A signal: what the engine saw in a market at one poll, complete enough to be judged years later. Pure.

Everything of MOVE, KEY_CROSS, MULTIBOOK_SYNC and STEAM is told of the market's canonical side (home, over): `up` means
that its fair probability rose, whether by line or by price. A home handicap that falls from -3.5 to -4 at the same
price is `up`: the home team is held for better. The other side's view is the mirror, and is never counted as well.
DISLOCATION is of one book and of the outcome that is cheap there.

What leaves here is rounded (probabilities to 1e-9, times to whole microseconds) and in a fixed order, so the same
signal has the same bytes wherever it was computed.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from markets.consensus import Consensus
from markets.quotes import Market, Micros, Side, from_micros

DIGITS: Final = 9


class Kind(StrEnum):
    """What a signal says."""

    MOVE = "MOVE"
    KEY_CROSS = "KEY_CROSS"
    MULTIBOOK_SYNC = "MULTIBOOK_SYNC"
    DISLOCATION = "DISLOCATION"
    STEAM = "STEAM"


class Direction(StrEnum):
    """Where the canonical side's fair probability went; of a dislocation, `up` if the canonical side is cheap."""

    UP = "up"
    DOWN = "down"


class Resolution(StrEnum):
    """Whether polls were as close as the window asks for, or one gap between two of them was longer."""

    WINDOW = "window"
    GAP = "gap"


class Timing(StrEnum):
    """Whether the provider's own times put every mover's new quote inside the window."""

    TIMED = "timed"
    COARSE = "coarse"


class Mover(NamedTuple):
    """A family that moved itself: its own quote at the window's beginning against its own now."""

    family: str
    book: str  # of the family, the one that moved furthest
    from_point: float | None
    to_point: float | None
    from_fair: float  # of the canonical side at `from_point`
    to_fair: float  # … at `to_point`
    size: float  # the difference at the consensus line
    moved_at: Micros  # known by then: the provider's time of its first quote on the way, or that of the poll
    lag_s: float  # after the first of them


class Late(NamedTuple):
    """A book that has not moved that way yet, and what it still offers on the side moved towards."""

    book: str
    family: str
    point: float | None
    price: float
    american: int | None
    age_s: float  # since it last changed
    value: float | None  # expected profit of a wager of 1 at the consensus; None where that cannot be told


class Entry(NamedTuple):
    """The quote at which the signal could have been followed at its time."""

    book: str
    side: Side
    point: float | None  # as that side has it
    price: float
    american: int | None
    age_s: float  # since it last changed
    value: float | None  # expected profit of a wager of 1 at the signal's consensus


class Component(NamedTuple):
    """A named part of a strength."""

    name: str
    points: float
    most: float


class Key(NamedTuple):
    """A key number that the line met."""

    number: float
    how: str  # onto, off, through
    value: float | None  # expected profit at even odds of having been on the right side of it; None: not measured


@dataclass(frozen=True, slots=True)
class Signal:
    """See the module. `consensus` leaves the judged book's family out in a dislocation."""

    event: str
    market: Market
    side: Side
    kind: Kind
    at: Micros
    book: str | None
    direction: Direction
    towards: Side  # the outcome it speaks for
    commences: Micros
    from_line: float | None  # of the books that stood at both ends of the window; of a dislocation, the book's own
    to_line: float | None
    from_fair: tuple[float, ...]
    to_fair: tuple[float, ...]
    # How much likelier the side moved towards became, at `to_line`; of a dislocation, how much likelier the others hold
    # the judged side for than the book does. None where lines cannot be compared.
    moved: float | None
    keys: tuple[Key, ...]
    movers: tuple[Mover, ...]  # in the order in which they moved
    opposed: int  # families that moved the other way
    leader: str | None  # the first family; None where several were
    late: tuple[Late, ...]  # the best offer first
    window_s: float
    since: Micros  # the poll that the window began with
    resolution: Resolution
    timing: Timing
    strength: int  # 1 to 100
    components: tuple[Component, ...]
    consensus: Consensus
    entry: Entry | None  # None: nothing to take, and so nothing to grade

    @property
    def identity(self) -> tuple[str, Market, Side, Kind, str, Micros]:
        """What tells it apart, and what signals of one poll are sorted by."""
        return self.event, self.market, self.side, self.kind, self.book or "", self.at

    def to_dict(self) -> dict[str, Any]:
        """The whole signal in types of JSON, rounded; moments as ISO 8601 in UTC."""
        return {
            "event": self.event,
            "market": self.market.value,
            "side": self.side.value,
            "kind": self.kind.value,
            "at": _moment(self.at),
            "book": self.book,
            "direction": self.direction.value,
            "towards": self.towards.value,
            "commences": _moment(self.commences),
            "from": {"line": self.from_line, "fair": _rounded(self.from_fair)},
            "to": {"line": self.to_line, "fair": _rounded(self.to_fair)},
            "moved": rounded(self.moved),
            "keys": [each._asdict() | {"value": rounded(each.value)} for each in self.keys],
            "movers": [_mover(each) for each in self.movers],
            "opposed": self.opposed,
            "leader": self.leader,
            "late": [each._asdict() | {"value": rounded(each.value)} for each in self.late],
            "window_s": self.window_s,
            "since": _moment(self.since),
            "resolution": self.resolution.value,
            "timing": self.timing.value,
            "strength": self.strength,
            "components": [each._asdict() for each in self.components],
            "consensus": consensus_to_dict(self.consensus),
            "entry": None if self.entry is None else self.entry._asdict() | {"value": rounded(self.entry.value)},
        }

    def canonical(self) -> str:
        """The same text for the same signal, always: JSON with sorted keys and no spaces."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)


def consensus_to_dict(found: Consensus) -> dict[str, Any]:
    """A consensus in types of JSON, rounded."""
    return {
        "line": found.line,
        "fair": _rounded(found.fair),
        "books": found.books,
        "families": found.families,
        "effective": rounded(found.effective),
        "dispersion": rounded(found.dispersion),
    }


def rounded(value: float | None) -> float | None:
    """To nine decimals, without a negative zero."""
    return None if value is None else round(value, DIGITS) + 0.0


def strength_of(components: tuple[Component, ...]) -> int:
    """The points of what was scored, of 100; at least 1. What could not be measured counts neither way."""
    most = sum(each.most for each in components)
    return max(1, min(100, round(100.0 * sum(each.points for each in components) / most)))


def component(name: str, share: float, most: float) -> Component:
    """A part of a strength: a share of what it can be at most, kept between 0 and 1, to a tenth of a point."""
    return Component(name, round(most * max(0.0, min(1.0, share)), 1), most)


def _mover(mover: Mover) -> dict[str, Any]:
    return mover._asdict() | {
        "from_fair": rounded(mover.from_fair),
        "to_fair": rounded(mover.to_fair),
        "size": rounded(mover.size),
        "moved_at": _moment(mover.moved_at),
    }


def _rounded(values: tuple[float, ...]) -> list[float]:
    return [round(value, DIGITS) + 0.0 for value in values]


def _moment(at: Micros) -> str:
    return from_micros(at).isoformat(timespec="microseconds").replace("+00:00", "Z")
