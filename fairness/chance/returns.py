"""The return to player of a sample, and how far from its mean chance alone takes it.

A bet of wager w on payouts X (of one unit) returns wX. Over independent bets the return R = Σ wX / Σ w has

    mean  Σ w E X / Σ w,   variance  Σ w² Var X / (Σ w)²,   skewness  Σ w³ E(X - E X)³ / (Σ w² Var X)^(3/2)

so the sums of w, w² and w³ are all that need be kept of the wagers. All is exact until the last step.

The interval R ± z·sd takes R for normally distributed. Payouts are anything but: a bet that wins 1,000 times its wager
once in 1,020 rounds has lost all but always after 100, and an interval would say nothing true. Cochran's rule decides
from when on it may be shown: at least 25·(skewness of one bet)² bets, which keeps a 95 % interval wrong in no more than
6 % of samples. With unequal wagers the same rule reads: the skewness of R is 1/5 at most. (For a bet that pays one
amount with a small chance it asks for about 25 expected wins.)

Sources: W. Cochran, "Sampling Techniques", 3rd edition (1977), section 2.15, the rule; M. Kendall and A. Stuart, "The
Advanced Theory of Statistics", volume 1, chapter 3, moments and cumulants of sums.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, sqrt
from typing import Final

from fairness.chance.inputs import ROUNDS_MAX, check_distribution, read_confidence, read_whole
from fairness.chance.special import normal_quantile, normal_two_sided
from fairness.chance.words import CAN, CANNOT, percent, plural, reading
from fairness.errors import InvalidInput

Amount = Decimal | Fraction | int

SKEWNESS_MAX: Final = Fraction(1, 5)  # of the return, by Cochran's rule


@dataclass(frozen=True, slots=True)
class PayoutMoments:
    """What one unit returns: mean, variance and third central moment, exactly."""

    mean: Fraction
    variance: Fraction
    third: Fraction

    @property
    def skewness(self) -> float:
        """How lopsided one bet is: the third moment in units of the standard deviation."""
        return _skewness(self.third, self.variance)

    @property
    def bets_needed(self) -> int:
        """How many bets of equal wager Cochran's rule asks for before an interval may be shown."""
        return max(1, ceil(self.third**2 / self.variance**3 / SKEWNESS_MAX**2))


@dataclass(frozen=True, slots=True)
class Wagers:
    """The sums of w, w² and w³ over some bets, in one currency. Bets of no wager count for nothing."""

    bets: int
    total: Fraction
    squares: Fraction
    cubes: Fraction

    @classmethod
    def equal(cls, bets: int, wager: Amount = 1) -> "Wagers":
        """So many bets of the same wager."""
        read_whole("bets", bets, low=1, high=ROUNDS_MAX)
        exact = _amount("wager", wager)
        return cls(bets, bets * exact, bets * exact**2, bets * exact**3)

    @classmethod
    def of(cls, wagers: Iterable[Amount]) -> "Wagers":
        """The sums of the wagers given."""
        exact = [_amount("wagers", wager) for wager in wagers]
        read_whole("wagers", len(exact), low=1, high=ROUNDS_MAX)
        total, squares, cubes = (sum((wager**k for wager in exact), Fraction(0)) for k in (1, 2, 3))
        return cls(len(exact), total, squares, cubes)

    @classmethod
    def sums(cls, *, bets: int, total: Amount, squares: Amount, cubes: Amount) -> "Wagers":
        """The sums as a database gives them; refused when no wagers can have them."""
        read_whole("bets", bets, low=1, high=ROUNDS_MAX)
        first, second, third = _amount("total", total), _amount("squares", squares), _amount("cubes", cubes)
        # The lower bounds are Cauchy and Schwarz's inequality; the upper ones are reached by a single bet.
        if second > first**2 or first**2 > bets * second:
            raise InvalidInput("squares", "cannot be the sum of the squares of these wagers")
        if third > first * second or second**2 > first * third:
            raise InvalidInput("cubes", "cannot be the sum of the cubes of these wagers")
        return cls(bets, first, second, third)


@dataclass(frozen=True, slots=True)
class ReturnInterval:
    """The observed return beside its expectation. `low`, `high` and `p_value` are None where the rule refuses them."""

    bets: int
    effective_bets: float  # (Σ w)² / Σ w²: as many bets of equal wager scatter as much
    observed: Fraction
    expected: Fraction
    sd: float
    skewness: float
    confidence: float
    z: float  # how many standard deviations the observed lies above the expected return
    times_more: int | None  # how many times as many such bets the rule asks for; None: there are enough
    low: float | None
    high: float | None
    p_value: float | None

    @property
    def sentence(self) -> str:
        """The return for people."""
        seen = (
            f"{plural(self.bets, 'bet')} returned {_share(self.observed)} of what was wagered; "
            f"{_share(self.expected)} is expected."
        )
        if self.low is None or self.high is None or self.p_value is None:
            return (
                f"{seen} So much hangs on a few rare payouts or large wagers that an interval would mislead: "
                f"about {self.times_more:,} times as many bets are needed. {CANNOT}"
            )
        return (
            f"{seen} By chance alone, returns of so many bets lie up to {_share((self.high - self.low) / 2)} from what "
            f"is expected in about {percent(self.confidence)} of samples: {_share(self.low)} to {_share(self.high)} "
            f"fits what was seen. {reading(self.p_value)} {CAN} {CANNOT}"
        )


def payout_moments(payouts: Mapping[Decimal, Fraction]) -> PayoutMoments:
    """Mean, variance and third central moment of the payout of one unit, from its exact distribution."""
    check_distribution("payouts", payouts.values())
    exact = [(_amount("payouts", payout), Fraction(chance)) for payout, chance in payouts.items()]
    mean = sum((payout * chance for payout, chance in exact), Fraction(0))
    variance, third = (sum(((payout - mean) ** k * chance for payout, chance in exact), Fraction(0)) for k in (2, 3))
    if not variance:
        raise InvalidInput("payouts", "must have at least two different values")
    return PayoutMoments(mean, variance, third)


def return_interval(
    bets: Sequence[tuple[PayoutMoments, Wagers]], *, returned: Amount, confidence: float = 0.95
) -> ReturnInterval:
    """The return of bets by the known variance of what they were placed on, one pair for each kind of bet.

    `returned` is the sum of all payouts in the currency of the wagers. Wagers must not have followed results (as
    systems that double after a loss do): then the return is no longer a sum of independent amounts, and the interval is
    a rough guide only.
    """
    z_wide = normal_quantile(read_confidence(confidence))
    back = _amount("returned", returned)
    count = sum(wagers.bets for _, wagers in bets)
    total = sum((wagers.total for _, wagers in bets), Fraction(0))
    if not total:
        raise InvalidInput("bets", "must have wagered something")
    variance = sum((wagers.squares * payout.variance for payout, wagers in bets), Fraction(0))
    third = sum((wagers.cubes * payout.third for payout, wagers in bets), Fraction(0))
    expected = sum((wagers.total * payout.mean for payout, wagers in bets), Fraction(0)) / total
    observed = back / total
    sd = sqrt(variance / total**2)
    z = float(observed - expected) / sd
    times = third**2 / variance**3 / SKEWNESS_MAX**2  # each copy of the same bets divides it by one more
    enough = times <= 1
    return ReturnInterval(
        bets=count,
        effective_bets=float(total**2 / sum(wagers.squares for _, wagers in bets)),
        observed=observed,
        expected=expected,
        sd=sd,
        skewness=_skewness(third, variance),
        confidence=confidence,
        z=z,
        times_more=None if enough else ceil(times),
        low=float(observed) - z_wide * sd if enough else None,
        high=float(observed) + z_wide * sd if enough else None,
        p_value=normal_two_sided(z) if enough else None,
    )


def _amount(name: str, value: Amount) -> Fraction:
    """An exact amount that is not negative; money is never a float."""
    if isinstance(value, bool) or not isinstance(value, Decimal | Fraction | int):
        raise InvalidInput(name, "must be an exact decimal number")
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > 100):
        raise InvalidInput(name, "must be a number of a usual size")
    if value < 0:
        raise InvalidInput(name, "must not be negative")
    return Fraction(value)


def _skewness(third: Fraction, variance: Fraction) -> float:
    spread = sqrt(variance)
    return float(third) / (spread * spread * spread)


def _share(part: Fraction | float) -> str:
    """A share of what was wagered; unlike a chance it may exceed 100 %."""
    return f"{100 * float(part):,.2f} %"
