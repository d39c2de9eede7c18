"""Drill: three drills dig to a multiplier each; pick one and name the multiplier it shall reach.

Each of three floats f gives a multiplier: 1 where f < 0.02, else 0.98 / (1 - f), at most 2,000,000, floored to two
decimals. It is at least t in 0.98/t of all rounds: the return is 98%.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.exact import WORDS, ceil_hundredths, floor_hundredths, words_from
from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.options import Params, check_names, number, whole

DRILLS: Final = 3

RETURN: Final = Fraction(98, 100)  # of what is wagered, on average

NOTHING_BELOW: Final = 0.02  # a float under this digs nowhere

LEAST: Final = Decimal("1.00")
MOST: Final = Decimal("2000000.00")

# No source tells the venue's limits; these are the targets that can be missed and can be reached.
TARGET_MIN: Final = Decimal("1.01")
TARGET_MAX: Final = MOST


@dataclass(frozen=True, slots=True)
class DrillOptions:
    """What was bet on: a drill from 1 to 3, and the multiplier it shall reach. A target needs a pick."""

    pick: int | None = None
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DrillRound:
    """One round: what each drill reached."""

    multipliers: tuple[Decimal, ...]


class Drill(SeedGame[DrillOptions, DrillRound]):
    name = "drill"
    title = "Drill"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("pick", "whole", "Drill", low=1, high=DRILLS, optional=True),
        OptionInfo("target", "number", "Target", low=TARGET_MIN, high=TARGET_MAX, optional=True),
    )

    def read_options(self, given: Params) -> DrillOptions:
        check_names(given, ("pick", "target"))
        pick = whole(given, "pick", low=1, high=DRILLS) if given.get("pick") is not None else None
        target = number(given, "target", low=TARGET_MIN, high=TARGET_MAX)
        if target is not None and pick is None:
            raise InvalidInput("pick", "is missing, and a target without one is no bet")
        return DrillOptions(pick, target)

    def floats_needed(self, options: DrillOptions) -> int:
        return DRILLS

    def play(self, floats: Sequence[float], options: DrillOptions) -> DrillRound:
        return DrillRound(tuple(_multiplier(number) for number in floats[:DRILLS]))

    def picks(self, floats: Sequence[float], options: DrillOptions) -> tuple[Pick, ...]:
        return tuple(_step(drill, number) for drill, number in enumerate(floats[:DRILLS], start=1))

    def result(self, outcome: DrillRound, options: DrillOptions) -> Decimal | None:
        # Three drills have no one number between them; the picked one has.
        return None if options.pick is None else outcome.multipliers[options.pick - 1]

    def payout(self, outcome: DrillRound, options: DrillOptions) -> Fraction | None:
        if options.pick is None or options.target is None:
            return None
        reached = outcome.multipliers[options.pick - 1] >= options.target
        return Fraction(options.target) if reached else Fraction(0)

    # No `distribution`: a drill has more than a million different results. `chance_at_least` counts them exactly.

    def answers(self, outcome: DrillRound, options: DrillOptions) -> dict[str, Any]:
        return {"multipliers": list(outcome.multipliers)}


GAME: Final = Drill()


def _multiplier(number: float) -> Decimal:
    if number < NOTHING_BELOW:
        return LEAST
    return min(MOST, floor_hundredths(RETURN / (1 - Fraction(number))))


def _step(drill: int, number: float) -> Pick:
    meaning = f"drill {drill} reaches {_multiplier(number)}"
    if number < NOTHING_BELOW:
        return Pick(number, f"{number:.10f} < {NOTHING_BELOW}", meaning)
    return Pick(number, f"0.98 / (1 - {number:.10f})", meaning)


def chance_at_least(target: Decimal | Fraction) -> Fraction:
    """The chance that a drill reaches at least this multiplier, counted over all 2^32 words."""
    hundredths = ceil_hundredths(target)
    if hundredths <= ceil_hundredths(LEAST):
        return Fraction(1)
    if hundredths > ceil_hundredths(MOST):
        return Fraction(0)
    # A word w reaches `hundredths` when 98 × 2^32 / (2^32 - w) >= hundredths; those under 0.02 are no such word.
    return Fraction(min(words_from(NOTHING_BELOW), 98 * WORDS // hundredths), WORDS)
