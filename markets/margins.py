"""The home margin and the total as distributions: what a fair price at one line says about every other line. Pure.

A game's result is a whole number X: the home team's margin, or the total. The bet at a line wins where X lies above a
threshold (the handicap with its sign turned, or the total), and comes back where X is the threshold. X is Normal around
a mean that the market knows, cut into whole numbers: P(X = k) is the Normal's share between k - 1/2 and k + 1/2. Some
margins happen more often than that (3 and 7 in American football); their shares are multiplied by a measured factor,
and all are scaled to 1 again.

A fair price at one line tells the mean, and the mean tells the fair price at every other. Both ways are asked a million
times in the replay of a season, so each line has a table of cubics, made when the line is first seen: they are within
1e-8 of what they stand for. A probability is taken as at least 1e-12 away from 0 and from 1.

A quarter line (2.75) is half a wager at each neighbour (2.5 and 3); its win and push are the means of theirs. With
that, win * odds + push - 1 is the expected profit of every kind of line.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Final, NamedTuple, Protocol

from markets.quotes import Side

LINE_MAX: Final = 500.0
SD_LEAST: Final = 0.5
SD_MOST: Final = 100.0
FACTOR_MAX: Final = 100

_Z_MOST: Final = 7  # standard deviations: beyond lies a probability of 1e-12
_Z_WIDEST: Final = 8  # of the tables of means, so that all of `_Z_MOST` is inside
_CELLS: Final = 16  # of a table, in one standard deviation
_NEWTON: Final = 8  # steps; a cell is so nearly straight that four reach the last digit
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


def worth(model: LineModel, p: float, line: float, *, at: float, instead_of: float, price: float = 2.0) -> float:
    """What a wager of 1 at decimal odds gains in expected profit by having one line instead of another.

    `p` is fair at `line`; all lines are the canonical side's. Half a point that is worth 0.04 in one place can be worth
    0.15 in another. Raises as `LineModel.win_push` does.
    """
    win, push = model.win_push(p, line, at)
    other_win, other_push = model.win_push(p, line, instead_of)
    return (win - other_win) * price + push - other_push


Curve = Callable[[float], float]
Cells = list[tuple[float, float, float, float]]  # the coefficients of one cubic a cell, the constant first


class _Line(NamedTuple):
    """The tables of one line, over how far the mean is above `origin`."""

    origin: float
    fair: Curve  # distance → the quantile of the fair probability
    distance: Curve  # and back
    push: Curve | None  # distance → P(push); None where nothing pushes


@dataclass(frozen=True, slots=True)
class WholeNormal:
    """A `LineModel`: the Normal cut into whole numbers, some of them with a measured factor.

    `sd` is in points. `rising` says that a higher line is a harder one, as for totals. `factors` are by |X|; where
    there is none it is 1. Raises `ValueError` for a standard deviation or a factor that cannot be.
    """

    name: str
    sd: float
    rising: bool = False
    factors: Mapping[int, float] = field(default_factory=dict)
    provenance: str = ""
    market_implied: bool = False
    _lines: dict[float, _Line] = field(default_factory=dict, init=False, repr=False, compare=False)
    _extras: dict[int, list[float]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_sd(self.sd)
        if any(not 0 <= factor <= FACTOR_MAX or number < 0 for number, factor in self.factors.items()):
            raise ValueError(f"factors must be from 0 to {FACTOR_MAX}, by numbers from 0.")

    def shift(self, p: float, line: float, to: float) -> float:
        """The fair probability at `to`, from the fair probability `p` at `line`. See `LineModel`."""
        here, there = self._lines.get(line) or self._line(line), self._lines.get(to) or self._line(to)
        if line == to and 0 < p < 1:
            return p
        return _probability(there.fair(here.distance(_quantile(p)) + here.origin - there.origin))

    def win_push(self, p: float, line: float, at: float) -> tuple[float, float]:
        """The probabilities that the bet at `at` wins, and that its wager comes back. See `LineModel`."""
        here, there = self._lines.get(line) or self._line(line), self._lines.get(at) or self._line(at)
        distance = here.distance(_quantile(p)) + here.origin - there.origin
        fair = _probability(there.fair(distance)) if line != at else p
        if there.push is None:
            return fair, 0.0
        push = max(0.0, there.push(distance))
        return fair * (1.0 - push), push

    def mean(self, p: float, line: float) -> float:
        """The Normal's mean, before factors, for which `p` is fair at `line`. Raises as `shift` does."""
        here = self._lines.get(line) or self._line(line)
        return here.distance(_quantile(p)) + here.origin

    def chances(self, mean: float, line: float) -> tuple[float, float, float]:
        """Win, push and loss of the bet at `line` around a mean, not by the tables. Raises `BadLine`."""
        _check_line(line)
        return self._around(mean, line if self.rising else -line, self._extra(mean))

    def _line(self, line: float) -> _Line:
        """The tables of a line, made now."""
        _check_line(line)
        threshold = line if self.rising else -line
        if not self.factors and not 0 <= threshold < 1:
            # Without factors only the distance matters, and whether the line can push: one table for all of a kind.
            whole = math.floor(threshold)
            kind = threshold - whole
            like = kind if self.rising else -kind
            shared = self._lines.get(like) or self._line(like)
            made = shared._replace(origin=shared.origin + whole)
        else:
            made = self._tables(threshold)
        self._lines[line] = made
        return made

    def _tables(self, threshold: float) -> _Line:
        """The tables around a threshold.

        The means they are made of are the same for all thresholds, so that the factors' part of the work is done once.
        """
        step = self.sd / _CELLS
        first = round(threshold / step - _Z_WIDEST * _CELLS)

        def around(i: int) -> tuple[float, float, float]:
            place = first + i
            extra = self._extras.get(place)
            if extra is None:
                extra = self._extras[place] = self._extra(place * step)
            return self._around(place * step, threshold, extra)

        count = 2 * _Z_WIDEST * _CELLS
        chances = {i: around(i) for i in range(-2, count + 3)}
        fair = _cells(lambda i: _z(chances[i][0], chances[i][2]), count)
        push = None
        if any(chance[1] for chance in chances.values()):
            push = _curve(_cells(lambda i: chances[i][1], count), 0.0, step)
        z_first, z_count = -_Z_MOST * _CELLS, 2 * _Z_MOST * _CELLS
        distance = _cells(lambda i: step * _where(fair, (z_first + i) / _CELLS), z_count)
        return _Line(first * step, _curve(fair, 0.0, step), _curve(distance, -_Z_MOST, 1 / _CELLS), push)

    def _around(self, mean: float, threshold: float, extra: list[float]) -> tuple[float, float, float]:
        """Win, push and loss against a threshold."""
        if (2 * threshold) % 1:  # a quarter line
            low, high = (self._around(mean, threshold + part, extra) for part in (-0.25, 0.25))
            return (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2
        first_win, last_loss = math.floor(threshold) + 1, math.ceil(threshold) - 1
        win = _below((mean - first_win + 0.5) / self.sd)
        loss = _below((last_loss + 0.5 - mean) / self.sd)
        push = 0.0
        if last_loss + 2 == first_win:
            number = first_win - 1
            push = self._share(number, mean) * self.factors.get(abs(number), 1.0)
        if len(extra) == 1:
            return win, push, loss
        # extra[j] is what the factors add below the j-th number of -K … K, the last entry all they add.
        most, last = (len(extra) - 2) // 2, len(extra) - 1
        whole = 1 + extra[last]
        win += extra[last] - extra[min(max(first_win + most, 0), last)]
        loss += extra[min(max(last_loss + 1 + most, 0), last)]
        return win / whole, push / whole, loss / whole

    def _share(self, number: int, mean: float) -> float:
        """What the Normal gives to a whole number, by its nearer tail, which has the digits."""
        upper, lower = (number + 0.5 - mean) / self.sd, (number - 0.5 - mean) / self.sd
        return _below(upper) - _below(lower) if upper < 0 else _below(-lower) - _below(-upper)

    def _extra(self, mean: float) -> list[float]:
        """Around a mean: what the factors add to the Normal below each number from -K on, K the greatest with one."""
        if not self.factors:
            return [0.0]
        most = max(self.factors)
        sums = [0.0]
        for number in range(-most, most + 1):
            sums.append(sums[-1] + (self.factors.get(abs(number), 1.0) - 1) * self._share(number, mean))
        return sums


def _cells(function: Callable[[int], float], count: int) -> Cells:
    """The cubics through function(0) … function(count); it is asked from -2 to count + 2.

    Hermite's: they take the values, and slopes of fourth order from two values either side.
    """
    value = [function(i) for i in range(-2, count + 3)]
    slope = [(8 * (value[i + 1] - value[i - 1]) - value[i + 2] + value[i - 2]) / 12 for i in range(2, count + 3)]
    cells = []
    for i in range(count):
        here, there = value[i + 2], value[i + 3]
        rise = there - here
        cells.append((here, slope[i], 3 * rise - 2 * slope[i] - slope[i + 1], slope[i] + slope[i + 1] - 2 * rise))
    return cells


def _curve(cells: Cells, low: float, step: float) -> Curve:
    """Cells as a function that begins at `low`, each a step wide; beyond its ends it has the value of the end."""
    per, count = 1 / step, float(len(cells))

    def curve(x: float) -> float:
        place = (x - low) * per
        if place < 0.0:
            place = 0.0
        elif place >= count:
            place = count - 1e-9
        i = int(place)
        a, b, c, d = cells[i]
        t = place - i
        return a + t * (b + t * (c + t * d))

    return curve


def _where(cells: Cells, value: float) -> float:
    """Where rising cells have a value, in cells: which one by bisection, the place in it by Newton's method."""
    i = max(0, bisect_right(cells, value, key=lambda cell: cell[0]) - 1)
    a, b, c, d = cells[i]
    t = 0.5
    for _ in range(_NEWTON):
        t -= (a + t * (b + t * (c + t * d)) - value) / (b + t * (2 * c + t * 3 * d))
    return i + t


def _z(win: float, loss: float) -> float:
    """The quantile of win / (win + loss), by the smaller of the two, which has the digits."""
    return _quantile(win / (win + loss)) if win < loss else -_quantile(loss / (win + loss))


def _below(z: float) -> float:
    """The standard Normal below z."""
    return 0.5 * math.erfc(-z * _ROOT_HALF)


def _probability(z: float) -> float:
    """The probability of a quantile, kept from 0 and 1."""
    return 0.5 * math.erfc(-(z if -_Z_MOST < z < _Z_MOST else math.copysign(_Z_MOST, z)) * _ROOT_HALF)


def _check_line(line: float) -> None:
    if not -LINE_MAX <= line <= LINE_MAX or line * 4 % 1:
        raise BadLine(f"A line must be in quarter points, from -{LINE_MAX:g} to {LINE_MAX:g}.")


def _check_sd(sd: float) -> None:
    if not SD_LEAST <= sd <= SD_MOST:
        raise ValueError(f"sd must be from {SD_LEAST:g} to {SD_MOST:g} points.")
