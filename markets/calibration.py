"""Whether probabilities mean what they say: of what was given 60 %, do 60 % happen? Pure.

A forecast is held against a result (1 it happened, 0 it did not), or against the close: the probability that the market
arrived at. The close stands in for the result before there is one, and tells more: it has no luck in it.

The Brier score is the mean of (p − y)², y the result; with the close it is what that score would be on average if the
close were right, p² − 2pq + q. Its parts (Murphy, Journal of Applied Meteorology 12, 1973, and the two that the width
of the bins adds, Stephenson, Coelho and Jolliffe, Weather and Forecasting 23, 2008) add up to it exactly:

    Brier = reliability − resolution + uncertainty + within_variance − within_covariance

The log loss is the mean of −(q ln p + (1 − q) ln(1 − p)); what is left of it after the close's own is its excess.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from markets.statistics import CONFIDENCE, Mean, Share, mean_of, share_of

BINS: Final = 10
_LEAST: Final = 1e-12  # nearer to 0 or 1 a log loss says nothing but that


class Forecast(NamedTuple):
    """A probability that was given, and what came: 1 or 0, or the probability at the close."""

    game: str
    given: float
    came: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The forecasts from `low` to below `high` (the last one to 1)."""

    low: float
    high: float
    count: int
    games: int
    given: float  # their mean
    came: float  # the mean of what came
    difference: Mean  # of came − given, over games
    share: Share | None  # Wilson's interval of what came; None against the close, which is no yes or no


@dataclass(frozen=True, slots=True)
class Calibration:
    """How forecasts did, altogether and by bins; bins without a forecast are left out."""

    count: int
    games: int
    bias: Mean  # of came − given
    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within_variance: float
    within_covariance: float
    log_loss: float
    excess: float  # of the log loss over that of what came
    root_mean_square: float  # of came − given, as a probability
    bins: tuple[Bin, ...]


def calibration_of(forecasts: Sequence[Forecast], *, bins: int = BINS, confidence: float = CONFIDENCE) -> Calibration:
    """How well forecasts fit what came, in bins of equal width.

    Raises `ValueError` for none, for probabilities not from 0 to 1, or fewer than 1 bin.
    """
    if not forecasts or bins < 1:
        raise ValueError("forecasts must hold at least one, and bins be at least 1.")
    if not all(0 <= each.given <= 1 and 0 <= each.came <= 1 for each in forecasts):
        raise ValueError("forecasts must be probabilities from 0 to 1.")
    ordered = sorted(forecasts)
    groups: list[list[Forecast]] = [[] for _ in range(bins)]
    for each in ordered:
        groups[min(bins - 1, math.floor(each.given * bins))].append(each)
    decided = all(each.came in (0.0, 1.0) for each in ordered)
    made = tuple(
        _bin(group, i / bins, (i + 1) / bins, decided=decided, confidence=confidence)
        for i, group in enumerate(groups)
        if group
    )
    count = len(ordered)
    base = math.fsum(each.came for each in ordered) / count
    variance, covariance = _within(zip((group for group in groups if group), made, strict=True), count)
    log_loss = math.fsum(_loss(each.given, each.came) for each in ordered) / count
    bias = mean_of([(each.game, each.came - each.given) for each in ordered], confidence)
    return Calibration(
        count=count,
        games=bias.games,
        bias=bias,
        brier=math.fsum(each.given**2 - 2 * each.given * each.came + each.came for each in ordered) / count,
        reliability=math.fsum(each.count * (each.given - each.came) ** 2 for each in made) / count,
        resolution=math.fsum(each.count * (each.came - base) ** 2 for each in made) / count,
        uncertainty=base * (1 - base),
        within_variance=variance,
        within_covariance=covariance,
        log_loss=log_loss,
        excess=log_loss - math.fsum(_loss(each.came, each.came) for each in ordered) / count,
        root_mean_square=math.sqrt(math.fsum((each.came - each.given) ** 2 for each in ordered) / count),
        bins=made,
    )


def _bin(group: list[Forecast], low: float, high: float, *, decided: bool, confidence: float) -> Bin:
    count = len(group)
    return Bin(
        low,
        high,
        count,
        len({each.game for each in group}),
        math.fsum(each.given for each in group) / count,
        math.fsum(each.came for each in group) / count,
        mean_of([(each.game, each.came - each.given) for each in group], confidence),
        share_of([(each.game, each.came == 1) for each in group], confidence) if decided else None,
    )


def _within(pairs: "zip[tuple[list[Forecast], Bin]]", count: int) -> tuple[float, float]:
    """What forecasts of one bin differ by: their variance, and twice how they vary together with what came."""
    variances, covariances = [], []
    for group, whole in pairs:
        variances += [(each.given - whole.given) ** 2 for each in group]
        covariances += [(each.given - whole.given) * (each.came - whole.came) for each in group]
    return math.fsum(variances) / count, 2 * math.fsum(covariances) / count


def _loss(given: float, came: float) -> float:
    safe = min(1 - _LEAST, max(_LEAST, given))
    return -(came * math.log(safe) + (1 - came) * math.log1p(-safe))
