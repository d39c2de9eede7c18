"""A small market to play with: books hang quotes by hand, and polls tell what changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from markets.detector_settings import Settings
from markets.engine import Engine
from markets.margins import WholeNormal
from markets.odds import read_american
from markets.quotes import CANONICAL, MINUTE, MIRROR, Change, Listed, Market, Micros, Poll, Quote, Side
from markets.signals import Signal
from markets.sports import SportModel

SPORT = "basketball_test"
DAWN = 1_785_931_200_000_000
START = DAWN + 600 * MINUTE

# Near the NBA's, and simple: tests say what detectors do, not what the fitted numbers are.
MODEL = SportModel(
    SPORT,
    spreads=WholeNormal("spreads", 12.0),
    totals=WholeNormal("totals", 18.0, rising=True),
    key_numbers={3.0: 0.035, 4.0: 0.03, 7.0: 0.04},
)
NO_MODEL = SportModel(SPORT)

Key = tuple[str, str, Market, Side]


def settings(**values: object) -> Settings:
    """Defaults with others: `sync__movers_least=2`."""
    return Settings().changed({name.replace("__", "."): value for name, value in values.items()})


def engine(model: SportModel = MODEL, **values: object) -> Engine:
    return Engine(SPORT, settings(**values), model=model)


@dataclass
class Feed:
    """What stands; `poll` says what of it is new. One event unless told otherwise."""

    market: Market = Market.SPREADS
    event: str = "e"
    commences: Micros = START
    quotes: dict[Key, Quote] = field(default_factory=dict)
    told: dict[Key, Quote] = field(default_factory=dict)

    def hang(
        self,
        book: str,
        point: float | None = None,
        odds: tuple[int, ...] = (-110, -110),
        minute: float | None = None,
        *,
        stale: bool = False,
    ) -> "Feed":
        """A book's whole market at the canonical side's line; `minute` is when the provider confirmed it."""
        updated = None if minute is None else round(DAWN + minute * MINUTE)
        first = CANONICAL[self.market]
        sides = (first, MIRROR[first], Side.DRAW)[: len(odds)]
        for side, american in zip(sides, odds, strict=True):
            own = point
            if self.market is Market.SPREADS and side is Side.AWAY and point is not None:
                own = -point + 0.0
            price = float(read_american(american))
            self.quotes[self.event, book, self.market, side] = Quote(own, price, american, updated, stale)
        return self

    def all(self, lines: Mapping[str, float | None], odds: tuple[int, ...] = (-110, -110)) -> "Feed":
        """Several books at once, at the same odds."""
        for book, point in lines.items():
            self.hang(book, point, odds)
        return self

    def take_down(self, book: str) -> "Feed":
        for key in [key for key in self.quotes if key[1] == book and key[2] is self.market]:
            del self.quotes[key]
        return self

    def poll(self, minute: float, *, listed: bool = True) -> Poll:
        """What changed since the poll before."""
        keys = sorted({*self.quotes, *self.told}, key=lambda key: (key[0], key[2], key[1], key[3]))
        changes = tuple(
            Change(key[0], key[1], key[2], key[3], self.quotes.get(key))
            for key in keys
            if self.quotes.get(key) != self.told.get(key)
        )
        self.told = dict(self.quotes)
        events = (Listed(self.event, "Home", "Away", self.commences),) if listed else ()
        return Poll(SPORT, round(DAWN + minute * MINUTE), events, changes)


def settle(held: Engine, feed: Feed) -> None:
    """Polls every two minutes for so long that every window has a beginning; the last is at minute 0."""
    for minute in range(-20, 2, 2):
        held.poll(feed.poll(minute))


BOOKS = ("a", "b", "c", "d", "e", "f")


def quiet(market: Market = Market.SPREADS, point: float | None = -4.5, books: tuple[str, ...] = BOOKS) -> Feed:
    """Six families that agree."""
    feed = Feed(market)
    return feed.all(dict.fromkeys(books, None if market is Market.H2H else point))


def kinds(signals: list[Signal]) -> list[str]:
    return [signal.kind.value for signal in signals]
