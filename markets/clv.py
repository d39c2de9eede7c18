"""What a bet was worth at the close: one number for its line and its price. Pure.

Closing line value is the expected profit of a wager of 1 at the price and the line taken, if the closing market's fair
probabilities are right: win * odds + push - 1. Points and probabilities are told beside it, for those who think in
them; neither is added to it. A bet is judged by its own side: home -3 is better than the close of -5 by two points,
under 224 better than 221.5 by two and a half.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from markets.margins import LineModel
from markets.quotes import CANONICAL, MIRROR, SIDES, Market, Side
from markets.screens import Landing

_SUM_WITHIN: Final = 1e-6


class Clv(NamedTuple):
    """A bet at the fair close."""

    win: float
    push: float
    ev: float  # expected profit of a wager of 1
    points: float | None  # the line taken is better than the closing line by; None in h2h
    probability: float  # the fair chance of a win where nothing pushes, less what the price taken needs: 1/odds


class Ungraded(StrEnum):
    """Why a bet has no value at the close."""

    NO_MODEL = "The close is at another line, and no model of this sport tells what it says about the line taken."
    NO_PRICE = "The close has no fair probability of this side."


class Difference(NamedTuple):
    """A price taken against a closing price, both with the book's margin: the ways forums count it."""

    cents: float  # of American odds: -125 against -150 is 25, -105 against +105 is 10 below zero
    probability: float  # implied at the close, less implied when taken
    ratio: float  # what was taken pays more than the close by


def value_at_close(
    price: float,
    line: float | None,
    market: Market,
    side: Side,
    close_line: float | None,
    close_fair: Sequence[float],
    model: LineModel | None,
) -> Clv | Ungraded:
    """A bet on a side at decimal odds, against the fair close; or why that cannot be told.

    `line` is the side's own: home -3 is away +3. `close_line` is the canonical side's, and `close_fair` in the order of
    `SIDES`, as a `Consensus` has both; they are fair where nothing pushes. Without a model only the closing line itself
    can be judged, and what pushes there is not known: then `push` is 0 and the value is of the wagers that do not push.

    Raises `ValueError` for odds not above 1, probabilities that do not make 1, a line where the market has none or none
    where it has one, a side that the market does not have; `BadLine` for lines that are none.
    """
    _check(price, line, market, side, close_line, close_fair)
    place = SIDES[market].index(side)
    if place >= len(close_fair):
        return Ungraded.NO_PRICE
    if line is None or close_line is None:
        win, push = close_fair[place], 0.0
        points = None
    else:
        own_close = -close_line if side is Side.AWAY else close_line
        points = own_close - line if side is Side.OVER else line - own_close
        if model is None and points:
            return Ungraded.NO_MODEL
        if model is None:
            win, push = close_fair[place], 0.0
        else:
            win, push = model.win_push(close_fair[0], close_line, -line if side is Side.AWAY else line)
            if side is MIRROR[CANONICAL[market]]:
                win = 1 - win - push
    return Clv(win, push, win * price + push - 1, points, win / (1 - push) - 1 / price)


def against_price(taken: float, close: float) -> Difference:
    """Decimal odds taken against the closing odds of the same side. Raises `ValueError` for odds not above 1."""
    _check_price(taken)
    _check_price(close)
    return Difference(_cents(taken) - _cents(close), 1 / close - 1 / taken, taken / close - 1)


def middle_chances(
    model: LineModel, market: Market, p: float, line: float, *, low: float, high: float
) -> dict[Landing, float]:
    """Where a result lands against the two lines of a `screens.middle`, for its `expected_profit`.

    `p` is fair for the canonical side at `line`. `low` and `high` are results: totals, or margins of the home team
    (home -2.5 is over 2.5, away +4.5 is under 4.5). Raises `ValueError` if the low one is not below the high one or the
    market has no lines, and as `LineModel` does.
    """
    if market is Market.H2H or not low < high:
        raise ValueError("low must be below high, in a market that has lines.")
    sign = -1 if market is Market.SPREADS else 1
    over_low, at_low = model.win_push(p, line, sign * low)
    over_high, at_high = model.win_push(p, line, sign * high)
    chances = {Landing.ABOVE: over_high}
    if at_low:
        chances[Landing.AT_LOW] = at_low
    if at_high:
        chances[Landing.AT_HIGH] = at_high
    if math.floor(low) + 1 < high:
        chances[Landing.BETWEEN] = max(0.0, over_low - over_high - at_high)
    chances[Landing.BELOW] = 1 - math.fsum(chances.values())
    return chances


def _cents(odds: float) -> float:
    """American odds without the gap between -100 and +100."""
    profit = odds - 1
    return 100 * (profit - 1) if profit >= 1 else 100 * (1 - 1 / profit)


def _check_price(price: float) -> None:
    if not 1 < price < math.inf:
        raise ValueError("price must be decimal odds above 1.")


def _check(
    price: float,
    line: float | None,
    market: Market,
    side: Side,
    close_line: float | None,
    close_fair: Sequence[float],
) -> None:
    _check_price(price)
    if side not in SIDES[market]:
        raise ValueError(f"{market} has no side {side}.")
    if (line is None) != (market is Market.H2H) or (close_line is None) != (market is Market.H2H):
        raise ValueError("Spreads and totals have lines, and h2h has none.")
    if not 2 <= len(close_fair) <= len(SIDES[market]):
        raise ValueError(f"close_fair must be of the sides of {market}.")
    if not all(0 < p < 1 for p in close_fair) or abs(math.fsum(close_fair) - 1) > _SUM_WITHIN:
        raise ValueError("close_fair must be probabilities that make 1.")
