"""Markets made up from a seed: the same seed, sports and start give the same polls, byte for byte.

Every poll is a function of its moment, so it does not matter which were asked for before, or how often.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from markets.quotes import HOUR, MINUTE, SECOND, Market, Micros, from_micros, to_micros
from markets.simulator.books import BOOKS
from markets.simulator.dice import Dice
from markets.simulator.path import Path
from markets.simulator.quoting import Board, Timeline
from markets.simulator.slate import Fixture, Slate
from markets.simulator.source import Event, Listing, Snapshot
from markets.simulator.sports import SPORTS

BEGINS: Final = datetime(2026, 1, 10, 17, tzinfo=UTC)  # where the clock starts unless told otherwise
MARK: Final = " (simulation)"
CADENCE: Final = 5 * MINUTE  # of the polls that step mode and the historical paths know

# How the provider reads a book: mostly every minute, now and then only after some. The age of what it last read is
# then 5 s or less one time of ten, 34 s in the middle and 432 s or more one time of a hundred, as in real polls of the
# WNBA (kevbowl/odds-fetcher, odds/wnba.json, 3,506 polls).
READS_SECONDS: Final = (42.0, 160.0)
RARE_INTERVAL: Final = 0.0443  # the share of intervals that are of the rare kind
RARE_AGE: Final = 0.15  # the share of moments that lie in one of those

_KEYS: Final = {Market.H2H: "h2h", Market.SPREADS: "spreads", Market.TOTALS: "totals"}


class Generated:
    """A source of simulated sports. `games` overrides how many games a sport has a day. Raises `ValueError`."""

    def __init__(
        self,
        seed: int,
        sports: Sequence[str] = ("basketball_nba",),
        *,
        begins: datetime = BEGINS,
        games: int | None = None,
        cadence: Micros = CADENCE,
    ) -> None:
        unknown = [sport for sport in sports if sport not in SPORTS]
        if unknown or not sports:
            raise ValueError(
                f"{', '.join(unknown) or 'No sport'} cannot be simulated; choose from {', '.join(SPORTS)}."
            )
        if cadence < SECOND or (games is not None and games < 1):
            raise ValueError("The polls lie a second apart at least, and a day has one game at least.")
        self.seed, self.cadence = seed, cadence
        self.begins = to_micros(begins) // SECOND * SECOND
        self._slates = {sport: Slate(seed, SPORTS[sport], games) for sport in sports}
        self.path = lru_cache(maxsize=256)(self._path)
        self.timelines = lru_cache(maxsize=256)(self._timelines_of)
        self._reads = lru_cache(maxsize=20_000)(self._reads_of)
        self._snapshot = lru_cache(maxsize=16)(self._snapshot_of)

    def sports(self) -> tuple[Listing, ...]:
        """The sports, marked as simulated."""
        known = [slate.sport for slate in self._slates.values()]
        return tuple(Listing(sport.key, sport.group, sport.title + MARK, sport.description) for sport in known)

    def snapshot(self, sport: str, at: Micros) -> Snapshot | None:
        """What is listed at a moment."""
        return self._snapshot(sport, at)

    def newest(self, sport: str, at: Micros) -> Micros | None:
        """The last poll at or before a moment: there is one every `cadence`, as far back as one likes."""
        return at - (at - self.begins) % self.cadence

    def following(self, sport: str, at: Micros) -> Micros | None:
        """The first poll after a moment."""
        return at - (at - self.begins) % self.cadence + self.cadence

    def teams(self, sport: str) -> tuple[str, ...]:
        """Every team of the sport, by name."""
        return tuple(sorted(self._slates[sport].teams))

    def fixtures(self, sport: str, at: Micros, days: int = 0) -> list[Fixture]:
        """The games around a moment, for those who compare with the truth."""
        return self._slates[sport].around(at, days)

    def scores(self, sport: str, at: Micros, days: int) -> list[Event]:
        """Upcoming and live games, and those that ended in the last `days` days, by start."""
        games = [
            game
            for game in self._slates[sport].around(at, days)
            if game.is_listed(at) or game.ends <= at < game.ends + days * 24 * HOUR
        ]
        return [self._score(game, at) for game in games]

    def _score(self, game: Fixture, at: Micros) -> Event:
        scores, updated = None, None
        if at >= game.starts:
            path = self.path(game)
            tick = path.ticks[path.place(at)]
            named = ((game.home, tick.home), (game.away, tick.away))
            scores = [{"name": name, "score": str(score)} for name, score in named]
            updated = _iso(min(at, game.ends))
        completed = at >= game.ends
        head = _head(game, at)
        teams = {"home_team": head.pop("home_team"), "away_team": head.pop("away_team")}
        return {**head, "completed": completed, **teams, "scores": scores, "last_update": updated}

    def _snapshot_of(self, sport: str, at: Micros) -> Snapshot:
        events = [{**_head(game, at), "bookmakers": self._books(game, at)} for game in self._slates[sport].listed(at)]
        return Snapshot(at, [event for event in events if event["bookmakers"]])

    def _path(self, game: Fixture) -> Path:
        return Path(self.seed, game)

    def _timelines_of(self, game: Fixture) -> tuple[Timeline, ...]:
        return tuple(Timeline(self.seed, self.path(game), book) for book in BOOKS)

    def _books(self, game: Fixture, at: Micros) -> list[Event]:
        found = []
        for book, timeline in zip(BOOKS, self.timelines(game), strict=True):
            read = self.read_at(game.id, book.family, at)
            board = timeline.board(read)
            if board:
                updated = _iso(read)
                markets = _markets(game, board, updated)
                found.append({"key": book.key, "title": book.title, "last_update": updated, "markets": markets})
        return found

    def read_at(self, event: str, book: str, at: Micros) -> Micros:
        """When the provider last read a book's quotes of a game."""
        hour = at // HOUR
        while True:
            reads = self._reads(event, book, hour)
            place = bisect_right(reads, at) - 1
            if place >= 0:
                return reads[place]
            hour -= 1

    def _reads_of(self, event: str, book: str, hour: int) -> list[Micros]:
        """Its readings in an hour; each hour begins in the middle of an interval, so that hours make no difference."""
        dice = Dice(self.seed, event, book, "reads", hour)
        at = hour * HOUR + int(dice.exponential(READS_SECONDS[dice.chance(RARE_AGE)])) * SECOND
        reads = []
        while at < (hour + 1) * HOUR:
            reads.append(at)
            at += (1 + int(dice.exponential(READS_SECONDS[dice.chance(RARE_INTERVAL)]))) * SECOND
        return reads


def _head(game: Fixture, at: Micros) -> Event:
    return {
        "id": game.id,
        "sport_key": game.sport.key,
        "sport_title": game.sport.title + MARK,
        "commence_time": _iso(game.commences(at)),
        "home_team": game.home,
        "away_team": game.away,
    }


def _markets(game: Fixture, board: Board, updated: str) -> list[Event]:
    return [
        {"key": _KEYS[market], "last_update": updated, "outcomes": _outcomes(game, market, board[market])}
        for market in Market
        if market in board
    ]


def _outcomes(game: Fixture, market: Market, offer: tuple[float | None, tuple[int, ...]]) -> list[Event]:
    """As the provider orders them: the teams by name, the draw last; over before under."""
    point, prices = offer
    if market is Market.TOTALS:
        named = [("Over", prices[0], point), ("Under", prices[1], point)]
    else:
        away = None if point is None else -point + 0.0
        named = sorted([(game.home, prices[0], point), (game.away, prices[1], away)])
        if len(prices) > 2:
            named.append(("Draw", prices[2], None))
    return [
        {"name": name, "price": price} if point is None else {"name": name, "price": price, "point": _short(point)}
        for name, price, point in named
    ]


def _short(point: float) -> float | int:
    """A whole point without its decimal, as the provider writes it."""
    return int(point) if point == int(point) else point


def _iso(at: Micros) -> str:
    return from_micros(at).strftime("%Y-%m-%dT%H:%M:%SZ")
