"""Chicken: send a chicken over the road and stop before a car hits it.

Of 20 lanes, some are deadly: 1, 3, 5 or 10 by difficulty. They are drawn without repeats; the smallest drawn lane is
where the chicken dies, and every lane before it is safe. The result is the best multiplier the round allowed: the
table's value after all safe lanes. It is the same game as Pump on a shorter road.
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

LANES: Final = 20

# Deadly lanes among the 20.
DEATHS: Final[dict[str, int]] = {"easy": 1, "medium": 3, "hard": 5, "expert": 10}

DIFFICULTIES: Final = tuple(DEATHS)

RETURN: Final = Fraction(98, 100)  # of what is wagered, on average


def _table(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(cell) for cell in text.split())


# The multiplier after 0, 1, 2 … safe lanes, as the venue lists it: 0.98 over the chance to get there, rounded half up
# to cents; no lane crossed pays 1. Source: the list in Kyran121/provably-fair-verifierform-stake.
PAYOUTS: Final[dict[str, tuple[Decimal, ...]]] = {
    "easy": _table("1 1.03 1.09 1.15 1.23 1.31 1.40 1.51 1.63 1.78 1.96 2.18 2.45 2.80 3.27 3.92 4.90 6.53 9.80 19.60"),
    "medium": _table("1 1.15 1.37 1.64 2 2.46 3.07 3.91 5.08 6.77 9.31 13.30 19.95 31.92 55.86 111.72 279.30 1117.20"),
    "hard": _table("1 1.31 1.77 2.46 3.48 5.06 7.59 11.81 19.18 32.89 60.29 120.59 271.32 723.52 2532.32 15193.92"),
    "expert": _table("1 1.96 4.14 9.31 22.61 60.29 180.88 633.08 2743.35 16460.08 181060.88"),
}


@dataclass(frozen=True, slots=True)
class ChickenOptions:
    """What was set before the round; `lanes` is how many lanes the player wanted to cross."""

    difficulty: str
    lanes: int | None = None


@dataclass(frozen=True, slots=True)
class ChickenRound:
    """One round: the deadly lanes in the order they were drawn (1 to 20), the first of them, and what that allowed."""

    picks: tuple[int, ...]
    death_lane: int
    safe_lanes: int
    multiplier: Decimal


class Chicken(SeedGame[ChickenOptions, ChickenRound]):
    name = "chicken"
    title = "Chicken"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("difficulty", "choice", "Difficulty", choices=DIFFICULTIES),
        OptionInfo("lanes", "whole", "Lanes", low=1, high=LANES - 1, optional=True),
    )

    def read_options(self, given: Params) -> ChickenOptions:
        check_names(given, ("difficulty", "lanes"))
        difficulty = choice(given, "difficulty", DIFFICULTIES)
        most = LANES - DEATHS[difficulty]
        lanes = whole(given, "lanes", low=1, high=most) if given.get("lanes") is not None else None
        return ChickenOptions(difficulty, lanes)

    def floats_needed(self, options: ChickenOptions) -> int:
        return DEATHS[options.difficulty]

    def play(self, floats: Sequence[float], options: ChickenOptions) -> ChickenRound:
        drawn = draw_without_repeats(floats, pool_size=LANES, picks=DEATHS[options.difficulty])
        picks = tuple(lane + 1 for lane in drawn)
        death_lane = min(picks)
        # The smallest of M different lanes is at most 21 - M, so the table always reaches this far.
        safe_lanes = death_lane - 1
        return ChickenRound(picks, death_lane, safe_lanes, PAYOUTS[options.difficulty][safe_lanes])

    def picks(self, floats: Sequence[float], options: ChickenOptions) -> tuple[Pick, ...]:
        return draw_steps(
            floats, pool_size=LANES, picks=DEATHS[options.difficulty], meaning=lambda drawn: f"deadly lane {drawn + 1}"
        )

    def result(self, outcome: ChickenRound, options: ChickenOptions) -> Decimal:
        return outcome.multiplier

    def payout(self, outcome: ChickenRound, options: ChickenOptions) -> Fraction | None:
        if options.lanes is None:
            return None
        if outcome.safe_lanes < options.lanes:
            return Fraction(0)
        # As in Pump, the fraction behind the listed multiplier is paid, not the rounded one.
        return RETURN / probability_at_least(options.difficulty, options.lanes)

    def distribution(self, options: ChickenOptions) -> dict[Decimal, Fraction]:
        reached = [probability_at_least(options.difficulty, lanes) for lanes in range(LANES + 1)]
        return {
            multiplier: reached[lanes] - reached[lanes + 1]
            for lanes, multiplier in enumerate(PAYOUTS[options.difficulty])
        }

    def answers(self, outcome: ChickenRound, options: ChickenOptions) -> dict[str, Any]:
        return {
            "multiplier": outcome.multiplier,
            "death_lane": outcome.death_lane,
            "safe_lanes": outcome.safe_lanes,
            "picks": list(outcome.picks),
        }


GAME: Final = Chicken()


def probability_at_least(difficulty: str, lanes: int) -> Fraction:
    """The chance that a round lets the chicken cross at least this many lanes."""
    if difficulty not in DEATHS:
        raise InvalidInput("difficulty", f"must be one of {', '.join(DIFFICULTIES)}")
    if lanes < 0:
        raise InvalidInput("lanes", "must not be negative")
    if lanes > LANES:
        return Fraction(0)
    return Fraction(comb(LANES - lanes, DEATHS[difficulty]), comb(LANES, DEATHS[difficulty]))
