"""How far apart two fair prices are, and what a quote is worth against one, by market and sport. Pure.

A fair price is a probability of the canonical side (home, over) at a line. Two at different lines are compared by
carrying one to the other's with the sport's model. Where a sport has none, they are not compared; only to size and
order moves a sport may say what a point counts as, and whatever is shown or graded is left empty there all the same.
"""

from collections.abc import Sequence
from typing import Final

from markets.margins import LineModel
from markets.quotes import CANONICAL, SIDES, Market, Side

LEAST: Final = 1e-9  # a probability is at least this far from 0 and 1


class Measure:
    """Compares fair prices of one market. `point_worth`: the probability a point counts as without a model, or 0."""

    def __init__(self, market: Market, model: LineModel | None, point_worth: float) -> None:
        self.market = market
        self.model = model
        # A lower handicap is harder to cover, a higher total harder to pass.
        self._worth = -point_worth if market is Market.TOTALS else point_worth

    def at(self, p: float, point: float | None, line: float | None) -> float | None:
        """The canonical side's probability at `line`, from `p` at `point`; None where no model can tell."""
        if self.model is None and point != line:
            return None
        return self._carried(p, point, line)

    def _carried(self, p: float, point: float | None, line: float | None) -> float:
        if self.model is None or point == line or point is None or line is None:
            return p
        return min(max(self.model.shift(p, point, line), LEAST), 1.0 - LEAST)

    def rise(
        self, p: float, point: float | None, to: float, to_point: float | None, line: float | None
    ) -> float | None:
        """How much higher `to` at `to_point` is than `p` at `point`, both at `line`.

        Without a model prices at one line are compared there, those at two by what a point counts as; None where it
        counts as nothing.
        """
        if self.model is None:
            if point == to_point or point is None or to_point is None:
                return to - p
            return to - p + self._worth * (point - to_point) if self._worth else None
        return self._carried(to, to_point, line) - self._carried(p, point, line)

    def chances(
        self, fair: Sequence[float], line: float | None, side: Side, point: float | None
    ) -> tuple[float, float] | None:
        """The probabilities that a bet on `side` at its own `point` wins, and that its wager comes back.

        `fair` and `line` are of a consensus. None where there is no way to tell: an outcome it does not have, or a
        sport without a model at another line, or at a whole one, where nobody knows how often it pushes.
        """
        if self.market is Market.H2H:
            place = SIDES[self.market].index(side)
            return (fair[place], 0.0) if place < len(fair) else None
        if line is None or point is None:
            return None
        canonical = side is CANONICAL[self.market]
        at = point if canonical or self.market is Market.TOTALS else -point
        if self.model is None:
            if at != line or at % 1.0 != 0.5:
                return None
            win, push = fair[0], 0.0
        else:
            win, push = self.model.win_push(fair[0], line, at)
        return (win, push) if canonical else (1.0 - win - push, push)

    def value(
        self, fair: Sequence[float], line: float | None, side: Side, point: float | None, price: float
    ) -> float | None:
        """The expected profit of a wager of 1 at decimal odds `price`; None where `chances` has none."""
        found = self.chances(fair, line, side, point)
        return None if found is None else found[0] * price + found[1] - 1.0


def measures(spreads: LineModel | None, totals: LineModel | None, worth: Sequence[float]) -> dict[Market, Measure]:
    """The measure of each market; `worth` of a point in spreads and in totals."""
    return {
        Market.H2H: Measure(Market.H2H, None, 0.0),
        Market.SPREADS: Measure(Market.SPREADS, spreads, worth[0]),
        Market.TOTALS: Measure(Market.TOTALS, totals, worth[1]),
    }
