"""Dice: bet that a roll from 0.00 to 100.00 lands above or below a target.

One float f gives the roll, floor(f × 10001) / 100, so there are 10,001 rolls. A bet above the target has a nominal
chance of 100 - target percent, one below of target percent; it pays 99 over that, and a roll that equals the target
loses both ways. A bet that pays 2 therefore wins 4950 of 10,001 rolls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.exact import hundredths, index_chances
from fairness.games.base import OptionInfo, Pick, SeedGame, floor_step
from fairness.options import Params, check_names, choice, number

ROLLS: Final = 10_001  # 0.00 to 100.00 in hundredths

RETURN_PERCENT: Final = 99  # the payout is this over the nominal chance in percent

CONDITIONS: Final = ("above", "below")

# Between these the nominal chance is neither nothing nor certain; the venue's own limits are narrower.
TARGET_MIN: Final = Decimal("0.01")
TARGET_MAX: Final = Decimal("99.99")


@dataclass(frozen=True, slots=True)
class DiceOptions:
    """What was bet on: both or neither are known."""

    target: Decimal | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class DiceRound:
    """One round: the roll."""

    roll: Decimal


class Dice(SeedGame[DiceOptions, DiceRound]):
    name = "dice"
    title = "Dice"
    result_name = "roll"
    option_infos = (
        OptionInfo("target", "number", "Target", low=TARGET_MIN, high=TARGET_MAX, optional=True),
        OptionInfo("condition", "choice", "Condition", choices=CONDITIONS, optional=True),
    )

    def read_options(self, given: Params) -> DiceOptions:
        check_names(given, ("target", "condition"))
        target = number(given, "target", low=TARGET_MIN, high=TARGET_MAX)
        condition = choice(given, "condition", CONDITIONS) if given.get("condition") is not None else None
        if target is None and condition is not None:
            raise InvalidInput("target", "is missing, and a condition without one is no bet")
        if target is not None and condition is None:
            raise InvalidInput("condition", "is missing, and a target without one is no bet")
        return DiceOptions(target, condition)

    def floats_needed(self, options: DiceOptions) -> int:
        return 1

    def play(self, floats: Sequence[float], options: DiceOptions) -> DiceRound:
        return DiceRound(hundredths(int(floats[0] * ROLLS)))

    def picks(self, floats: Sequence[float], options: DiceOptions) -> tuple[Pick, ...]:
        return (floor_step(floats[0], ROLLS, lambda index: f"roll {hundredths(index)}"),)

    def result(self, outcome: DiceRound, options: DiceOptions) -> Decimal:
        return outcome.roll

    def payout(self, outcome: DiceRound, options: DiceOptions) -> Fraction | None:
        if options.target is None:
            return None
        if options.condition == "above":
            won, chance_percent = outcome.roll > options.target, 100 - Fraction(options.target)
        else:
            won, chance_percent = outcome.roll < options.target, Fraction(options.target)
        return RETURN_PERCENT / chance_percent if won else Fraction(0)

    def distribution(self, options: DiceOptions) -> dict[Decimal, Fraction]:
        return dict(_distribution())

    def answers(self, outcome: DiceRound, options: DiceOptions) -> dict[str, Any]:
        return {"roll": outcome.roll}


GAME: Final = Dice()


@cache
def _distribution() -> dict[Decimal, Fraction]:
    return {hundredths(index): chance for index, chance in enumerate(index_chances(ROLLS))}
