"""Gaps between hits, and the streak since the last one.

When every round hits with the same chance p, the gap from one hit to the next is geometric: it is longer than s rounds
with probability (1 - p)ˢ. Its mean is 1/p and its standard deviation √(1-p)/p, nearly the same: gaps of fair games
scatter as widely as they are long. It is also without memory: after any streak, the rest of the gap is distributed as
a whole new one, so no hit is ever due.

Source: W. Feller, "An Introduction to Probability Theory and Its Applications", volume 1, sections VI.8 and XIII.9.
"""

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import count
from math import ceil, exp, expm1, sqrt

from fairness.chance.inputs import GAP_MAX, Probability, read_probability, read_whole
from fairness.chance.words import CAN, CANNOT, figure, percent, plural
from fairness.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class GapLaw:
    """What gaps a hit probability gives: mean 1/p, standard deviation √(1-p)/p, and two quantiles."""

    hit_probability: Probability
    mean: float
    sd: float
    median: int
    p95: int

    @property
    def sentence(self) -> str:
        """The law for people."""
        return (
            f"On average a hit comes every {figure(self.mean)} rounds, give or take {figure(self.sd)}: half of all "
            f"gaps are {figure(self.median)} or shorter, one of twenty is longer than {figure(self.p95)}. These are "
            f"averages over many gaps. They cannot tell when the next hit comes: no hit is ever due."
        )


@dataclass(frozen=True, slots=True)
class Streak:
    """How usual a streak is: `longer_or_equal` = (1-p)ˢ, and its quantile 1 - (1-p)ˢ."""

    hit_probability: Probability
    rounds: int
    longer_or_equal: float
    quantile: float

    @property
    def sentence(self) -> str:
        """The streak for people."""
        chance = percent(read_probability("hit_probability", self.hit_probability).hit)
        return (
            f"A streak of {plural(self.rounds, 'round')} without a hit, or a longer one, has a chance of "
            f"{percent(self.longer_or_equal)}. {CAN} {CANNOT} The next round hits with a chance of {chance}, as before."
        )


def gap_law(hit_probability: Probability) -> GapLaw:
    """Mean, standard deviation, median and 95th percentile of the gap."""
    chance = read_probability("hit_probability", hit_probability)
    return GapLaw(
        hit_probability=hit_probability,
        mean=1 / chance.hit,
        sd=sqrt(chance.miss) / chance.hit,
        median=gap_quantile(hit_probability, Fraction(1, 2)),
        p95=gap_quantile(hit_probability, Fraction(95, 100)),
    )


def gap_quantile(hit_probability: Probability, quantile: Probability) -> int:
    """The smallest gap g with 1 - (1-p)ᵍ >= quantile: ln(1-quantile) / ln(1-p), rounded up.

    Exact for the numbers given, also where the quotient is a whole number (half of all gaps of p = 1/2 are 1): it is
    taken to so many digits that it can be told from the nearest whole number, unless it is one.
    """
    p = read_probability("hit_probability", hit_probability)
    q = read_probability("quantile", quantile)
    survival, left = 1 - p.exact, 1 - q.exact
    # A logarithm near 1 loses as many digits as its argument is near, and the quotient has as many before its point.
    lost = 10 - 2 * min(Decimal(min(chance.hit, chance.miss)).adjusted() for chance in (p, q))
    for digits in count(20, 20):
        context = Context(prec=lost + 2 * digits)
        quotient = context.divide(_ln(left, context), _ln(survival, context))
        nearest = int(quotient.to_integral_value())
        if abs(context.subtract(quotient, nearest)) > Decimal(10) ** -digits:
            return ceil(quotient)
        if _is_power(survival, nearest, left):
            return nearest
    raise AssertionError("count() does not end")


def _ln(fraction: Fraction, context: Context) -> Decimal:
    return context.ln(context.divide(Decimal(fraction.numerator), Decimal(fraction.denominator)))


def _is_power(base: Fraction, exponent: int, power: Fraction) -> bool:
    """Whether baseᵉ is the power, for a base below 1. The denominators alone rule out all but small exponents."""
    return (
        0 < exponent <= power.denominator.bit_length()
        and base.denominator**exponent == power.denominator
        and base.numerator**exponent == power.numerator
    )


def gap_between(hit_probability: Probability, shortest: int, longest: int) -> float:
    """The chance that a gap is from `shortest` to `longest` rounds, both inclusive: (1-p)ˢ⁻¹ - (1-p)ˡ."""
    chance = read_probability("hit_probability", hit_probability)
    read_whole("shortest", shortest, low=1, high=GAP_MAX)
    read_whole("longest", longest, low=1, high=GAP_MAX)
    if longest < shortest:
        raise InvalidInput("longest", "must not be less than shortest")
    return -exp((shortest - 1) * chance.log_miss) * expm1((longest - shortest + 1) * chance.log_miss)


def streak(hit_probability: Probability, rounds: int) -> Streak:
    """How unusual it is that this many rounds passed since the last hit; the streak may be 0."""
    chance = read_probability("hit_probability", hit_probability)
    read_whole("rounds", rounds, low=0, high=GAP_MAX)
    exponent = rounds * chance.log_miss
    return Streak(hit_probability, rounds, longer_or_equal=exp(exponent), quantile=abs(expm1(exponent)))
