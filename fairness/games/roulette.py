"""Roulette: a ball falls into one of 37 pockets, 0 to 36.

One float f gives the pocket, floor(f × 37). Bets pay as on a European table: 36 for a number, 3 for a dozen or a row of
twelve, 2 for the even chances, the wager included; the 0 loses all but a bet on itself. No source lists the venue's
payouts, but every European table has these, and each returns 36/37.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.exact import index_chances
from fairness.games.base import OptionInfo, Pick, SeedGame, floor_step
from fairness.options import Params, check_names, choice, positions

POCKETS: Final = 37

RED: Final = frozenset({1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36})

NUMBER: Final = "number"

# The pockets that each bet wins on. A row is named by its ends: 1, 4, 7 … 34 and so on. (The venue numbers its rows;
# which is which, no source says.)
BETS: Final[dict[str, frozenset[int]]] = {
    "dozen_1_12": frozenset(range(1, 13)),
    "dozen_13_24": frozenset(range(13, 25)),
    "dozen_25_36": frozenset(range(25, 37)),
    "row_1_34": frozenset(range(1, POCKETS, 3)),
    "row_2_35": frozenset(range(2, POCKETS, 3)),
    "row_3_36": frozenset(range(3, POCKETS, 3)),
    "red": RED,
    "black": frozenset(range(1, POCKETS)) - RED,
    "even": frozenset(range(2, POCKETS, 2)),
    "odd": frozenset(range(1, POCKETS, 2)),
    "half_1_18": frozenset(range(1, 19)),
    "half_19_36": frozenset(range(19, 37)),
}

KINDS: Final = (NUMBER, *BETS)


@dataclass(frozen=True, slots=True)
class RouletteOptions:
    """What was bet on; `numbers` only where `bet` is number, and the wager is spread evenly over them."""

    bet: str | None = None
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RouletteRound:
    """One round: the pocket the ball fell into."""

    pocket: int


class Roulette(SeedGame[RouletteOptions, RouletteRound]):
    name = "roulette"
    title = "Roulette"
    result_name = "pocket"
    option_infos = (
        OptionInfo("bet", "choice", "Bet", choices=KINDS, optional=True),
        OptionInfo("numbers", "positions", "Numbers", low=0, high=POCKETS - 1, most=POCKETS, optional=True),
    )

    def read_options(self, given: Params) -> RouletteOptions:
        check_names(given, ("bet", "numbers"))
        bet = choice(given, "bet", KINDS) if given.get("bet") is not None else None
        numbers = positions(given, "numbers", low=0, high=POCKETS - 1, most=POCKETS) or ()
        if numbers and bet != NUMBER:
            raise InvalidInput("numbers", "go only with a bet on numbers")
        if bet == NUMBER and not numbers:
            raise InvalidInput("numbers", "are missing")
        return RouletteOptions(bet, numbers)

    def floats_needed(self, options: RouletteOptions) -> int:
        return 1

    def play(self, floats: Sequence[float], options: RouletteOptions) -> RouletteRound:
        return RouletteRound(int(floats[0] * POCKETS))

    def picks(self, floats: Sequence[float], options: RouletteOptions) -> tuple[Pick, ...]:
        return (floor_step(floats[0], POCKETS, lambda pocket: f"pocket {pocket}, {colour(pocket)}"),)

    def result(self, outcome: RouletteRound, options: RouletteOptions) -> Decimal:
        return Decimal(outcome.pocket)

    def payout(self, outcome: RouletteRound, options: RouletteOptions) -> Fraction | None:
        if options.bet is None:
            return None
        wins = frozenset(options.numbers) if options.bet == NUMBER else BETS[options.bet]
        # 36 over the pockets that win: 36 for one number, 3 for twelve, 2 for eighteen.
        return Fraction(POCKETS - 1, len(wins)) if outcome.pocket in wins else Fraction(0)

    def distribution(self, options: RouletteOptions) -> dict[Decimal, Fraction]:
        return {Decimal(pocket): chance for pocket, chance in enumerate(index_chances(POCKETS))}

    def answers(self, outcome: RouletteRound, options: RouletteOptions) -> dict[str, Any]:
        return {"pocket": outcome.pocket, "colour": colour(outcome.pocket)}


GAME: Final = Roulette()


def colour(pocket: int) -> str:
    """The colour of a pocket: red, black, or green for the 0."""
    if pocket == 0:
        return "green"
    return "red" if pocket in RED else "black"
