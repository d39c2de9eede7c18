"""Reading what the tests of chance are asked about; each refusal names the argument."""

from collections.abc import Collection
from fractions import Fraction
from math import isfinite, log, log1p
from typing import Final, NamedTuple

from fairness.errors import InvalidInput

Probability = Fraction | float

ROUNDS_MAX: Final = 10**10  # rounds of a sample; the longest run we scan is a tenth of it
GAP_MAX: Final = 10**15  # no nonce comes near

# Nearer to 0 or 1 than this, 1/p or its square leaves the range of a double.
_NEAREST: Final = 1e-150

_CONFIDENCE_MIN: Final = 0.5
_CONFIDENCE_MAX: Final = 0.999999999


class Chance(NamedTuple):
    """A probability strictly between 0 and 1. A double `p` is taken as the binary fraction it is."""

    exact: Fraction
    hit: float
    miss: float  # 1 - p, rounded once: p may be so small that `1 - hit` would lose it
    log_miss: float


def read_probability(name: str, value: Probability) -> Chance:
    """A probability that is neither impossible nor certain."""
    if isinstance(value, bool) or not isinstance(value, Fraction | float | int) or not isfinite(value):
        raise InvalidInput(name, "must be a number between 0 and 1")
    exact = Fraction(value)
    if not 0 < exact < 1:
        raise InvalidInput(name, "must be more than 0 and less than 1")
    hit, miss = float(exact), float(1 - exact)
    if min(hit, miss) < _NEAREST:
        raise InvalidInput(name, "is too near to 0 or 1 to compute with")
    return Chance(exact, hit, miss, log1p(-hit) if hit < miss else log(miss))


def read_whole(name: str, value: int, *, low: int, high: int) -> int:
    """A whole number within bounds, both inclusive."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(name, "must be a whole number")
    if not low <= value <= high:
        raise InvalidInput(name, f"must be from {low} to {high}")
    return value


def read_hits(hits: int, rounds: int) -> None:
    """Check a count of hits against the rounds it was counted in."""
    read_whole("rounds", rounds, low=1, high=ROUNDS_MAX)
    read_whole("hits", hits, low=0, high=rounds)


def read_confidence(value: float) -> float:
    """How sure an interval is asked to be."""
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise InvalidInput("confidence", "must be a number, such as 0.95")
    if not _CONFIDENCE_MIN <= value <= _CONFIDENCE_MAX:
        raise InvalidInput("confidence", f"must be from {_CONFIDENCE_MIN} to {_CONFIDENCE_MAX}")
    return float(value)


def check_distribution(name: str, chances: Collection[Fraction]) -> None:
    """Refuse chances that are not exact, below zero, or do not sum to one."""
    for chance in chances:
        if isinstance(chance, bool) or not isinstance(chance, Fraction | int):
            raise InvalidInput(name, "must give each chance as an exact fraction")
        if chance < 0:
            raise InvalidInput(name, "must not give a chance below 0")
    if sum(chances) != 1:
        raise InvalidInput(name, "must give chances that sum to exactly 1")
