"""Exact counts behind single floats, and decimals written from whole numbers.

A float of a round is a *word*, one of 2^32 equally likely integers, over 2^32. So the chance of anything that one float
decides is a count of words over 2^32, and no rounding is needed to state it.
"""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

WORDS: Final = 2**32


def word_of(number: float) -> int:
    """The word behind a float of a round."""
    return int(number * WORDS)


def words_from(minimum: float) -> int:
    """How many words give a float of at least `minimum`, compared as doubles (each word over 2^32 is one exactly)."""
    return WORDS - min(WORDS, max(0, ceil(Fraction(minimum) * WORDS)))


def index_chances(choices: int) -> tuple[Fraction, ...]:
    """The chance of each index that floor(float × choices) can be.

    They differ by one word at most; they are equal where `choices` divides 2^32.
    """
    bounds = [-(-index * WORDS // choices) for index in range(choices + 1)]
    return tuple(Fraction(above - start, WORDS) for start, above in zip(bounds, bounds[1:], strict=False))


def hundredths(count: int) -> Decimal:
    """A whole number of hundredths, written with its two decimals: 1741 is 17.41."""
    sign = 1 if count < 0 else 0
    return Decimal((sign, tuple(map(int, str(abs(count)))), -2))


def floor_hundredths(value: Fraction) -> Decimal:
    """The value floored to two decimals.

    Pages floor a double instead. The two differ, by 0.01, only where the value is a whole number of hundredths and its
    double falls short of it: in Crash, say, for 60 of the 2^32 numbers of a round.
    """
    return hundredths(floor(value * 100))


def ceil_hundredths(value: Decimal | Fraction) -> int:
    """The smallest whole number of hundredths that is not below the value."""
    return ceil(Fraction(value) * 100)
