"""Payout lists of descending minima, and what several of them give together.

A float wins the first row whose minimum it reaches. The venue writes its minima with a hundred-millionth added
(0.90000001) and compares plain doubles; how many of the 2^32 words win a row follows exactly (see `exact`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from fairness.exact import words_from

Counts = Mapping[Decimal, int]  # value → how many equally likely cases give it


class Row(NamedTuple):
    """One row of a list."""

    minimum: float
    multiplier: Decimal


def read_rows(text: str) -> tuple[Row, ...]:
    """A list from text such as `0.9:2 0.5:1 0:0`, minimum before multiplier, highest minimum first."""
    cells = (row.split(":") for row in text.split())
    return tuple(Row(float(minimum), Decimal(multiplier)) for minimum, multiplier in cells)


def first_row(rows: Sequence[Row], number: float) -> int:
    """The index of the row that a float wins. The last minimum is zero, so there is always one."""
    return next(index for index, row in enumerate(rows) if number >= row.minimum)


def row_words(rows: Sequence[Row]) -> tuple[int, ...]:
    """How many words win each row, summing to 2^32."""
    reached = [0, *(words_from(row.minimum) for row in rows)]
    return tuple(up_to_here - before for before, up_to_here in zip(reached, reached[1:], strict=False))


def multiplier_words(rows: Sequence[Row]) -> Counts:
    """How many words win each multiplier; a list may have the same one in many rows."""
    return add_up((row.multiplier, words) for row, words in zip(rows, row_words(rows), strict=True))


def add_up(cases: Iterable[tuple[Decimal, int]]) -> Counts:
    """Cases by value, those of equal value added."""
    counts: dict[Decimal, int] = {}
    for value, count in cases:
        counts[value] = counts.get(value, 0) + count
    return counts


def combine(parts: Iterable[Counts], join: Callable[[Decimal, Decimal], Decimal]) -> Counts:
    """The cases of independent parts whose values are joined, by sum or by product."""

    def joined(left: Counts, right: Counts) -> Counts:
        return add_up((join(a, b), m * n) for a, m in left.items() for b, n in right.items())

    return reduce(joined, parts)


def chances(counts: Counts) -> dict[Decimal, Fraction]:
    """The chance of each value, every case being equally likely."""
    total = sum(counts.values())
    return {value: Fraction(count, total) for value, count in counts.items()}
