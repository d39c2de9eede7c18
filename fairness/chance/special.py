"""The few special functions the tests of chance stand on, in doubles, without a numerical library.

Probabilities of a billion rounds need care: the logarithm of a billion's factorial is about 2·10¹⁰, so the textbook
formula by differences of log-gammas keeps only five digits. The density is therefore computed by Loader's saddle-point
form, which never takes such a difference, and both incomplete functions are that density times a continued fraction
or a series. The smaller tail of up to a million rounds is right to ten digits, of a billion to nine (see the tests).

Sources: C. Loader, "Fast and accurate computation of binomial probabilities" (2000); A. Didonato and A. Morris,
"Algorithm 708: significant digit computation of the incomplete beta function ratios", ACM TOMS 18 (1992); NIST Digital
Library of Mathematical Functions (DLMF), sections 5.11, 8.7, 8.9 and 8.17; W. Press et al., "Numerical Recipes", 5.2
(the modified Lentz method).
"""

from collections.abc import Iterable
from itertools import count
from math import erfc, exp, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

_EPSILON: Final = 1e-16
_TINY: Final = 1e-300  # stands for a zero that would be divided by (Lentz)

_HALF_LOG_TWO_PI: Final = 0.5 * log(2 * pi)

# ln n! = ln(√(2πn) (n/e)ⁿ) + 1/12n - 1/360n³ + 1/1260n⁵ - … (DLMF 5.11.1), enough for a double from here on.
_STIRLING_FROM: Final = 16.0
_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


class Tails(NamedTuple):
    """The two sides of a distribution; the smaller one is computed, the other is its complement."""

    lower: float
    upper: float


def stirling_error(n: float) -> float:
    """ln Γ(n + 1) less Stirling's approximation of it, for n > 0."""
    if n < _STIRLING_FROM:
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - _HALF_LOG_TWO_PI
    square, total = n * n, 0.0
    for term in reversed(_STIRLING):
        total = total / square + term
    return total / n


def deviance(x: float, mean: float) -> float:
    """x ln(x/mean) + mean - x, without cancellation where x is near the mean (Loader's D₀)."""
    if abs(x - mean) >= 0.1 * (x + mean):
        return x * log(x / mean) + mean - x
    ratio = (x - mean) / (x + mean)
    total, term = (x - mean) * ratio, 2 * x * ratio
    for odd in count(3, 2):
        term *= ratio * ratio
        if total + term / odd == total:
            break
        total += term / odd
    return total


def _log(part: float, rest: float) -> float:
    """ln(part), where part + rest = 1 and the smaller of the two is the precise one."""
    return log(part) if part <= rest else log1p(-rest)


def log_binomial(hits: float, misses: float, p: float, q: float) -> float:
    """ln of Γ(n+1) / (Γ(hits+1) Γ(misses+1)) · p^hits q^misses, for n = hits + misses and p + q = 1, both above 0."""
    if hits == 0:
        return misses * _log(q, p)
    if misses == 0:
        return hits * _log(p, q)
    n = hits + misses
    corrections = stirling_error(n) - stirling_error(hits) - stirling_error(misses)
    spread = 0.5 * (log(n) - log(2 * pi * hits) - log(misses))
    return corrections - deviance(hits, n * p) - deviance(misses, n * q) + spread


def log_poisson(k: float, mean: float) -> float:
    """ln of meanᵏ e⁻ᵐᵉᵃⁿ / Γ(k+1), for k >= 0 and mean > 0."""
    if k == 0:
        return -mean
    return -stirling_error(k) - deviance(k, mean) - 0.5 * log(2 * pi * k)


def _lentz(start: float, steps: Iterable[tuple[float, float]]) -> float:
    """start + a₁/(b₁ + a₂/(b₂ + …)) for pairs (a, b), by the modified Lentz method."""
    value = c = start or _TINY
    d = 0.0
    for a, b in steps:
        d = 1 / (b + a * d or _TINY)
        c = b + a / c or _TINY
        value *= c * d
        if abs(c * d - 1) <= 2 * _EPSILON:
            return value
    raise ArithmeticError("a continued fraction did not converge")


def _limit(size: float) -> range:
    # Near the mean these expansions need some multiple of √size steps; ten times as many mean a defect, not patience.
    return range(1, 1000 + int(100 * sqrt(size)))


def _beta_fraction(a: float, b: float, x: float, y: float) -> float:
    """I_x(a, b) · B(a, b) / (xᵃ yᵇ), by the continued fraction of Didonato and Morris (their BFRAC).

    It is DLMF 8.17.22 contracted to every second step. Here y = 1 - x enters by itself, so a small y keeps its digits.
    """

    def numerator(m: int) -> float:
        return m * (b - m) * x * x * (a + m - 1) * (a + b + m - 1) / (a + 2 * m - 1) ** 2

    def denominator(m: int) -> float:
        inner = m * (b - m) * x / (a + 2 * m - 1) if m else 0.0  # 0 / 0 for a = 1
        return m + inner + (a + m) * (a * y - b * x + 1 + m * (1 + y)) / (a + 2 * m + 1)

    return 1 / _lentz(denominator(0), ((numerator(m), denominator(m)) for m in _limit(max(a, b))))


def _log_beta_front(a: float, b: float, x: float, y: float) -> float:
    """ln of xᵃ yᵇ / B(a, b)."""
    return log_binomial(a, b, x, y) + log(a) - log1p(a / b)


def beta_tails(a: float, b: float, x: float, y: float) -> Tails:
    """The regularized incomplete beta function I_x(a, b) and its complement, for x + y = 1 and a, b > 0.

    For whole a and b, `lower` is the probability of at least a hits in a + b - 1 rounds of chance x (DLMF 8.17.5).
    """
    if x <= 0 or y <= 0:
        return Tails(0.0, 1.0) if x <= 0 else Tails(1.0, 0.0)
    front = exp(_log_beta_front(a, b, x, y))
    # The fraction converges fast on this side of the mean only; on the other it is taken from the other end.
    if x < (a + 1) / (a + b + 2):
        lower = min(1.0, front * _beta_fraction(a, b, x, y))
        return Tails(lower, 1 - lower)
    upper = min(1.0, front * _beta_fraction(b, a, y, x))
    return Tails(1 - upper, upper)


def gamma_tails(a: float, x: float) -> Tails:
    """The regularized incomplete gamma functions P(a, x) and Q(a, x), for a > 0 and x >= 0.

    For whole a, `upper` is the probability of fewer than a events where x are expected (DLMF 8.4.10). The series
    is DLMF 8.7.1, the continued fraction 8.9.2 in the even form that Numerical Recipes uses.
    """
    if x <= 0:
        return Tails(0.0, 1.0)
    density = exp(log_poisson(a, x))
    if x < a + 1:
        total = term = 1.0
        for n in count(1):
            term *= x / (a + n)
            total += term
            if term <= _EPSILON * total:
                break
        lower = min(1.0, density * total)
        return Tails(lower, 1 - lower)

    def steps() -> Iterable[tuple[float, float]]:
        yield 1.0, x + 1 - a
        for n in _limit(x):
            yield n * (a - n), x + 1 - a + 2 * n

    upper = min(1.0, density * a * _lentz(0.0, steps()))
    return Tails(1 - upper, upper)


def _logistic(t: float) -> float:
    return 1 / (1 + exp(-t))


def beta_quantile(a: float, b: float, chance: float) -> tuple[float, float]:
    """The x at which I_x(a, b) = chance, and 1 - x, for a, b >= 1 and chance up to one half.

    Newton's method on ln I over t = ln(x/(1-x)). The beta density over t is log-concave, hence so is I: from the left
    of the root each step stays left of it and comes nearer, and a step from the right lands on its left.
    """
    t, wanted = log(a / b), log(chance)
    for _ in range(200):
        x, y = _logistic(t), _logistic(-t)
        log_lower, slope = _log_beta(a, b, x, y)
        step = (log_lower - wanted) / slope
        t -= step
        if abs(step) <= 1e-14 * max(1.0, abs(t)):
            return _logistic(t), _logistic(-t)
    raise ArithmeticError("a quantile of the beta distribution did not converge")


def _log_beta(a: float, b: float, x: float, y: float) -> tuple[float, float]:
    """ln I_x(a, b), also where I itself is below the range of doubles, and its slope over ln(x/y)."""
    log_front = _log_beta_front(a, b, x, y)
    if x < (a + 1) / (a + b + 2):
        fraction = _beta_fraction(a, b, x, y)
        return log_front + log(fraction), 1 / fraction
    lower = beta_tails(a, b, x, y).lower
    return log(lower), exp(log_front) / lower


def normal_quantile(confidence: float) -> float:
    """How many standard deviations to each side of its mean hold this share of a normal distribution."""
    return -NormalDist().inv_cdf((1 - confidence) / 2)


def normal_two_sided(z: float) -> float:
    """The probability that a normal value lies at least z standard deviations from its mean."""
    return erfc(abs(z) / sqrt(2))
