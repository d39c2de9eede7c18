"""Bars: pick one to five of thirty tiles, and be paid what they hide.

Each tile has its own float and wins the first row of its difficulty's list whose minimum the float reaches. The wager
is split evenly over the tiles picked, so a tile pays its listed multiplier over their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from operator import add
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.exact import floor_hundredths, hundredths
from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.minima import Row, add_up, chances, combine, first_row, multiplier_words, read_rows
from fairness.options import Params, check_names, choice, positions, whole

TILES: Final = 30
PICKS_MAX: Final = 5

# Minimum of the float and multiplier. Source: the lists of Kyran121/provably-fair-verifierform-stake. Check: a tile
# returns 0.98 at every difficulty.
PAYOUTS: Final[dict[str, tuple[Row, ...]]] = {
    "easy": read_rows("0.98000001:9 0.93000001:3 0.85000001:1.5 0.70000001:1.2 0.35000001:0.6 0:0.4"),
    "medium": read_rows("0.99500001:33 0.98000001:6 0.95000001:3 0.85000001:1.4 0.70000001:1.2 0.35000001:0.6 0:0.3"),
    "hard": read_rows(
        "0.99980001:705 0.99800001:75 0.99000001:12 0.96000001:6 0.90000001:2.4 0.78000001:1.2 0.47000001:0.3 0:0.1"
    ),
    "expert": read_rows(
        "0.99995001:3000 0.99980001:1200 0.99900001:150 0.99500001:30 0.98500001:9 0.96000001:6 0.90000001:1.5 "
        "0.50000001:0.2 0:0"
    ),
}

DIFFICULTIES: Final = tuple(PAYOUTS)


@dataclass(frozen=True, slots=True)
class BarsOptions:
    """What was set before the round: how many tiles, and which (0 to 29, from the top left), where that is known."""

    difficulty: str
    tiles: int
    picks: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class BarsRound:
    """One round: the multiplier that the list has for each of the thirty tiles, before it is divided."""

    listed: tuple[Decimal, ...]


class Bars(SeedGame[BarsOptions, BarsRound]):
    name = "bars"
    title = "Bars"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("difficulty", "choice", "Difficulty", choices=DIFFICULTIES),
        OptionInfo("tiles", "whole", "Tiles picked", low=1, high=PICKS_MAX),
        OptionInfo("picks", "positions", "Which tiles, 0 to 29", low=0, high=TILES - 1, most=PICKS_MAX, optional=True),
    )

    def read_options(self, given: Params) -> BarsOptions:
        check_names(given, ("difficulty", "tiles", "picks"))
        difficulty = choice(given, "difficulty", DIFFICULTIES)
        tiles = whole(given, "tiles", low=1, high=PICKS_MAX)
        picks = positions(given, "picks", low=0, high=TILES - 1, most=PICKS_MAX)
        if picks is not None and len(picks) != tiles:
            raise InvalidInput("picks", f"must name as many tiles as tiles says, {tiles}")
        return BarsOptions(difficulty, tiles, picks)

    def floats_needed(self, options: BarsOptions) -> int:
        return TILES

    def play(self, floats: Sequence[float], options: BarsOptions) -> BarsRound:
        rows = PAYOUTS[options.difficulty]
        return BarsRound(tuple(rows[first_row(rows, number)].multiplier for number in floats[:TILES]))

    def picks(self, floats: Sequence[float], options: BarsOptions) -> tuple[Pick, ...]:
        rows = PAYOUTS[options.difficulty]
        steps = []
        for tile, number in enumerate(floats[:TILES]):
            row = rows[first_row(rows, number)]
            meaning = f"tile {tile}: {row.multiplier} / {options.tiles} = {shown(row.multiplier, options.tiles)}"
            steps.append(Pick(number, f"{number:.10f} ≥ {row.minimum}", meaning))
        return tuple(steps)

    def result(self, outcome: BarsRound, options: BarsOptions) -> Decimal | None:
        # Floored to cents as the tiles are. No recorded round tells how the venue writes a total.
        payout = self.payout(outcome, options)
        return None if payout is None else floor_hundredths(payout)

    def payout(self, outcome: BarsRound, options: BarsOptions) -> Fraction | None:
        if options.picks is None:
            return None
        # The verifier that the lists come from adds the quotients unfloored. That returns 0.98 for any number of tiles,
        # which the floored ones would not.
        return Fraction(sum(outcome.listed[tile] for tile in options.picks)) / options.tiles

    def distribution(self, options: BarsOptions) -> dict[Decimal, Fraction] | None:
        if options.picks is None:
            return None  # Without the tiles picked the round has no result. Which ones they are makes no difference.
        totals = combine([multiplier_words(PAYOUTS[options.difficulty])] * options.tiles, add)
        return chances(
            add_up((floor_hundredths(Fraction(total) / options.tiles), cases) for total, cases in totals.items())
        )

    def answers(self, outcome: BarsRound, options: BarsOptions) -> dict[str, Any]:
        return {
            "tile_multipliers": [shown(multiplier, options.tiles) for multiplier in outcome.listed],
            "undivided_multipliers": list(outcome.listed),
        }


GAME: Final = Bars()


def shown(listed: Decimal, tiles: int) -> Decimal:
    """What the page writes on a tile: the quotient floored to cents, in doubles and with no tolerance.

    So 1.4 over five tiles, which no double holds exactly, is shown as 0.27 and not as 0.28.
    """
    return hundredths(floor(100 * (float(listed) / tiles)))
