"""Scarab Spin: five reels stop, and three symbols of each are in view.

Each reel is a fixed ring of symbols. One float per reel chooses the stop in the centre; its neighbours on the ring
are above and below. Three or more scatters in view win fifteen bonus rounds, which are played from the floats that
follow and can win more, up to 180. Round 0 is the spin that was paid for; round n uses floats 5n to 5n + 4. A round
that was not won can be computed all the same, so the answer says whether it was.

Tome of Life is played on the same reels (see `tome_of_life`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from fairness.games.base import OptionInfo, Pick, SeedGame, floor_step
from fairness.options import Params, check_names, whole

# Stops of each reel, in order. Source: the reels in Kyran121/provably-fair-verifierform-stake, which serve both games.
REELS: Final[tuple[tuple[str, ...], ...]] = tuple(
    tuple(text.split())
    for text in (
        "five queen ten three jack ace four ten queen two nine ten scatter queen jack wild queen ace two king "
        "one queen five king four ten one nine three ten",
        "queen jack three queen ace wild queen jack five nine queen three king one jack two ten one nine "
        "scatter ace four ten king two jack queen five jack four",
        "king nine five ten three king jack wild queen ten three nine jack one ace ten four ace king one nine "
        "ten two queen nine four king five nine scatter",
        "king nine five ace two jack one ten four jack three queen five jack ten four ace queen scatter ten "
        "king three jack four nine ace two nine ace wild",
        "three ten jack two king ten wild king nine one ten five ace jack scatter nine ace four queen ace "
        "four ten five queen three nine wild jack two queen king five jack ten three queen four nine one ace "
        "nine",
    )
)

SCATTER: Final = "scatter"
SCATTERS_TO_WIN: Final = 3
BONUS_ROUNDS: Final = 15  # won each time
BONUS_ROUNDS_MAX: Final = 180


@dataclass(frozen=True, slots=True)
class ReelsOptions:
    """Which round of the bet: 0 for the spin that was paid for, then the bonus rounds in order."""

    round: int


@dataclass(frozen=True, slots=True)
class ReelsRound:
    """One round: the stop in the centre of each reel, and how many bonus rounds the rounds before it had won."""

    centers: tuple[int, ...]
    bonus_rounds_before: int

    @property
    def reels(self) -> tuple[tuple[str, str, str], ...]:
        """The symbols in view, each reel's from above to below."""
        return tuple(in_view(reel, center) for reel, center in zip(REELS, self.centers, strict=True))

    @property
    def scatters(self) -> int:
        """How many scatters are in view."""
        return sum(symbols.count(SCATTER) for symbols in self.reels)


class ReelsGame(SeedGame[ReelsOptions, ReelsRound]):
    """What Scarab Spin and Tome of Life have in common, which is all that can be recomputed."""

    result_name = "multiplier"
    option_infos = (OptionInfo("round", "whole", "Round (0 is the spin itself)", low=0, high=BONUS_ROUNDS_MAX),)

    def read_options(self, given: Params) -> ReelsOptions:
        check_names(given, ("round",))
        return ReelsOptions(whole(given, "round", low=0, high=BONUS_ROUNDS_MAX))

    def floats_needed(self, options: ReelsOptions) -> int:
        # The earlier rounds tell whether this one was won.
        return len(REELS) * (options.round + 1)

    def play(self, floats: Sequence[float], options: ReelsOptions) -> ReelsRound:
        won = 0
        for earlier in range(options.round):
            if ReelsRound(_centers(floats, earlier), won).scatters >= SCATTERS_TO_WIN:
                won = min(won + BONUS_ROUNDS, BONUS_ROUNDS_MAX)
        return ReelsRound(_centers(floats, options.round), won)

    def picks(self, floats: Sequence[float], options: ReelsOptions) -> tuple[Pick, ...]:
        own = floats[len(REELS) * options.round :]
        return tuple(_stop_step(number, reel) for number, reel in zip(own, REELS, strict=False))

    def result(self, outcome: ReelsRound, options: ReelsOptions) -> Decimal | None:
        return None  # What the symbols pay is not known well enough.

    def answers(self, outcome: ReelsRound, options: ReelsOptions) -> dict[str, Any]:
        return {
            "center_indices": list(outcome.centers),
            "reels": [list(symbols) for symbols in outcome.reels],
            "scatters": outcome.scatters,
            "wins_bonus_rounds": outcome.scatters >= SCATTERS_TO_WIN,
            "was_won": options.round <= outcome.bonus_rounds_before,
        }


class ScarabSpin(ReelsGame):
    name = "scarab_spin"
    title = "Scarab Spin"
    unsourced = "What the symbols pay is known from a single list of 2022 only, so the payout is left open."


GAME: Final = ScarabSpin()


def in_view(reel: Sequence[str], center: int) -> tuple[str, str, str]:
    """The symbols above, at and below a stop. A reel is a ring: its last symbol is above its first."""
    return reel[center - 1], reel[center], reel[(center + 1) % len(reel)]


def _centers(floats: Sequence[float], round_number: int) -> tuple[int, ...]:
    own = floats[len(REELS) * round_number : len(REELS) * (round_number + 1)]
    return tuple(int(number * len(reel)) for number, reel in zip(own, REELS, strict=True))


def _stop_step(number: float, reel: Sequence[str]) -> Pick:
    return floor_step(number, len(reel), lambda center: f"{reel[center]} in the centre")
