"""House Dice: the dice of our own casino. A roll from 0.00 to 99.99, each of the 10,000 exactly as likely as any other.

The words of the round's first block are read in order (a word is a float times 2^32). 2^32 is no multiple of 10,000, so
the remainder of any word would favour low rolls; only words below 4,294,960,000, the largest multiple of 10,000 within
2^32, count, and the first that does gives the roll, its remainder by 10,000 in hundredths. Fewer than two words in a
million do not count. That none of the eight counts has a chance below 10^-46; such a round is void and its wager goes
back.

A bet wins above or below its target, never at it. Where n of the 10,000 rolls win, it pays (10000 - edge) / n, with the
edge in hundredths of a percent: every bet returns exactly 1 - edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.exact import WORDS, hundredths, word_of
from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.options import Params, check_names, choice, number, whole

ROLLS: Final = 10_000  # 0.00 to 99.99 in hundredths

WORDS_READ: Final = 8  # one block
COUNTED: Final = WORDS - WORDS % ROLLS  # words below this count

BASIS_POINTS: Final = 10_000  # of the whole
EDGE_BP: Final = 100

CONDITIONS: Final = ("above", "below")

# Within these at least one roll wins and at least one loses.
TARGET_MIN: Final = Decimal("0.00")
TARGET_MAX: Final = Decimal("99.99")


@dataclass(frozen=True, slots=True)
class HouseDiceOptions:
    """The edge the round was played under, and what was bet on: both or neither are known."""

    edge_bp: int = EDGE_BP
    target: Decimal | None = None
    condition: str | None = None

    @property
    def rolls_won(self) -> int:
        """How many of the 10,000 rolls win the bet."""
        if self.target is None:
            return 0
        index = int(self.target * 100)
        return ROLLS - 1 - index if self.condition == "above" else index


@dataclass(frozen=True, slots=True)
class HouseDiceRound:
    """One round: the roll, None for a void one, and how many words were read for it."""

    roll: Decimal | None
    words_read: int


class HouseDice(SeedGame[HouseDiceOptions, HouseDiceRound]):
    name = "house_dice"
    title = "House Dice"
    result_name = "roll"
    option_infos = (
        OptionInfo("edge_bp", "whole", "Edge in basis points", low=0, high=BASIS_POINTS - 1, default=EDGE_BP),
        OptionInfo("target", "number", "Target", low=TARGET_MIN, high=TARGET_MAX, optional=True),
        OptionInfo("condition", "choice", "Condition", choices=CONDITIONS, optional=True),
    )

    def read_options(self, given: Params) -> HouseDiceOptions:
        check_names(given, ("edge_bp", "target", "condition"))
        edge_bp = whole(given, "edge_bp", low=0, high=BASIS_POINTS - 1, default=EDGE_BP)
        target = number(given, "target", low=TARGET_MIN, high=TARGET_MAX)
        condition = choice(given, "condition", CONDITIONS) if given.get("condition") is not None else None
        if target is None and condition is not None:
            raise InvalidInput("target", "is missing, and a condition without one is no bet")
        if target is not None and condition is None:
            raise InvalidInput("condition", "is missing, and a target without one is no bet")
        if target is not None and target * 100 % 1:
            raise InvalidInput("target", "may have two decimals at most")
        options = HouseDiceOptions(edge_bp, target, condition)
        if target is not None and options.rolls_won == 0:
            raise InvalidInput("target", f"has no roll {condition} it")
        return options

    def floats_needed(self, options: HouseDiceOptions) -> int:
        return WORDS_READ

    def play(self, floats: Sequence[float], options: HouseDiceOptions) -> HouseDiceRound:
        for index, word in enumerate(map(word_of, floats[:WORDS_READ]), start=1):
            if word < COUNTED:
                return HouseDiceRound(hundredths(word % ROLLS), index)
        return HouseDiceRound(None, WORDS_READ)

    def picks(self, floats: Sequence[float], options: HouseDiceOptions) -> tuple[Pick, ...]:
        steps = []
        for drawn in floats[: self.play(floats, options).words_read]:
            word = word_of(drawn)
            if word < COUNTED:
                formula = f"{drawn:.10f} × 2^32 = {word}, mod {ROLLS} = {word % ROLLS}"
                steps.append(Pick(drawn, formula, f"roll {hundredths(word % ROLLS)}"))
            else:
                steps.append(Pick(drawn, f"{drawn:.10f} × 2^32 = {word} ≥ {COUNTED}", "does not count"))
        return tuple(steps)

    def result(self, outcome: HouseDiceRound, options: HouseDiceOptions) -> Decimal | None:
        return outcome.roll

    def payout(self, outcome: HouseDiceRound, options: HouseDiceOptions) -> Fraction | None:
        if options.target is None:
            return None
        if outcome.roll is None:
            return Fraction(1)
        won = outcome.roll > options.target if options.condition == "above" else outcome.roll < options.target
        return Fraction(BASIS_POINTS - options.edge_bp, options.rolls_won) if won else Fraction(0)

    def distribution(self, options: HouseDiceOptions) -> dict[Decimal, Fraction]:
        # Of rounds that are not void.
        return {hundredths(index): Fraction(1, ROLLS) for index in range(ROLLS)}

    def answers(self, outcome: HouseDiceRound, options: HouseDiceOptions) -> dict[str, Any]:
        return {"roll": outcome.roll, "words_read": outcome.words_read}


GAME: Final = HouseDice()
