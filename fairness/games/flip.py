"""Flip: guess the side of a coin, again and again; every right guess raises the multiplier.

Each of twenty floats f is a flip: tails where f <= 0.5, else heads. (So tails has one word of 2^32 more than heads.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fairness.games.base import Pick, SeedGame
from fairness.options import Params, check_names

FLIPS: Final = 20

TAILS_UP_TO: Final = 0.5


@dataclass(frozen=True, slots=True)
class FlipOptions:
    """Flip has none that change the round."""


@dataclass(frozen=True, slots=True)
class FlipRound:
    """One round: twenty flips, as far as anybody may guess."""

    values: tuple[str, ...]


class Flip(SeedGame[FlipOptions, FlipRound]):
    name = "flip"
    title = "Flip"
    result_name = "flips"
    unsourced = "No source lists what Flip pays for each right guess, so its payout is unknown."

    def read_options(self, given: Params) -> FlipOptions:
        check_names(given, ())
        return FlipOptions()

    def floats_needed(self, options: FlipOptions) -> int:
        return FLIPS

    def play(self, floats: Sequence[float], options: FlipOptions) -> FlipRound:
        return FlipRound(tuple(_side(number) for number in floats[:FLIPS]))

    def picks(self, floats: Sequence[float], options: FlipOptions) -> tuple[Pick, ...]:
        steps = []
        for number in floats[:FLIPS]:
            relation = "≤" if number <= TAILS_UP_TO else ">"
            steps.append(Pick(number, f"{number:.10f} {relation} {TAILS_UP_TO}", _side(number)))
        return tuple(steps)

    def result(self, outcome: FlipRound, options: FlipOptions) -> None:
        return None  # Twenty sides are no number, and so there is no `distribution` either.

    def answers(self, outcome: FlipRound, options: FlipOptions) -> dict[str, Any]:
        return {"values": list(outcome.values)}


GAME: Final = Flip()


def _side(number: float) -> str:
    return "tails" if number <= TAILS_UP_TO else "heads"
