"""How far a result lies from a line: distributions of the home margin and of the total, and what a moved line is worth. Pure.

A game's result is a whole number X: the home team's margin, or the total. The bet at a line wins where X lies above a
threshold (the handicap with its sign turned, or the total), and comes back where X is the threshold. X is Normal around
a mean that the market knows, cut into whole numbers: P(X = k) is the Normal's share between k - 1/2 and k + 1/2. Some
margins happen more often than that (3 and 7 in American football); their shares are multiplied by a measured factor,
and all are scaled to 1 again.

A fair price at one line tells the mean, and the mean tells the fair price at every other. Both ways are asked a million
times in the replay of a season, so each line has a table of cubics, made when the line is first seen: they are within
1e-9 of what they stand for. A probability is taken as at least 1e-12 away from 0 and from 1.

A quarter line (2.75) is half a wager at each neighbour (2.5 and 3); its win and push are the means of theirs. With
that, win * odds + push - 1 is the expected profit of every kind of line.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import NormalDist
from typing import Final, NamedTuple, Protocol

from markets.quotes import Side

LINE_MAX: Final = 500.0
SD_LEAST, SD_MOST: Final = 0.5, 100.0

_Z_MOST: Final = 7.0  # standard deviations: beyond is a probability of 1e-12
_CELLS: Final = 16  # of a table, in one standard deviation
_ROOT_HALF: Final = math.sqrt(0.5)
_quantile: Final = NormalDist().inv_cdf


class BadLine(ValueError):
    """A line cannot be a line; the message is a sentence."""


class LineModel(Protocol):
    """One market of one sport. Probabilities are of the canonical side: home at its handicap, over at its total."""

    @property
    def name(self) -> str:
        """What it is, in a few words."""

    @property
    def provenance(self) -> str:
        """The data it was fitted to, and how many games or quotes they are."""

    @property
    def market_implied(self) -> bool:
        """Whether it was fitted to prices, for want of results."""

    def shift(self, p: float, line: float, to: float) -> float:
        """The fair probability at `to`, from the fair probability `p` at `line`; both of a win where none pushes.

        Raises `ValueError` for a probability that is not between 0 and 1, `BadLine` for a line that is none.
        """

    def win_push(self, p: float, line: float, at: float) -> tuple[float, float]:
        """The probabilities that the bet at `at` wins, and that its wager comes back, where `p` is fair at `line`.

        Raises as `shift` does.
        """


def normal_no_push(taken: float, close: float, sd: float, side: Side = Side.HOME) -> float:
    """The probability that a bet at the line taken wins, by a Normal around the closing line that never pushes.

    Lines are the side's own: a handicap (home -3 is away +3) or a total. Raises `BadLine`, `ValueError` for the draw.
    """
    _check_line(taken)
    _check_line(close)
    _check_sd(sd)
    return _below((close - taken if side is Side.OVER else taken - close) / sd)


class _Line(NamedTuple):
    """The tables of one line, in the mean's distance from the threshold."""

    threshold: float
    fair: "_Curve"  # distance → the fair probability's quantile
    distance: "_Curve"  # and back
    push: "_Curve | None"  # distance → P(push); None where there is none


class _Curve(NamedTuple):
    """A smooth function on even steps, one cubic a cell: Hermite's, with slopes from its neighbours."""

    low: float
    per: float  # cells in one unit
    cells: Sequence[tuple[float, float, float, float]]

    def at(self, x: float) -> float:
        """Its value; beyond its ends that of the end."""
        place = (x - self.low) * self.per
        if place < 0:
            place = 0.0
        i = int(place)
        if i >= len(self.cells):
            i = len(self.cells) - 1
            place = i + 1.0
        a, b, c, d = self.cells[i]
        t = place - i
        return a + t * (b + t * (c + t * d))


@dataclass(frozen=True, slots=True)
class WholeNormal:
    """The Normal cut into whole numbers, some of them with a measured factor. Raises `ValueError` for a bad spread.

    `rising` says whether a higher line is a harder one: totals. `factors` are by |X|; those left out are 1.
    """

    name: str
    sd: float
    rising: bool = False
    factors: Mapping[int, float] = field(default_factory=dict)
    provenance: str = ""
    market_implied: bool = False
    _lines: dict[float, _Line] = field(default_factory=dict, init=False, repr=False, compare=False)
    _tables: dict[float, _Line] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_sd(self.sd)
        if any(not 0 <= factor <= 100 or number < 0 for number, factor in self.factors.items()):
            raise ValueError("factors must be from 0 to 100, by numbers from 0.")

    def shift(self, p: float, line: float, to: float) -> float:
        """The fair probability at `to`, from the fair probability `p` at `line`. See `LineModel`."""
        if line == to and 0 < p < 1:
            _check_line(line)
            return p
        here, there = self._line(line), self._line(to)
        distance = here.distance.at(_quantile(p)) + here.threshold - there.threshold
        return 0.5 * math.erfc(-there.fair.at(distance) * _ROOT_HALF)

    def win_push(self, p: float, line: float, at: float) -> tuple[float, float]:
        """The probabilities that the bet at `at` wins, and that its wager comes back. See `LineModel`."""
        here, there = self._line(line), self._line(at)
        distance = here.distance.at(_quantile(p)) + here.threshold - there.threshold
        fair = 0.5 * math.erfc(-there.fair.at(distance) * _ROOT_HALF)
        if there.push is None:
            return fair, 0.0
        push = max(0.0, there.push.at(distance))
        return fair * (1 - push), push

    def mean(self, p: float, line: float) -> float:
        """The mean of the Normal (before factors) for which `p` is fair at `line`. Raises as `shift` does."""
        here = self._line(line)
        return here.distance.at(_quantile(p)) + here.threshold

    def chances(self, mean: float, line: float) -> tuple[float, float, float]:
        """Win, push and loss of the bet at `line` around a mean: exactly, without tables."""
        _check_line(line)
        return self._chances(mean, line if self.rising else -line)
