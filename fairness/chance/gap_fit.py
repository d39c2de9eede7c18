"""A Kolmogorov-Smirnov test of whether gaps are geometric.

The statistic D is the largest distance between the observed and the geometric distribution function, over whole
numbers only: gaps have no values between. A gap can be made from a uniform number by its quantile function, and then D
is that number's own distance looked at in fewer places. So D is never larger than for a continuous distribution, and
the continuous p-value is a safe upper bound: the test is *conservative*. The smaller p is, the less it gives away; for
tiers hit once in a hundred rounds or more rarely, next to nothing. (A randomised test would be exact, but show another
figure each time it is asked.)

The continuous two-sided p-value is in turn bounded by twice the one-sided one, which is known exactly:

    P(D⁺ >= d) = d Σ_j C(n, j) (d + j/n)ʲ⁻¹ (1 - d - j/n)ⁿ⁻ʲ,  j = 0 … ⌊n(1-d)⌋

Where p-values are small, and matter, the two differ by less than a part in ten thousand, as both one-sided distances
are hardly ever large at once. Above 10,000 gaps Massart's bound 2 exp(-2nd²) takes its place.

Sources: Z. Birnbaum and F. Tingey, Annals of Mathematical Statistics 22 (1951), the sum; P. Massart, Annals of
Probability 18 (1990), the bound; G. Noether, Econometrica 31 (1963) and W. Conover, JASA 67 (1972), discrete data.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, expm1, floor, fsum
from typing import Final

from fairness.chance.inputs import GAP_MAX, Chance, Probability, read_probability, read_whole
from fairness.chance.special import log_binomial
from fairness.chance.words import CAN, CANNOT, figure, plural, reading
from fairness.errors import InvalidInput

EXACT_MAX: Final = 10_000  # gaps up to which the sum is taken


@dataclass(frozen=True, slots=True)
class GapTest:
    """How far observed gaps lie from the geometric law; `p_value` is an upper bound, so it never cries wolf."""

    gaps: int
    hit_probability: Probability
    distance: float
    p_value: float

    @property
    def sentence(self) -> str:
        """The test for people."""
        return (
            f"The spread of {plural(self.gaps, 'gap')} differs from the geometric law by {figure(self.distance)} at "
            f"most (0 is the law itself, 1 the farthest from it). {reading(self.p_value, bound=True)} {CAN} {CANNOT}"
        )


def gap_test(gaps: Sequence[int], hit_probability: Probability) -> GapTest:
    """The conservative Kolmogorov-Smirnov test of completed gaps (the streak since the last hit is none).

    Choose the gaps by their number, such as the last ten. All gaps that ended within a fixed stretch are too short on
    average when it holds only a few, since the longest ones are those that did not end.
    """
    chance = read_probability("hit_probability", hit_probability)
    if not gaps:
        raise InvalidInput("gaps", "must hold at least one gap")
    counts = Counter(read_whole("gaps", gap, low=1, high=GAP_MAX) for gap in gaps)
    distance = _distance(counts, len(gaps), chance)
    return GapTest(len(gaps), hit_probability, distance, min(1.0, 2 * one_sided(len(gaps), distance)))


def _distance(counts: Counter[int], size: int, chance: Chance) -> float:
    """The largest |observed - geometric| over whole numbers: at a gap that was seen, or just before it."""
    largest, seen = 0.0, 0
    for gap in sorted(counts):
        before = abs(seen / size + expm1((gap - 1) * chance.log_miss))
        seen += counts[gap]
        largest = max(largest, before, abs(seen / size + expm1(gap * chance.log_miss)))
    return largest


def one_sided(size: int, distance: float) -> float:
    """P(D⁺ >= distance) for `size` values of a continuous distribution; Massart's bound of it for many values."""
    if distance <= 0:
        return 1.0
    if size > EXACT_MAX:
        return exp(-2 * size * distance * distance)
    terms = []
    for j in range(floor(size * (1 - distance)) + 1):
        x, y = distance + j / size, (size - j) / size - distance
        if y <= 0:
            break  # (1 - d - j/n)ⁿ⁻ʲ is 0 at the end of the sum
        terms.append(exp(log_binomial(j, size - j, x, y)) / x)
    return min(1.0, distance * fsum(terms))
