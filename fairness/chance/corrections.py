"""Several tests at once: what their p-values are worth together.

Of twenty tiers of a fair game, one looks unusual at one in twenty. Holm's correction keeps the chance of even one false
alarm at its level, whatever the tests have to do with each other (tiers overlap: a hit of a high one is a hit of all
below). Benjamini and Hochberg's keeps the expected share of false alarms among all alarms, for tests that are
independent or rise and fall together.

Sources: S. Holm, Scandinavian Journal of Statistics 6 (1979); Y. Benjamini and Y. Hochberg, JRSS B 57 (1995); Benjamini
and D. Yekutieli, Annals of Statistics 29 (2001), for dependent tests.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from fairness.chance.words import CAN, CANNOT, percent
from fairness.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Correction:
    """P-values before and after, in the order given; an adjusted one is never below its own."""

    method: str
    p_values: tuple[float, ...]
    adjusted: tuple[float, ...]

    @property
    def sentence(self) -> str:
        """The correction for people."""
        if len(self.p_values) == 1:
            return f"One test needs no correction. {CAN} {CANNOT}"
        return (
            f"Of {len(self.p_values)} tests looked at together, the most unusual has a p-value of "
            f"{percent(min(self.p_values))} alone and {percent(min(self.adjusted))} after {self.method}'s correction. "
            f"{CAN} {CANNOT}"
        )


def holm(p_values: Sequence[float]) -> Correction:
    """Holm's step-down: the i-th smallest of m times (m - i + 1), and never below a smaller one's."""
    given, order = _ordered(p_values)
    scaled = (given[index] * (len(order) - rank) for rank, index in enumerate(order))
    return _corrected("Holm", given, order, accumulate(scaled, max))


def benjamini_hochberg(p_values: Sequence[float]) -> Correction:
    """Benjamini and Hochberg's step-up: the i-th smallest of m times m/i, and never above a larger one's."""
    given, order = _ordered(p_values)
    order.reverse()
    # m/i is at least 1, and taken first: rounding cannot then lower a p-value.
    scaled = (given[index] * (len(order) / (len(order) - rank)) for rank, index in enumerate(order))
    return _corrected("Benjamini-Hochberg", given, order, accumulate(scaled, min))


def _ordered(p_values: Sequence[float]) -> tuple[tuple[float, ...], list[int]]:
    """The p-values, and their indices from the smallest up."""
    if not p_values:
        raise InvalidInput("p_values", "must hold at least one p-value")
    for value in p_values:
        if isinstance(value, bool) or not isinstance(value, float | int) or not 0 <= value <= 1:
            raise InvalidInput("p_values", "must be numbers from 0 to 1")
    return tuple(p_values), sorted(range(len(p_values)), key=p_values.__getitem__)


def _corrected(method: str, given: tuple[float, ...], order: list[int], values: Iterable[float]) -> Correction:
    adjusted = dict(zip(order, values, strict=True))
    return Correction(method, given, tuple(min(1.0, adjusted[index]) for index in range(len(given))))
