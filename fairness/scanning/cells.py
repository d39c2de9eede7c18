"""Results as integers that compare as the results do, so that no float is ever compared with a target.

A game with a table numbers its different results in ascending order: the *cell* is that rank. A game whose results are
any number of hundredths has those as cells. Everything else keeps its decimals.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final, Protocol

from fairness.scanning.plan import Target
from fairness.scanning.result import EDGES

HUNDREDTHS_MAX: Final = 2**62  # above any result, below the largest 64-bit integer

Interval = tuple[Any, Any]  # the lowest and the highest cell that counts; empty where the first is above the second


class Cells(Protocol):
    """How the results of one game, with its options, are written as cells."""

    def decimal(self, cell: Any) -> Decimal:
        """The result behind a cell."""

    def interval(self, target: Target) -> Interval:
        """The cells that a target counts, found by comparing exact decimals."""


@dataclass(frozen=True)
class TableCells:
    """Cells 0, 1, 2 … are the ranks in a list of different results, ascending."""

    values: tuple[Decimal, ...]

    def decimal(self, cell: int) -> Decimal:
        return self.values[cell]

    def interval(self, target: Target) -> Interval:
        low, high = target.bounds
        first = 0 if low is None else bisect_left(self.values, low)
        return first, len(self.values) - 1 if high is None else bisect_right(self.values, high) - 1


@dataclass(frozen=True)
class HundredthCells:
    """A cell is the result in hundredths."""

    def decimal(self, cell: int) -> Decimal:
        return Decimal(int(cell)).scaleb(-2)

    def interval(self, target: Target) -> Interval:
        low, high = target.bounds
        first = 0 if low is None else _hundredths(low, ROUND_CEILING)
        return first, HUNDREDTHS_MAX if high is None else _hundredths(high, ROUND_FLOOR)

    def edges(self) -> tuple[int, ...]:
        """The edges of the distribution as cells: the lowest cell that is not below each."""
        return tuple(_hundredths(edge, ROUND_CEILING) for edge in EDGES)


@dataclass(frozen=True)
class DecimalCells:
    """A cell is the result itself: any game, at the speed of plain Python."""

    def decimal(self, cell: Decimal) -> Decimal:
        return cell

    def interval(self, target: Target) -> Interval:
        low, high = target.bounds
        infinity = Decimal("Infinity")
        return (-infinity if low is None else low), (infinity if high is None else high)


def ranked(payouts: Sequence[Decimal]) -> tuple[TableCells, tuple[int, ...]]:
    """The cells of a list in which results may repeat and stand in any order, and the cell of each of its places."""
    cells = TableCells(tuple(sorted(set(payouts))))
    return cells, tuple(bisect_left(cells.values, payout) for payout in payouts)


def _hundredths(value: Decimal, rounding: str) -> int:
    # A bound far outside is moved to just outside, where an integer still holds it.
    limit = Decimal(HUNDREDTHS_MAX).scaleb(-2)
    return int(max(-limit, min(limit, value)).scaleb(2).to_integral_value(rounding))
