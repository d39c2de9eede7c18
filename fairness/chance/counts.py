"""Exact tests of how many hits came, and intervals for the chance behind them.

The two-sided p-value is the sum of the probabilities of all outcomes no likelier than the observed one, as R's
binom.test and poisson.test and SciPy's binomtest compute it. Outcomes whose probabilities differ by less than one part
in ten million count as equally likely, as there: the same probability, reached two ways, may differ in its last digits.

Sources: Hirji, "Exact Analysis of Discrete Data" (2006), 7.5 (two-sided tests by probability); C. Clopper and
E. Pearson, Biometrika 26 (1934); E. Wilson, JASA 22 (1927); L. Brown, T. Cai and A. DasGupta, "Interval estimation for
a binomial proportion", Statistical Science 16 (2001), on how often each interval holds the truth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, exp, expm1, floor, isfinite, log, log1p, sqrt
from typing import Final

from fairness.chance.inputs import ROUNDS_MAX, Probability, read_confidence, read_hits, read_probability, read_whole
from fairness.chance.special import (
    beta_quantile,
    beta_tails,
    gamma_tails,
    log_binomial,
    log_poisson,
    normal_quantile,
)
from fairness.chance.words import CAN, CANNOT, figure, percent, plural, reading
from fairness.errors import InvalidInput

# Outcomes this close in probability (relatively) count as equally likely.
_SAME: Final = 1e-7

_EXPECTED_MIN: Final = 1e-150

WILSON: Final = "Wilson"
EXACT: Final = "Clopper-Pearson"


@dataclass(frozen=True, slots=True)
class CountTest:
    """How unusual a number of hits is. `rounds` and `hit_probability` are None for a Poisson test."""

    hits: int
    rounds: int | None
    hit_probability: Probability | None
    expected: float
    sd: float
    at_most: float  # chance of this many hits or fewer
    at_least: float  # chance of this many hits or more
    p_value: float  # two-sided

    @property
    def sentence(self) -> str:
        """The test for people."""
        rounds = "" if self.rounds is None else f" in {plural(self.rounds, 'round')}"
        return (
            f"{plural(self.hits, 'hit')}{rounds}, where {figure(self.expected)} are expected, give or take "
            f"{figure(self.sd)}. {reading(self.p_value)} {CAN} {CANNOT}"
        )


@dataclass(frozen=True, slots=True)
class ShareInterval:
    """An interval for the chance of a hit, from the hits seen."""

    method: str
    hits: int
    rounds: int
    confidence: float
    low: float
    high: float

    @property
    def sentence(self) -> str:
        """The interval for people."""
        often = "at least" if self.method == EXACT else "about"
        return (
            f"{plural(self.hits, 'hit')} in {plural(self.rounds, 'round')} fit a hit chance from {percent(self.low)} "
            f"to {percent(self.high)}. Intervals made this way hold the true chance in {often} "
            f"{percent(self.confidence)} of samples. {CAN} {CANNOT}"
        )


def binomial_test(*, hits: int, rounds: int, hit_probability: Probability) -> CountTest:
    """The exact test of a count of hits in a number of independent rounds.

    Tails are incomplete beta functions (DLMF 8.17.5): P(X >= k) = I_p(k, n - k + 1).
    """
    read_hits(hits, rounds)
    chance = read_probability("hit_probability", hit_probability)
    p, q = chance.hit, chance.miss

    def at_most(k: int) -> float:
        return 1.0 if k >= rounds else 0.0 if k < 0 else beta_tails(k + 1, rounds - k, p, q).upper

    def at_least(k: int) -> float:
        return 1.0 if k <= 0 else 0.0 if k > rounds else beta_tails(k, rounds - k + 1, p, q).lower

    expected = rounds * chance.exact
    p_value = _two_sided(
        hits,
        expected,
        rounds,
        log_density=lambda k: log_binomial(k, rounds - k, p, q),
        at_most=at_most,
        at_least=at_least,
    )
    sd = sqrt(rounds * p * q)
    return CountTest(hits, rounds, hit_probability, float(expected), sd, at_most(hits), at_least(hits), p_value)


def poisson_test(*, hits: int, expected: Probability) -> CountTest:
    """The exact test of a count of rare hits, of which only the expected number is known.

    The limit of the binomial test for many rounds of small chance; use it where rounds of several chances are added
    up. Tails are incomplete gamma functions (DLMF 8.4.10): P(X < k) = Q(k, expected).
    """
    read_whole("hits", hits, low=0, high=ROUNDS_MAX)
    if isinstance(expected, bool) or not isinstance(expected, Fraction | float | int) or not isfinite(expected):
        raise InvalidInput("expected", "must be a number")
    if not _EXPECTED_MIN <= expected <= ROUNDS_MAX:
        raise InvalidInput("expected", f"must be more than 0 and at most {ROUNDS_MAX}")
    mean = float(expected)

    def at_most(k: int) -> float:
        return 0.0 if k < 0 else gamma_tails(k + 1, mean).upper

    def at_least(k: int) -> float:
        return 1.0 if k <= 0 else gamma_tails(k, mean).lower

    # The search needs an end: e times the mean is already less likely than no hit at all.
    most = 3 * ceil(mean) + 1000
    p_value = _two_sided(
        hits,
        Fraction(expected),
        most,
        log_density=lambda k: log_poisson(k, mean),
        at_most=at_most,
        at_least=at_least,
    )
    return CountTest(hits, None, None, mean, sqrt(mean), at_most(hits), at_least(hits), p_value)


def _two_sided(
    observed: int,
    expected: Fraction,
    most: int,
    *,
    log_density: Callable[[int], float],
    at_most: Callable[[int], float],
    at_least: Callable[[int], float],
) -> float:
    """The probability of all outcomes from 0 to `most` that are no likelier than the observed one.

    On the other side of the mean the probability falls steadily, so bisection finds where it is low enough.
    """
    if observed == expected:
        return 1.0
    bar = log_density(observed) + log1p(_SAME)
    if observed < expected:
        first = _first(ceil(expected), most + 1, lambda k: log_density(k) <= bar)
        return min(1.0, at_most(observed) + (at_least(first) if first <= most else 0.0))
    # Counted downward from the mean: the smallest distance at which the outcome is no likelier.
    start = floor(expected)
    distance = _first(0, start + 1, lambda d: log_density(start - d) <= bar)
    return min(1.0, at_least(observed) + at_most(start - distance))


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first whole number from low to high - 1 that holds, when all after it do too; high when none does."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def wilson_interval(*, hits: int, rounds: int, confidence: float = 0.95) -> ShareInterval:
    """Wilson's score interval: (k + z²/2 ± z √(k(n-k)/n + z²/4)) / (n + z²).

    The truth lies inside about as often as stated, a little less often for some chances; never outside [0, 1].
    """
    read_hits(hits, rounds)
    z = normal_quantile(read_confidence(confidence))
    middle, half = hits + z * z / 2, z * sqrt(hits * (rounds - hits) / rounds + z * z / 4)
    # middle - half would cancel where hits are few; the product of both ends is k²(n + z²)/n.
    low, high = hits * hits / rounds / (middle + half), (middle + half) / (rounds + z * z)
    return ShareInterval(WILSON, hits, rounds, confidence, low, min(1.0, high))


def exact_interval(*, hits: int, rounds: int, confidence: float = 0.95) -> ShareInterval:
    """Clopper and Pearson's interval: every chance that a one-sided exact test at half the risk would not reject.

    The truth lies inside at least as often as stated, whatever it is; the price is an interval somewhat too wide.
    The ends are quantiles of beta distributions: I⁻¹(α/2; k, n-k+1) and I⁻¹(1-α/2; k+1, n-k).
    """
    read_hits(hits, rounds)
    risk = (1 - read_confidence(confidence)) / 2
    low, _ = _exact_low(hits, rounds, risk)
    _, high = _exact_low(rounds - hits, rounds, risk)  # of a miss: one less it is the chance of a hit
    return ShareInterval(EXACT, hits, rounds, confidence, low, high)


def _exact_low(hits: int, rounds: int, risk: float) -> tuple[float, float]:
    """The chance at which this many hits or more have a probability of just `risk`, and one less it."""
    if hits == 0:
        return 0.0, 1.0
    if hits == rounds:
        exponent = log(risk) / rounds
        return exp(exponent), -expm1(exponent)
    return beta_quantile(hits, rounds - hits + 1, risk)
