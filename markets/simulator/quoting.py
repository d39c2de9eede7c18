"""What one book offers on one game, from the moment it opens to the moment it takes everything down.

A book reads the market with its lag, has a small opinion of its own, moves its line when the line is no longer near
even, changes a price when it is worth changing, adds its hold, and rounds as it likes. Now and then it takes a market
down for a while.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from typing import Final, NamedTuple

from markets.quotes import HOUR, MINUTE, SECOND, Market, Micros
from markets.simulator.books import Book
from markets.simulator.dice import Dice
from markets.simulator.laws import Law
from markets.simulator.path import Path
from markets.simulator.sports import Sport

CHANGE_OF_MIND: Final = 0.015  # of a tick, that a book's opinion changes
WITHDRAWALS: Final = 0.35  # a game and book
WITHDRAWN_MINUTES: Final = 18.0
IN_PLAY_LAG: Final = 25.0  # seconds at most: nobody leaves an old line up in a running game
IN_PLAY_HOLD: Final = 0.012  # more than before the start
IN_PLAY_ENDS: Final = 0.03  # of the game left
LOPSIDED: Final = 0.925  # beyond that a running game has no price
REOPENS: Final = 90 * SECOND  # after the start


class Offer(NamedTuple):
    """The quotes of a market: home, away and perhaps the draw, or over and under."""

    point: float | None  # of home, or of the total
    prices: tuple[int, ...]  # American


Board = dict[Market, Offer]  # what a book offers on a game; a market that is not there is down


class _Standing(NamedTuple):
    offer: Offer
    fair: float  # the probability that the offer was made at, of home or over


class Timeline:
    """All boards of one book on one game."""

    def __init__(self, seed: int, path: Path, book: Book) -> None:
        self._sport, self._book, self._path = path.fixture.sport, book, path
        # A family reads the market alike, so its name and not the book's is in the draws.
        self._dice = Dice(seed, path.fixture.id, book.family)
        self._lag = book.lag * self._dice.between(0.5, 1.6)
        self._opinion = {market: self._dice.normal(book.error) for market in ("margin", "total")}
        self._mood = dict.fromkeys(self._opinion, 0.0)
        self._standing: dict[Market, _Standing] = {}
        self._down = self._withdrawals()
        self._since: list[Micros] = []
        self._boards: list[Board] = []
        self._play()

    def board(self, at: Micros) -> Board:
        """What the book offers at a moment."""
        place = bisect_right(self._since, at) - 1
        return self._boards[place] if place >= 0 else {}

    @property
    def history(self) -> list[tuple[Micros, Board]]:
        """Every board, and since when it was up."""
        return list(zip(self._since, self._boards, strict=True))

    def _withdrawals(self) -> list[tuple[Micros, Micros, Market]]:
        fixture, dice = self._path.fixture, self._dice
        found = []
        for _ in range(dice.count(WITHDRAWALS)):
            since = fixture.starts - int(14 * HOUR * dice.unit() ** 2)  # most of them in the last hours
            until = since + int(dice.exponential(WITHDRAWN_MINUTES) * MINUTE) + MINUTE
            found.append((since, until, list(Market)[dice.whole(3)]))
        return found

    def _play(self) -> None:
        starts = self._path.fixture.starts
        self._before(starts)
        self._show(starts, {})
        if self._book.in_play:
            self._in_play(starts)

    def _before(self, starts: Micros) -> None:
        opens = self._path.fixture.listed + int((self._lag * 6 + self._dice.exponential(self._lag * 8)) * SECOND)
        for place, tick in enumerate(self._path.ticks[: self._path.place(starts) + 1]):
            at = self._reads(tick.at, self._lag)
            if opens <= at < starts:
                self._show(at, self._quote(self._path.law(place), at, 0.0))

    def _in_play(self, starts: Micros) -> None:
        reopens = starts + REOPENS + int(self._dice.exponential(60) * SECOND)
        first = self._path.place(starts) + 1
        for place, tick in enumerate(self._path.ticks[first:], first):
            at = self._reads(tick.at, min(self._lag, IN_PLAY_LAG))
            if tick.left < IN_PLAY_ENDS:
                self._show(at, {})
                break
            if at >= reopens:
                self._show(at, self._quote(self._path.law(place), at, IN_PLAY_HOLD))

    def _reads(self, at: Micros, lag: float) -> Micros:
        """When the book reads what the market became at a moment; now and then it changes its mind meanwhile."""
        for about in self._mood:
            if self._dice.chance(CHANGE_OF_MIND):
                self._mood[about] = self._dice.normal(self._book.error * 0.6)
        return at + int(lag * self._dice.between(0.6, 1.4)) * SECOND

    def _show(self, at: Micros, board: Board) -> None:
        if self._boards and at <= self._since[-1]:
            at = self._since[-1] + SECOND  # lags differ from tick to tick; order is kept
        if not self._boards or board != self._boards[-1]:
            self._since.append(at)
            self._boards.append(board)

    def _quote(self, law: Law, at: Micros, more: float) -> Board:
        """What the book offers now, with so much hold more than before the start."""
        board = {
            Market.H2H: self._h2h(law, more),
            Market.SPREADS: self._line(Market.SPREADS, law, more),
            Market.TOTALS: self._line(Market.TOTALS, law, more),
        }
        down = {market for since, until, market in self._down if since <= at < until}
        return {market: offer for market, offer in board.items() if offer is not None and market not in down}

    def _seen(self, about: str, probability: float) -> float:
        """A fair probability as this book sees it."""
        odds = math.log(probability / (1 - probability)) + self._opinion[about] + self._mood[about]
        return 1 / (1 + math.exp(-odds))

    def _h2h(self, law: Law, more: float) -> Offer | None:
        home, *rest = law.win()
        if more and max(home, *rest) > LOPSIDED:
            self._standing.pop(Market.H2H, None)
            return None
        seen = self._seen("margin", home)
        others = [part * (1 - seen) / (1 - home) for part in rest]
        return self._keep(Market.H2H, None, seen, [seen, *others], self._book.hold_h2h + more)

    def _line(self, market: Market, law: Law, more: float) -> Offer:
        if market is Market.SPREADS:
            read, centre, about = law.cover, -law.margin, "margin"
        else:
            read, centre, about = law.over, law.total, "total"
        standing = self._standing.get(market)
        point = standing.offer.point if standing else None
        line = _line_of(self._sport, market, point, centre, lambda at: self._seen(about, read(at)))
        seen = self._seen(about, read(line))
        return self._keep(market, line, seen, [seen, 1 - seen], self._book.hold + more)

    def _keep(self, market: Market, point: float | None, fair: float, chances: list[float], hold: float) -> Offer:
        """The offer that stands, or a new one where it is worth the change."""
        standing = self._standing.get(market)
        if standing and standing.offer.point == point and abs(standing.fair - fair) < self._book.patience:
            return standing.offer
        prices = tuple(american(chance * (1 + hold), coarse=self._book.coarse) for chance in chances)
        offer = Offer(point, prices)
        self._standing[market] = _Standing(offer, fair)
        return offer


def _line_of(
    sport: Sport, market: Market, standing: float | None, centre: float, seen: Callable[[float], float]
) -> float:
    """The handicap or total that a book hangs: the one that stands while it is near even, else the evenest."""
    if sport.run_line is not None and market is Market.SPREADS:
        favourite = sport.run_line if centre > 0 else -sport.run_line
        stays = standing is not None and abs(centre) < 0.1  # who is the favourite is not clear enough to turn it
        return standing if stays and standing is not None else favourite
    if standing is not None and abs(seen(standing) - 0.5) <= sport.band:
        return standing
    nearest = round(2 * centre) / 2
    near = [nearest + half / 2 for half in (0, -1, 1, -2, 2)]
    if market is Market.TOTALS:
        near = [line for line in near if line >= 0.5] or [0.5]
    return min(near, key=lambda line: abs(seen(line) - 0.5)) + 0.0  # no minus zero


def american(chance: float, *, coarse: bool) -> int:
    """The American price of a probability with its hold in it, rounded as books round."""
    chance = min(max(chance, 0.005), 0.995)
    exact = 100 * (1 - chance) / chance - 100 if chance <= 0.5 else 100 - 100 * chance / (1 - chance)
    # From here even money is 0, +110 is 10 and -110 is -10, so that rounding knows no gap.
    size = abs(exact) + 100
    steps = (5, 10, 25, 50) if coarse else (1, 2, 5, 10)
    step = steps[(size >= 200) + (size >= 400) + (size >= 1000)]
    rounded = round(exact / step) * step
    return rounded + 100 if rounded >= 0 else rounded - 100
