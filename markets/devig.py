"""The margin taken out of a market's prices: fair probabilities, by seven named methods and two that join them. Pure.

Prices are decimal odds; r is 1/price, the implied probability; B the sum of all r, the booksum; `winners` is how many
outcomes win, which is what fair probabilities add up to: 1, or k in a market on the first k places.

A method that has to search does so by bisection between two values that hold the solution between them, in at most 60
steps, which ends within 1e-15 of it or at the last digit a float has. All probabilities of a `Fair` add up to `winners`
within 1e-12 (`worst_case` alone gives bounds, not a distribution).

Which method is right is a question for results, not for taste: see `DEFAULT`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from statistics import NormalDist
from typing import Final

from markets.odds import OUTCOMES_MOST, PROFIT_LEAST, PROFIT_MOST

Price = float | int | Decimal | Fraction

STEPS: Final = 60
EVEN_WITHIN: Final = 1e-12  # of the booksum: prices are fair already, and rounding is all that is left

_PRICE_LEAST: Final = float(1 + PROFIT_LEAST) - 1e-12
_PRICE_MOST: Final = float(1 + PROFIT_MOST) + 1e-6
_NORMAL: Final = NormalDist()
_SQRT2: Final = math.sqrt(2.0)


class Method(StrEnum):
    """How the margin is taken out."""

    MULTIPLICATIVE = "multiplicative"
    ADDITIVE = "additive"
    POWER = "power"
    SHIN = "shin"
    ODDS_RATIO = "odds_ratio"
    PROBIT = "probit"
    GOTO = "goto"


class Reason(StrEnum):
    """Why no fair probabilities can be given."""

    OUTCOMES = "outcomes"  # fewer than two, or too many
    PRICE = "price"  # one of them is no price
    WINNERS = "winners"  # not a whole number from 1 to outcomes − 1
    BELOW_FAIR = "below_fair"  # one book's prices that leave it a sure loss: stale or wrong
    NOT_DEFINED = "not_defined"  # the method has no answer for such prices
    METHODS = "methods"  # none given, none left, or weights that are no weights


class CannotDevig(ValueError):
    """No fair probabilities: the message completes "<field> …"; `outcome` is the place of the price to blame."""

    def __init__(self, reason: Reason, sentence: str, outcome: int | None = None) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Fair:
    """Fair probabilities of a market's outcomes, in the order of the prices, and how they were come by.

    `parameter` is what the method solved for (power k, Shin z, odds ratio c, probit d), none where it solves nothing;
    `margin` is booksum/winners − 1. `outside` are the places of outcomes whose "probability" is not between 0 and 1:
    additive and GOTO can take more margin off a long shot than it had, and then must not be used for that market.
    """

    method: Method
    probabilities: tuple[float, ...]
    parameter: float | None
    booksum: float
    margin: float
    outside: tuple[int, ...]

    @property
    def usable(self) -> bool:
        """Whether every probability is one."""
        return not self.outside

    @property
    def prices(self) -> tuple[float | None, ...]:
        """Fair decimal odds; none for an outcome that is `outside`."""
        return tuple(None if at in self.outside else 1.0 / p for at, p in enumerate(self.probabilities))


@dataclass(frozen=True, slots=True)
class Joined:
    """What several methods say together; `left_out` had no answer for these prices or one outside 0 to 1."""

    probabilities: tuple[float, ...]
    of: tuple[Fair, ...]
    left_out: tuple[Method, ...]


# What a method gets: implied probabilities and winners. What it gives: probabilities and its parameter.
Solved = tuple[list[float], float | None]


def multiplicative(implied: Sequence[float], winners: int) -> Solved:
    """p = r·winners/B: every outcome carries the same share of the margin. The usual normalisation."""
    share = winners / math.fsum(implied)
    return [r * share for r in implied], None


def additive(implied: Sequence[float], winners: int) -> Solved:
    """p = r − (B − winners)/n: every outcome carries the same amount of it.

    Clarke, Kovalchik, Ingram 2017, "Adjusting bookmaker's odds to allow for overround". Buchdahl's "margin weights
    proportional to the odds", (n − (B − 1)·O)/(n·O), is the same formula.
    """
    each = (math.fsum(implied) - winners) / len(implied)
    return [r - each for r in implied], None


def power(implied: Sequence[float], winners: int) -> Solved:
    """p = r^k, k ≥ 1 where there is a margin: never leaves 0 to 1. Clarke, Kovalchik, Ingram 2017 (see `additive`)."""
    logs = [math.log(r) for r in implied]

    def at(log_k: float) -> list[float]:
        k = math.exp(log_k)
        return [math.exp(k * log) for log in logs]

    log_k = _root(lambda value: math.fsum(at(value)) - winners)
    return at(log_k), math.exp(log_k)


def shin(implied: Sequence[float], winners: int) -> Solved:
    """p = (√(z² + 4(1−z)·r²/B) − z)/(2(1−z)), z in [0, 1): the share of stakes by people who know the outcome.

    Shin 1993, "Measuring the incidence of insider trading in a market for state-contingent claims"; the inversion by
    Jullien and Salanié 1994. With two outcomes there is a closed form, and the probabilities are the additive ones.
    The model is of one winner: with more, every r is divided by their number and every p multiplied by it.
    """
    scaled = [r / winners for r in implied]
    book = math.fsum(scaled)
    if book < 1.0 - EVEN_WITHIN:
        raise CannotDevig(Reason.NOT_DEFINED, "must have a margin: Shin's method has no insiders without one.")
    if len(scaled) == 2:
        apart = (scaled[0] - scaled[1]) ** 2
        return additive(implied, winners)[0], max((book - 1) * (apart - book) / (book * (apart - 1)), 0.0)
    squares = [r * r / book for r in scaled]

    def at(z: float) -> list[float]:
        # The formula with its root in the denominator: nothing cancels as z nears 0 or 1.
        return [2.0 * x / (math.sqrt(z * z + 4.0 * (1.0 - z) * x) + z) for x in squares]

    # At z = 0 they add up to √B, which is at least 1; at z = 1 to Σr²/B, which is below 1.
    z = _bisect(lambda value: math.fsum(at(value)) - 1.0, 0.0, 1.0)
    return [p * winners for p in at(z)], z


def odds_ratio(implied: Sequence[float], winners: int) -> Solved:
    """p = r/(c + r − c·r): the odds r/(1−r) are c times the fair ones on every outcome.

    Cheung 2015, "Fixed-odds betting and traditional odds".
    """

    def at(log_c: float) -> list[float]:
        c = math.exp(log_c)
        return [r / (c * (1.0 - r) + r) for r in implied]

    log_c = _root(lambda value: math.fsum(at(value)) - winners)
    return at(log_c), math.exp(log_c)


def probit(implied: Sequence[float], winners: int) -> Solved:
    """p = Φ(Φ⁻¹(r) − d): the margin is the same shift of every outcome on the normal scale.

    It comes from practice: betting calculators offer it, and no paper is known to us that proposed it.
    """
    places = [_NORMAL.inv_cdf(r) for r in implied]

    def at(shift: float) -> list[float]:
        # erfc keeps the digits of the lower tail, which 1 + erf would round off.
        return [0.5 * math.erfc((shift - place) / _SQRT2) for place in places]

    shift = _root(lambda value: math.fsum(at(value)) - winners)
    return at(shift), shift


def goto(implied: Sequence[float], winners: int) -> Solved:
    """p = r − s·√(1−r), s the same number of standard errors for all: the margin weighs on long shots.

    Goto's `goto_conversion`. His program cuts what falls below 0 off at 1e-6, and then no longer adds up to 1; here it
    is given as it is, and `Fair.outside` names it.
    """
    errors = [math.sqrt(1.0 - r) for r in implied]
    steps = (math.fsum(implied) - winners) / math.fsum(errors)
    return [r - steps * error for r, error in zip(implied, errors, strict=True)], None


DEVIG: Final[dict[Method, Callable[[Sequence[float], int], Solved]]] = {
    Method.MULTIPLICATIVE: multiplicative,
    Method.ADDITIVE: additive,
    Method.POWER: power,
    Method.SHIN: shin,
    Method.ODDS_RATIO: odds_ratio,
    Method.PROBIT: probit,
    Method.GOTO: goto,
}

# The parameter at which a method changes nothing.
_NEUTRAL: Final = {Method.POWER: 1.0, Method.SHIN: 0.0, Method.ODDS_RATIO: 1.0, Method.PROBIT: 0.0}

# The best log loss of these methods on NBA closing moneylines of 2007 to 2023 and on English football of 2019/20.
DEFAULT: Final = Method.MULTIPLICATIVE


def devig(prices: Sequence[Price], method: Method = DEFAULT, *, winners: int = 1, one_book: bool = True) -> Fair:
    """The fair probabilities behind decimal odds.

    Prices that add up to less than `winners` are an arbitrage, which no one book offers knowingly: they are refused
    unless `one_book` is false, as for the best prices of several. Shin's method refuses them always. Raises
    `CannotDevig`.
    """
    implied = _implied(prices)
    _check_winners(winners, len(implied))
    book = math.fsum(implied)
    margin = book / winners - 1.0
    parameter: float | None
    if abs(margin) <= EVEN_WITHIN:
        found, parameter = list(implied), _NEUTRAL.get(method)
    elif margin < 0 and one_book:
        raise CannotDevig(Reason.BELOW_FAIR, "must add up to a margin: one book's prices that lose it money are wrong.")
    else:
        found, parameter = DEVIG[method](implied, winners)
    last = winners / math.fsum(found)  # 1 but for rounding
    assert abs(last - 1.0) < 1e-9, "the solver stopped before its answer"
    fair = tuple(p * last for p in found)
    outside = tuple(at for at, p in enumerate(fair) if not 0.0 < p < 1.0)
    return Fair(method, fair, parameter, book, margin, outside)


def worst_case(
    prices: Sequence[Price], methods: Sequence[Method] = tuple(Method), *, winners: int = 1, one_book: bool = True
) -> Joined:
    """For every outcome the lowest probability any of the methods gives it: what a careful bettor reckons with.

    Each is a bound for a bet on that outcome alone; together they add up to at most `winners`. Raises `CannotDevig`.
    """
    usable, left_out = _each(prices, methods, winners, one_book)
    lowest = tuple(min(column) for column in zip(*(fair.probabilities for fair in usable), strict=True))
    return Joined(lowest, usable, left_out)


def blend(
    prices: Sequence[Price],
    weights: Mapping[Method, float] | None = None,
    *,
    winners: int = 1,
    one_book: bool = True,
) -> Joined:
    """The weighted mean of methods, all alike unless weights are given. Raises `CannotDevig`.

    Methods without an answer between 0 and 1 are left out, and the others' weights count for the whole.
    """
    given = dict.fromkeys(Method, 1.0) if weights is None else weights
    if any(not math.isfinite(weight) or weight <= 0 for weight in given.values()):
        raise CannotDevig(Reason.METHODS, "must have weights above 0.")
    usable, left_out = _each(prices, tuple(given), winners, one_book)
    whole = math.fsum(given[fair.method] for fair in usable)
    shares = [given[fair.method] / whole for fair in usable]
    columns = zip(*(fair.probabilities for fair in usable), strict=True)
    mean = [math.fsum(share * p for share, p in zip(shares, column, strict=True)) for column in columns]
    return Joined(tuple(mean), usable, left_out)


def _each(
    prices: Sequence[Price], methods: Sequence[Method], winners: int, one_book: bool
) -> tuple[tuple[Fair, ...], tuple[Method, ...]]:
    """What each method says, and those that say nothing usable."""
    usable, left_out = [], []
    for method in methods:
        try:
            fair = devig(prices, method, winners=winners, one_book=one_book)
        except CannotDevig as refused:
            if refused.reason is not Reason.NOT_DEFINED:
                raise
            left_out.append(method)
            continue
        if fair.usable:
            usable.append(fair)
        else:
            left_out.append(method)
    if not usable:
        raise CannotDevig(Reason.METHODS, "must name a method that has an answer for these prices.")
    return tuple(usable), tuple(left_out)


def _implied(prices: Sequence[Price]) -> list[float]:
    if not 2 <= len(prices) <= OUTCOMES_MOST:
        raise CannotDevig(Reason.OUTCOMES, f"must have 2 to {OUTCOMES_MOST} outcomes.")
    implied = []
    for at, price in enumerate(prices):
        if isinstance(price, bool) or not isinstance(price, float | int | Decimal | Fraction):
            raise CannotDevig(Reason.PRICE, "must be decimal odds, such as 1.91.", at)
        # A Decimal that is no number raises when it is compared.
        if (isinstance(price, Decimal) and price.is_nan()) or not _PRICE_LEAST <= price <= _PRICE_MOST:
            raise CannotDevig(Reason.PRICE, "must win between a millionth and a million times the stake.", at)
        implied.append(1.0 / float(price))
    return implied


def _check_winners(winners: int, outcomes: int) -> None:
    if isinstance(winners, bool) or not isinstance(winners, int) or not 1 <= winners < outcomes:
        raise CannotDevig(Reason.WINNERS, "must be a whole number of winners, fewer than there are outcomes.")


def _root(excess: Callable[[float], float]) -> float:
    """Where a falling function of all real numbers is 0; it is known to have both signs."""
    side = 1.0 if excess(0.0) > 0 else -1.0
    near, far = 0.0, side
    while excess(far) * side > 0:
        near, far = far, 2.0 * far
    return _bisect(excess, min(near, far), max(near, far))


def _bisect(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is 0, between `low`, where it is not below, and `high`, where it is not above."""
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        if excess(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0
