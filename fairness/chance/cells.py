"""The chi-square test of how often each result came, against the exact distribution of a game.

X² = Σ (observed - expected)² / expected over the groups is, in large samples, chi-square distributed with one degree of
freedom less than there are groups; its upper tail is the incomplete gamma function Q(df/2, X²/2).

Cells whose expected count is under 5 are pooled (Cochran's rule) with their neighbours, from the highest result down,
because the rare results are the high ones. How cells are grouped depends on the distribution and the number of rounds
alone, never on what was observed, so the test stays valid.

Sources: K. Pearson, Philosophical Magazine 50 (1900); W. Cochran, "Some methods for strengthening the common χ² tests",
Biometrics 10 (1954); DLMF 8.2.4 and 8.17 for the functions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import fsum
from typing import Final, Generic, TypeVar

from fairness.chance.inputs import ROUNDS_MAX, check_distribution, read_whole
from fairness.chance.special import gamma_tails
from fairness.chance.words import CAN, CANNOT, figure, plural, reading
from fairness.errors import InvalidInput

Cell = TypeVar("Cell", Decimal, int)

EXPECTED_MIN: Final = 5


@dataclass(frozen=True, slots=True)
class CellGroup(Generic[Cell]):
    """One cell, or neighbouring ones pooled: the results from `low` to `high`."""

    low: Cell
    high: Cell
    observed: int
    expected: float


@dataclass(frozen=True, slots=True)
class CellTest(Generic[Cell]):
    """How far the counts of all results lie from what the game gives on average; groups ascend by result."""

    rounds: int
    groups: tuple[CellGroup[Cell], ...]
    chi_square: float
    degrees: int
    p_value: float

    @property
    def sentence(self) -> str:
        """The test for people."""
        return (
            f"The results of {plural(self.rounds, 'round')}, in {len(self.groups)} groups, differ from what is "
            f"expected by a chi-square of {figure(self.chi_square)} (about {self.degrees} is usual). "
            f"{reading(self.p_value)} {CAN} {CANNOT}"
        )


def cell_test(counts: Mapping[Cell, int], distribution: Mapping[Cell, Fraction]) -> CellTest[Cell]:
    """The chi-square test of the counts of results against their exact chances.

    Every round must be counted, also the ordinary ones: hits alone are no sample of the game. A result that is not
    in `counts` came up 0 times.
    """
    check_distribution("distribution", distribution.values())
    for cell, observed in counts.items():
        read_whole("counts", observed, low=0, high=ROUNDS_MAX)
        if observed and not distribution.get(cell):
            raise InvalidInput("counts", f"has the result {str(cell)[:40]}, which this game cannot give")
    rounds = read_whole("counts", sum(counts.values()), low=1, high=ROUNDS_MAX)
    groups = _pooled(counts, distribution, rounds)
    if len(groups) < 2:
        problem = f"must hold more rounds: fewer than two groups of results have an expected count of {EXPECTED_MIN}"
        raise InvalidInput("counts", problem)
    chi_square = fsum((group.observed - group.expected) ** 2 / group.expected for group in groups)
    degrees = len(groups) - 1
    return CellTest(rounds, groups, chi_square, degrees, gamma_tails(degrees / 2, chi_square / 2).upper)


def _pooled(
    counts: Mapping[Cell, int], distribution: Mapping[Cell, Fraction], rounds: int
) -> tuple[CellGroup[Cell], ...]:
    """The cells from the highest down, closed into a group at each expected count of 5; the rest joins the last."""
    found: list[tuple[Cell, Cell, int, Fraction]] = []
    low = high = None
    observed, expected = 0, Fraction(0)
    for cell in sorted((cell for cell, chance in distribution.items() if chance), reverse=True):
        low, high = cell, cell if high is None else high
        observed, expected = observed + counts.get(cell, 0), expected + rounds * distribution[cell]
        if expected >= EXPECTED_MIN:
            found.append((low, high, observed, expected))
            high, observed, expected = None, 0, Fraction(0)
    if found and low is not None and expected:
        _, top, before, sure = found.pop()
        found.append((low, top, before + observed, sure + expected))
    return tuple(CellGroup(low, high, observed, float(expected)) for low, high, observed, expected in reversed(found))
