"""Pump: blow up a balloon and stop before it pops.

Of 25 positions, some are pops: 1, 3, 5 or 10 by difficulty. They are drawn without repeats; the smallest drawn
position is the pop point, and every pump before it is safe. A result is the best multiplier the round allowed.
A *cell* is a result written as its number of safe pumps, so results compare as integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import comb
from typing import Any, Final

from fairness.draws import draw_without_repeats
from fairness.errors import InvalidInput
from fairness.games.base import OptionInfo, Pick, SeedGame, draw_steps
from fairness.options import Params, check_names, choice, whole

POSITIONS: Final = 25

# Pops among the 25 positions.
POPS: Final[dict[str, int]] = {"easy": 1, "medium": 3, "hard": 5, "expert": 10}

DIFFICULTIES: Final = tuple(POPS)

RETURN: Final = Fraction(98, 100)  # of what is wagered, on average


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
class PumpOptions:
    """What was set before the round; `pumps` is how often the player wanted to pump."""

    difficulty: str
    pumps: int | None = None


@dataclass(frozen=True, slots=True)
class PumpRound:
    """One round: the pops in the order they were drawn (1 to 25), the first of them, and what that allowed."""

    picks: tuple[int, ...]
    pop_point: int
    safe_pumps: int
    multiplier: Decimal


class Pump(SeedGame[PumpOptions, PumpRound]):
    name = "pump"
    title = "Pump"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("difficulty", "choice", "Difficulty", choices=DIFFICULTIES),
        OptionInfo("pumps", "whole", "Pumps", low=1, high=POSITIONS - 1, optional=True),
    )

    def read_options(self, given: Params) -> PumpOptions:
        check_names(given, ("difficulty", "pumps"))
        difficulty = choice(given, "difficulty", DIFFICULTIES)
        most = POSITIONS - POPS[difficulty]
        pumps = whole(given, "pumps", low=1, high=most) if given.get("pumps") is not None else None
        return PumpOptions(difficulty, pumps)

    def floats_needed(self, options: PumpOptions) -> int:
        return POPS[options.difficulty]

    def play(self, floats: Sequence[float], options: PumpOptions) -> PumpRound:
        drawn = draw_without_repeats(floats, pool_size=POSITIONS, picks=POPS[options.difficulty])
        picks = tuple(position + 1 for position in drawn)
        pop_point = min(picks)
        # The smallest of M different positions is at most 26 - M, so the table always reaches this far.
        safe_pumps = pop_point - 1
        return PumpRound(picks, pop_point, safe_pumps, PAYOUTS[options.difficulty][safe_pumps])

    def picks(self, floats: Sequence[float], options: PumpOptions) -> tuple[Pick, ...]:
        return draw_steps(
            floats, pool_size=POSITIONS, picks=POPS[options.difficulty], meaning=lambda drawn: f"pop at {drawn + 1}"
        )

    def result(self, outcome: PumpRound, options: PumpOptions) -> Decimal:
        return outcome.multiplier

    def payout(self, outcome: PumpRound, options: PumpOptions) -> Fraction | None:
        if options.pumps is None:
            return None
        if outcome.safe_pumps < options.pumps:
            return Fraction(0)
        # The venue pays the fraction behind the listed multiplier, not the rounded one.
        return RETURN / probability_at_least(options.difficulty, options.pumps)

    def distribution(self, options: PumpOptions) -> dict[Decimal, Fraction]:
        reached = [probability_at_least(options.difficulty, pumps) for pumps in range(POSITIONS + 1)]
        return {
            multiplier: reached[pumps] - reached[pumps + 1]
            for pumps, multiplier in enumerate(PAYOUTS[options.difficulty])
        }

    def answers(self, outcome: PumpRound, options: PumpOptions) -> dict[str, Any]:
        return {
            "multiplier": outcome.multiplier,
            "pop_point": outcome.pop_point,
            "safe_pumps": outcome.safe_pumps,
            "picks": list(outcome.picks),
        }


GAME: Final = Pump()


def check_difficulty(difficulty: str) -> None:
    """Refuse a difficulty that Pump does not have."""
    if difficulty not in POPS:
        raise InvalidInput("difficulty", f"must be one of {', '.join(DIFFICULTIES)}")


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
