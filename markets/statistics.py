"""How sure a mean or a share is when signals of one game rise and fall together. Pure.

Signals of a game share its close, so a hundred signals of ten games tell hardly more than ten numbers do. Everything
here counts in games. The variance of a mean is the jackknife's over games: the mean is taken again without each game
in turn, and how much it differs says how unsure it is (`CV3`). Of the variances that allow for clusters it is the one
whose intervals keep their promise best when games are few and differ in size (MacKinnon, Nielsen and Webb, Journal of
Econometrics 232, 2023), and it needs no random numbers, so that a report is the same each time. Intervals and tests
are Student's with games - 1 degrees of freedom.

A share's interval is Wilson's, with the number of independent signals that would tell as much in place of the number
of signals (Korn and Graubard, Survey Methodology 24, 1998, for the idea with another interval; Franco et al., Journal
of Survey Statistics and Methodology 7, 2019, with this one). Where every game has one signal it is Wilson's own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from statistics import NormalDist, median
from typing import Final

from fairness.chance.special import beta_tails, normal_quantile

CONFIDENCE: Final = 0.95

# (what it is of, the value): the game is any text; signals of the same one are a cluster.
Sample = Sequence[tuple[str, float]]

_BREAK_EVEN: Final = 110 / 210  # of a wager at -110


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over signals and how sure it is over games; `low`, `high` and `p_value` are None for fewer than 2 games.

    `p_value` is two-sided, of the hypothesis that the true mean is 0.
    """

    count: int
    games: int
    mean: float
    median: float
    deviation: float | None  # of single values; None for one
    error: float | None  # standard error of the mean
    low: float | None
    high: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of signals, with Wilson's interval at the effective number of them."""

    hits: int
    count: int
    games: int
    share: float
    effective: float  # so many independent signals would tell as much
    low: float
    high: float


def mean_of(sample: Sample, confidence: float = CONFIDENCE) -> Mean:
    """The mean of values by game, and Student's interval around it by the jackknife over games.

    Raises `ValueError` for no value, a value that is not finite, or a confidence not between 0 and 1.
    """
    values = _checked(sample)
    _check_confidence(confidence)
    mean = math.fsum(values) / len(values)
    clusters = _clusters(sample)
    variance = _jackknife(clusters, len(values), mean)
    deviation = math.sqrt(_variance(values, mean)) if len(values) > 1 else None
    if variance is None:
        return Mean(len(values), len(clusters), mean, median(values), deviation, None, None, None, None)
    error, free = math.sqrt(variance), len(clusters) - 1
    half = t_quantile(confidence, free) * error
    t = mean / error if error else math.copysign(math.inf, mean) if mean else 0.0
    return Mean(
        len(values),
        len(clusters),
        mean,
        median(values),
        deviation,
        error,
        mean - half,
        mean + half,
        t_two_sided(t, free),
    )


def share_of(sample: Sequence[tuple[str, bool]], confidence: float = CONFIDENCE) -> Share:
    """The share of hits by game, and Wilson's interval at the effective number of signals.

    Raises `ValueError` for no signal, or a confidence not between 0 and 1.
    """
    _check_confidence(confidence)
    numbers = [(game, 1.0 if hit else 0.0) for game, hit in sample]
    values = _checked(numbers)
    count, hits = len(values), round(math.fsum(values))
    share = hits / count
    clusters = _clusters(numbers)
    effective = _effective(clusters, values, share, confidence)
    low, high = wilson(share, effective, confidence)
    return Share(hits, count, len(clusters), share, effective, low, high)


def wilson(share: float, count: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's interval for a share of so many independent ones; the number need not be whole.

    Raises `ValueError` for a share not from 0 to 1, a number that is not above 0, or a confidence not between 0 and 1.
    """
    _check_confidence(confidence)
    if not 0 <= share <= 1 or not 0 < count < math.inf:
        raise ValueError("share must be from 0 to 1, and count above 0.")
    z = normal_quantile(confidence)
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    # middle - half would cancel for small shares; the product of both ends is share²/whole.
    high = min(1.0, (middle + half) / whole)
    return share * share / (middle + half), high


def t_two_sided(t: float, free: float) -> float:
    """The probability that Student's t with so many degrees of freedom lies at least so far from 0.

    P(|T| ≥ t) = I_x(ν/2, 1/2) at x = ν/(ν + t²) (DLMF 8.17.2). Raises `ValueError` for degrees that are not above 0.
    """
    if not 0 < free < math.inf or math.isnan(t):
        raise ValueError("t must be a number, and its degrees of freedom above 0.")
    square = t * t
    if math.isinf(square):
        return 0.0
    return beta_tails(free / 2, 0.5, free / (free + square), square / (free + square)).lower


@lru_cache(maxsize=4096)
def t_quantile(confidence: float, free: float) -> float:
    """How far to each side of 0 this share of Student's t lies, by bisection to the last digit.

    Raises `ValueError` for degrees of freedom that are not above 0, or a confidence not between 0 and 1.
    """
    _check_confidence(confidence)
    risk = 1 - confidence
    low, high = 0.0, 2.0
    while t_two_sided(high, free) > risk:
        low, high = high, 2 * high
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if t_two_sided(middle, free) > risk:
            low = middle
        else:
            high = middle


def bets_to_show(chance: float, *, break_even: float = _BREAK_EVEN, risk: float = 0.05, power: float = 0.8) -> int:
    """How many bets it takes to show that a chance to win is above break-even: the one-sided test of a share.

    n = ((z_risk √(q(1−q)) + z_power √(p(1−p))) / (p − q))², rounded up. Raises `ValueError` unless
    0 < break_even < chance < 1 and risk and power lie between 0 and 1.
    """
    if not 0 < break_even < chance < 1 or not 0 < risk < 1 or not 0 < power < 1:
        raise ValueError("chance must be above break_even, and all of them between 0 and 1.")
    z_risk, z_power = -NormalDist().inv_cdf(risk), NormalDist().inv_cdf(power)
    spread = z_risk * math.sqrt(break_even * (1 - break_even)) + z_power * math.sqrt(chance * (1 - chance))
    return math.ceil((spread / (chance - break_even)) ** 2)


def values_to_show(mean: float, deviation: float, z: float = 1.96) -> int:
    """How many independent values it takes until such a mean lies z standard errors from 0: (z·sd/mean)², rounded up.

    Raises `ValueError` for a mean of 0, or a deviation or z that is not above 0.
    """
    if mean == 0 or not all(map(math.isfinite, (mean, deviation, z))) or deviation <= 0 or z <= 0:
        raise ValueError("mean must not be 0, and deviation and z must be above 0.")
    return math.ceil((z * deviation / mean) ** 2)


def _checked(sample: Sample) -> list[float]:
    """The values, in their order. Raises `ValueError`."""
    values = [value for _, value in sample]
    if not values or not all(map(math.isfinite, values)):
        raise ValueError("sample must hold values, all of them finite.")
    return values


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError("confidence must be between 0 and 1.")


def _clusters(sample: Sample) -> list[tuple[int, float]]:
    """How many values each game has and their sum, by the game's name: one order, so that sums round alike."""
    ordered = sorted(sample)
    grouped = ([value for _, value in group] for _, group in groupby(ordered, key=lambda each: each[0]))
    return [(len(values), math.fsum(values)) for values in grouped]


def _jackknife(clusters: list[tuple[int, float]], count: int, mean: float) -> float | None:
    """The variance of the mean, by leaving each game out: (G−1)/G Σ (mean without it − mean)². None for one game."""
    games = len(clusters)
    if games < 2:
        return None
    # mean without it − mean = (n_g·mean − sum_g)/(n − n_g), which does not cancel.
    apart = ((size * mean - total) / (count - size) for size, total in clusters)
    return (games - 1) / games * math.fsum(each * each for each in apart)


def _variance(values: list[float], mean: float) -> float:
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _effective(clusters: list[tuple[int, float]], values: list[float], share: float, confidence: float) -> float:
    """How many independent signals would tell as much: their number over the design effect, never more than they are.

    It is lessened for what few games leave unsure of the design effect itself, as Korn and Graubard do: by the square
    of Student's quantiles of signals and of games. Where all are hits or none is, or there is one game, no variance can
    be seen; then each game counts as one signal.
    """
    count, games = len(values), len(clusters)
    if count == games:
        return float(count)
    variance = _jackknife(clusters, count, share)
    if not variance or share in (0.0, 1.0):
        return float(games)
    independent = share * (1 - share) / (count - 1)
    unsure = t_quantile(confidence, count - 1) / t_quantile(confidence, games - 1)
    return max(1.0, min(float(count), count * independent / variance * unsure * unsure))
