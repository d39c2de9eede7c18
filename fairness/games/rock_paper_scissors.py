"""Rock Paper Scissors: play against the house, again and again; every win raises the multiplier.

Each of twenty floats f is the house's hand, floor(f × 3) of rock, paper, scissors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fairness.games.base import Pick, SeedGame, floor_step
from fairness.options import Params, check_names

HANDS: Final = ("rock", "paper", "scissors")

TURNS: Final = 20


@dataclass(frozen=True, slots=True)
class RockPaperScissorsOptions:
    """Rock Paper Scissors has none that change the round."""


@dataclass(frozen=True, slots=True)
class RockPaperScissorsRound:
    """One round: the house's twenty hands, as far as anybody may play."""

    values: tuple[str, ...]


class RockPaperScissors(SeedGame[RockPaperScissorsOptions, RockPaperScissorsRound]):
    name = "rock_paper_scissors"
    title = "Rock Paper Scissors"
    result_name = "hands"
    unsourced = "No source lists what Rock Paper Scissors pays for each win, so its payout is unknown."

    def read_options(self, given: Params) -> RockPaperScissorsOptions:
        check_names(given, ())
        return RockPaperScissorsOptions()

    def floats_needed(self, options: RockPaperScissorsOptions) -> int:
        return TURNS

    def play(self, floats: Sequence[float], options: RockPaperScissorsOptions) -> RockPaperScissorsRound:
        return RockPaperScissorsRound(tuple(HANDS[int(number * len(HANDS))] for number in floats[:TURNS]))

    def picks(self, floats: Sequence[float], options: RockPaperScissorsOptions) -> tuple[Pick, ...]:
        return tuple(floor_step(number, len(HANDS), lambda index: HANDS[index]) for number in floats[:TURNS])

    def result(self, outcome: RockPaperScissorsRound, options: RockPaperScissorsOptions) -> None:
        return None  # Twenty hands are no number, and so there is no `distribution` either.

    def answers(self, outcome: RockPaperScissorsRound, options: RockPaperScissorsOptions) -> dict[str, Any]:
        return {"values": list(outcome.values)}


GAME: Final = RockPaperScissors()
