"""How the random words of many rounds become cells, one function a family of games.

A *word* is four bytes of a round's stream as an integer, so the round's float is word / 2^32, and ⌊float × n⌋ is
exactly (word × n) >> 32. `words[i]` holds word i of every round. NumPy runs these functions as they stand and Numba
compiles the same text, so both give the same cells; all arithmetic is on 64-bit integers, which nothing here exceeds.

`numbers` are the family's parameters and `table` gives the cell of each place in the game's list of payouts.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.int64]  # of shape (words of a round, rounds)
Mapping: TypeAlias = Callable[[Words, Integers, Integers], Integers]


def scaled(words: Words, numbers: Integers, table: Integers) -> Integers:
    """One float picks one of n places: Dice, Roulette, Wheel. Numbers: n."""
    cells: Integers = table[(words[0] * numbers[0]) >> 32]
    return cells


def at_thresholds(words: Words, numbers: Integers, table: Integers) -> Integers:
    """One float against minima: Cases. Numbers: the lowest word of each place but the first, ascending."""
    cells: Integers = table[np.searchsorted(numbers, words[0], side="right")]
    return cells


def smallest_drawn(words: Words, numbers: Integers, table: Integers) -> Integers:
    """The smallest of what is drawn without repeats: Pump, Chicken. Numbers: the size of the pool.

    What was drawn so far lies at or above the smallest, so below it nothing has moved: a draw's index in the shrunken
    pool is a new smallest exactly if it is below the present one. The smallest index is then the smallest drawn. As
    flooring keeps order, the products are compared, and the smallest is floored once.
    """
    smallest = words[0] * numbers[0]
    for draw in range(1, words.shape[0]):
        smallest = np.minimum(smallest, words[draw] * (numbers[0] - draw))
    cells: Integers = table[smallest >> 32]
    return cells


def drawn_among(words: Words, numbers: Integers, table: Integers) -> Integers:
    """How many of some positions are drawn without repeats: Keno, Mines. Numbers: the size of the pool, the positions.

    The positions are bits. Drawing removes one bit from the pool, and the bits above it move down, as in the list.
    """
    wanted = np.full(words.shape[1], numbers[1])
    found = np.zeros(words.shape[1], np.int64)
    for draw in range(words.shape[0]):
        index = (words[draw] * (numbers[0] - draw)) >> 32
        found += (wanted >> index) & 1
        below = (np.ones_like(index) << index) - 1
        wanted = (wanted & below) | ((wanted >> 1) & ~below)
    cells: Integers = table[found]
    return cells


def rights(words: Words, numbers: Integers, table: Integers) -> Integers:
    """How many floats are one half or more: Plinko, where they send the ball right."""
    total = words[0] >> 31
    for row in range(1, words.shape[0]):
        total = total + (words[row] >> 31)
    cells: Integers = table[total]
    return cells


def equal_pairs(words: Words, numbers: Integers, table: Integers) -> Integers:
    """How many pairs of five picks are equal: Diamonds. Numbers: how many kinds there are.

    The pairs tell the patterns apart: five equal make 10 pairs, four 6, a full house 4, three 3, two pairs 2, one 1.
    """
    kinds = (words * numbers[0]) >> 32
    pairs = np.zeros(words.shape[1], np.int64)
    for first in range(4):
        for second in range(first + 1, 5):
            pairs += kinds[first] == kinds[second]
    cells: Integers = table[pairs]
    return cells


def limbo(words: Words, numbers: Integers, table: Integers) -> Integers:
    """Limbo's multiplier in hundredths. Numbers: the hundredths of the draw 0, the least.

    The division is of doubles and still exact once it is floored. A quotient of whole numbers n / d that is not whole
    lies 1/d at least below the next whole number, and rounding adds 2^-53 × n / d at most, where n is below 2^39.
    """
    hundredths = (numbers[0] / ((words[0] >> 8) + 1)).astype(np.int64)
    cells: Integers = np.maximum(hundredths, numbers[1])
    return cells


def drill(words: Words, numbers: Integers, table: Integers) -> Integers:
    """What one drill reaches, in hundredths. Numbers: which drill, the hundredths at 0 times 2^32, least, most.

    Below 0.02 the quotient is below 1, so the least takes care of that too; on the division see `limbo`.
    """
    hundredths = (numbers[1] / (2**32 - words[numbers[0]])).astype(np.int64)
    cells: Integers = np.minimum(np.maximum(hundredths, numbers[2]), numbers[3])
    return cells
