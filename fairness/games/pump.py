"""Pump: blow up a balloon and stop before it pops.

Of 25 positions, some are pops: 1, 3, 5 or 10 by difficulty. They are drawn without repeats; the smallest drawn
position is the pop point, and every pump before it is safe. A result is the best multiplier the round allowed.
A *cell* is a result written as its number of safe pumps, so results compare as integers.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import comb
from typing import Final

from fairness.draws import draw_without_repeats, floats
from fairness.errors import InvalidInput

POSITIONS: Final = 25

# Pops among the 25 positions.
POPS: Final[dict[str, int]] = {"easy": 1, "medium": 3, "hard": 5, "expert": 10}

DIFFICULTIES: Final = tuple(POPS)


def _table(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(cell) for cell in text.split())


# The multiplier after 0, 1, 2 … safe pumps, as the venue lists it: 0.98 over the chance to get there, rounded half
# up to cents. Two exceptions: nothing pumped pays 1, and hard after 17 pumps is listed as 929.77 where the formula,
# at exactly 929.775, gives 929.78. Source: the list in
# Kyran121/provably-fair-verifierform-stake. One medium round is known to have been shown as 1.70 instead of 1.69.
PAYOUTS: Final[dict[str, tuple[Decimal, ...]]] = {
    "easy": _table(
        "1 1.02 1.07 1.11 1.17 1.23 1.29 1.36 1.44 1.53 1.63 1.75 1.88 2.04 2.23 2.45 2.72 3.06 3.50 4.08 4.90 6.13 "
        "8.17 12.25 24.50"
    ),
    "medium": _table(
        "1 1.11 1.27 1.46 1.69 1.98 2.33 2.76 3.31 4.03 4.95 6.19 7.88 10.25 13.66 18.78 26.83 40.25 64.40 112.70 "
        "225.40 563.50 2254"
    ),
    "hard": _table(
        "1 1.23 1.55 1.98 2.56 3.36 4.48 6.08 8.41 11.92 17.34 26.01 40.46 65.74 112.70 206.62 413.23 929.77 2479.40 "
        "8677.90 52067.40"
    ),
    "expert": _table(
        "1 1.63 2.80 4.95 9.08 17.34 34.68 73.21 164.72 400.02 1066.73 3200.18 11200.65 48536.13 291216.80 3203384.80"
    ),
}

# Counts first, then multipliers over them: 1 is the multiplier of no pump, and only then a count.
_CELLS: Final[dict[str, dict[Decimal, int]]] = {
    difficulty: {Decimal(pumps): pumps for pumps in range(len(table))}
    | {multiplier: pumps for pumps, multiplier in enumerate(table)}
    for difficulty, table in PAYOUTS.items()
}


@dataclass(frozen=True, slots=True)
class PumpRound:
    """One round: the pops in the order they were drawn (1 to 25), the first of them, and what that allowed."""

    picks: tuple[int, ...]
    pop_point: int
    safe_pumps: int
    multiplier: Decimal


def check_difficulty(difficulty: str) -> None:
    """Refuse a difficulty that Pump does not have."""
    if difficulty not in POPS:
        raise InvalidInput("difficulty", f"must be one of {', '.join(DIFFICULTIES)}")


def play(*, server_seed: str, client_seed: str, nonce: int, difficulty: str) -> PumpRound:
    """The round that a seed pair gives at a nonce."""
    check_difficulty(difficulty)
    pops = POPS[difficulty]
    numbers = floats(server_seed=server_seed, client_seed=client_seed, nonce=nonce)
    picks = tuple(position + 1 for position in draw_without_repeats(numbers, pool_size=POSITIONS, picks=pops))
    pop_point = min(picks)
    # The smallest of M different positions is at most 26 - M, so the table always reaches this far.
    safe_pumps = pop_point - 1
    return PumpRound(picks, pop_point, safe_pumps, PAYOUTS[difficulty][safe_pumps])


def cell_of(difficulty: str, result: Decimal) -> int | None:
    """The safe pumps behind a displayed multiplier; None for a value that is neither in the table nor a count.

    Some bot scripts send the count itself, so a whole number that the table does not have is read as one. (A sent
    count of 1 cannot be told from the multiplier 1 and is read as the multiplier.)
    """
    cells = _CELLS.get(difficulty)
    return None if cells is None else cells.get(result)


def probability_at_least(difficulty: str, pumps: int) -> Fraction:
    """The chance that a round allows at least this many pumps."""
    check_difficulty(difficulty)
    if pumps < 0:
        raise InvalidInput("pumps", "must not be negative")
    if pumps > POSITIONS:
        return Fraction(0)
    return Fraction(comb(POSITIONS - pumps, POPS[difficulty]), comb(POSITIONS, POPS[difficulty]))
