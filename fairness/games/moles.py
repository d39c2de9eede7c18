"""Moles: seven holes, and in every round of the game moles look out of some of them.

With one mole the game has eight rounds, with two to six moles nine. Each round draws its holes (0 to 6) without
repeats; the rounds share one run of floats. The player picks one hole a round. What a pick of a mole means, and what
the rounds pay, no source tells: the venue's answer only says of each round whether it was a hit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fairness.draws import draw_without_repeats
from fairness.games.base import OptionInfo, Pick, SeedGame, draw_steps
from fairness.options import Params, check_names, numbers_in_order, whole

HOLES: Final = 7
MOLES_MAX: Final = HOLES - 1

ROUNDS: Final = 9
ROUNDS_OF_ONE_MOLE: Final = 8


@dataclass(frozen=True, slots=True)
class MolesOptions:
    """What was set before the game; `picks` are the holes the player chose (0 to 6), one a round."""

    moles: int
    picks: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class MolesGame:
    """The holes with a mole (0 to 6) in the order they were drawn, round by round."""

    rounds: tuple[tuple[int, ...], ...]


class Moles(SeedGame[MolesOptions, MolesGame]):
    name = "moles"
    title = "Moles"
    result_name = "multiplier"
    unsourced = "No source tells what Moles pays: the holes are recomputed, the payout is unknown."
    option_infos = (
        OptionInfo("moles", "whole", "Moles", low=1, high=MOLES_MAX),
        OptionInfo("picks", "positions", "Holes, one a round", low=0, high=HOLES - 1, most=ROUNDS, optional=True),
    )

    def read_options(self, given: Params) -> MolesOptions:
        check_names(given, ("moles", "picks"))
        moles = whole(given, "moles", low=1, high=MOLES_MAX)
        return MolesOptions(moles, numbers_in_order(given, "picks", low=0, high=HOLES - 1, most=rounds_of(moles)))

    def floats_needed(self, options: MolesOptions) -> int:
        return rounds_of(options.moles) * options.moles

    def play(self, floats: Sequence[float], options: MolesOptions) -> MolesGame:
        moles = options.moles
        return MolesGame(
            tuple(
                draw_without_repeats(floats[start : start + moles], pool_size=HOLES, picks=moles)
                for start in range(0, rounds_of(moles) * moles, moles)
            )
        )

    def picks(self, floats: Sequence[float], options: MolesOptions) -> tuple[Pick, ...]:
        moles = options.moles
        steps: list[Pick] = []
        for number in range(rounds_of(moles)):
            steps += draw_steps(
                floats[number * moles : (number + 1) * moles],
                pool_size=HOLES,
                picks=moles,
                meaning=_meaning(number + 1),
            )
        return tuple(steps)

    def result(self, outcome: MolesGame, options: MolesOptions) -> None:
        return None  # The multipliers are not known.

    def answers(self, outcome: MolesGame, options: MolesOptions) -> dict[str, Any]:
        found: dict[str, Any] = {"mole_positions_by_round": [list(holes) for holes in outcome.rounds]}
        if options.picks is not None:
            # A fact about the draw, whatever it is worth.
            found["picked_a_mole_by_round"] = [
                pick in holes for holes, pick in zip(outcome.rounds, options.picks, strict=False)
            ]
        return found


GAME: Final = Moles()


def rounds_of(moles: int) -> int:
    """How many rounds a game with this many moles has."""
    return ROUNDS_OF_ONE_MOLE if moles == 1 else ROUNDS


def _meaning(number: int) -> Callable[[int], str]:
    return lambda drawn: f"round {number}: mole in hole {drawn}"
