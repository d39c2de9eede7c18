"""Snakes: roll two dice, move, and hope not to land on a snake.

Ten floats are ten dice, two for each of five rolls. The sum of a roll names the field landed on: a multiplier, or a
snake, which is zero and ends the round. The multipliers of the rolls that were played are multiplied. The player
stops when they like, so what a round paid depends on how many rolls were played.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import prod
from operator import mul
from typing import Any, Final

from fairness.exact import WORDS, index_chances
from fairness.games.base import OptionInfo, Pick, SeedGame, floor_step
from fairness.minima import add_up, chances, combine
from fairness.options import Params, check_names, choice, whole

FACES: Final = 6
ROLLS: Final = 5
SUMS: Final = range(2, 2 * FACES + 1)


def _fields(half: str) -> dict[int, Decimal]:
    """Multipliers by sum, from those of the sums 2 to 7: 8 to 12 mirror 6 to 2."""
    listed = [Decimal(cell) for cell in half.split()]
    return {total: listed[min(total - SUMS.start, SUMS[-1] - total)] for total in SUMS}


# What the first roll pays for a sum of 2 to 7. Source: the lists of Kyran121/provably-fair-verifierform-stake. (A
# newer easy list of the same author would return 1.26, an error.) Check: each list
# returns 0.98, easy a little more (353/360).
FIRST_ROLL: Final[dict[str, dict[int, Decimal]]] = {
    "easy": _fields("2 1.3 1.2 1.1 1.01 0"),
    "medium": _fields("4 2.5 1.4 1.11 0 0"),
    "hard": _fields("7.5 3 1.38 0 0 0"),
    "expert": _fields("10 3.82 0 0 0 0"),
    "master": _fields("17.64 0 0 0 0 0"),
}

# The edge is taken once: from the second roll on, the lowest multiplier of each list is higher, and a roll
# returns exactly what it risks. Same source.
LATER_ROLLS: Final[dict[str, dict[int, Decimal]]] = {
    "easy": _fields("2 1.3 1.2 1.1 1.08 0"),
    "medium": _fields("4 2.5 1.4 1.2 0 0"),
    "hard": _fields("7.5 3 1.5 0 0 0"),
    "expert": _fields("10 4 0 0 0 0"),
    "master": _fields("18 0 0 0 0 0"),
}

DIFFICULTIES: Final = tuple(FIRST_ROLL)


@dataclass(frozen=True, slots=True)
class SnakesOptions:
    """What was set before the round; `rolls` is how many the player took, where that is known."""

    difficulty: str
    rolls: int | None = None


@dataclass(frozen=True, slots=True)
class SnakesRound:
    """One round: the ten dice (1 to 6), and what each of the five rolls would multiply by."""

    dice: tuple[int, ...]
    multipliers: tuple[Decimal, ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """The sum of each roll."""
        return tuple(a + b for a, b in zip(self.dice[::2], self.dice[1::2], strict=True))


class Snakes(SeedGame[SnakesOptions, SnakesRound]):
    name = "snakes"
    title = "Snakes"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("difficulty", "choice", "Difficulty", choices=DIFFICULTIES),
        OptionInfo("rolls", "whole", "Rolls played", low=1, high=ROLLS, optional=True),
    )

    def read_options(self, given: Params) -> SnakesOptions:
        check_names(given, ("difficulty", "rolls"))
        difficulty = choice(given, "difficulty", DIFFICULTIES)
        rolls = whole(given, "rolls", low=1, high=ROLLS) if given.get("rolls") is not None else None
        return SnakesOptions(difficulty, rolls)

    def floats_needed(self, options: SnakesOptions) -> int:
        return 2 * ROLLS

    def play(self, floats: Sequence[float], options: SnakesOptions) -> SnakesRound:
        dice = tuple(int(number * FACES) + 1 for number in floats[: 2 * ROLLS])
        multipliers = (
            fields_of(options.difficulty, roll)[dice[2 * roll] + dice[2 * roll + 1]] for roll in range(ROLLS)
        )
        return SnakesRound(dice, tuple(multipliers))

    def picks(self, floats: Sequence[float], options: SnakesOptions) -> tuple[Pick, ...]:
        return tuple(_die_step(index // 2 + 1, number) for index, number in enumerate(floats[: 2 * ROLLS]))

    def result(self, outcome: SnakesRound, options: SnakesOptions) -> Decimal | None:
        if options.rolls is None:
            return None
        return prod(outcome.multipliers[: options.rolls], start=Decimal(1))

    def payout(self, outcome: SnakesRound, options: SnakesOptions) -> Fraction | None:
        result = self.result(outcome, options)
        return None if result is None else Fraction(result)

    def distribution(self, options: SnakesOptions) -> dict[Decimal, Fraction] | None:
        if options.rolls is None:
            return None  # Without the number of rolls the round has no result.
        # The faces of a die differ by a word at most, and the sums are counted with that.
        words = [int(chance * WORDS) for chance in index_chances(FACES)]
        rolls = []
        for roll in range(options.rolls):
            fields = fields_of(options.difficulty, roll)
            rolls.append(add_up((fields[a + b + 2], words[a] * words[b]) for a in range(FACES) for b in range(FACES)))
        return chances(combine(rolls, mul))

    def answers(self, outcome: SnakesRound, options: SnakesOptions) -> dict[str, Any]:
        return {
            "roll_totals": list(outcome.totals),
            "dice": list(outcome.dice),
            "roll_multipliers": list(outcome.multipliers),
        }


GAME: Final = Snakes()


def _die_step(roll: int, number: float) -> Pick:
    return floor_step(number, FACES, lambda face: f"roll {roll}: a {face + 1}")


def fields_of(difficulty: str, roll: int) -> dict[int, Decimal]:
    """What each sum multiplies by, at a roll counted from 0."""
    return (LATER_ROLLS if roll else FIRST_ROLL)[difficulty]
