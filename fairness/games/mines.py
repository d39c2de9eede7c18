"""Mines: open tiles of a board without opening a mine.

The 25 tiles are numbered from 0, left to right and top to bottom; 1 to 24 of them are mines, drawn without repeats.
After d gems a bet pays 0.99 over the chance to find d gems, 0.99 × C(25, d) / C(25 - mines, d), and nothing when a
mine was opened. Source of the payout: Antebot's sample of a bet, 3 mines and 1 gem at 1.125 = 0.99 × 25 / 22, which
also shows that the venue does not round it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from math import comb
from typing import Any, Final

from fairness.draws import draw_without_repeats
from fairness.errors import InvalidInput
from fairness.games.base import OptionInfo, Pick, SeedGame, draw_steps
from fairness.options import Params, check_names, positions, whole

TILES: Final = 25
MINES_MAX: Final = TILES - 1

RETURN: Final = Fraction(99, 100)  # of what is wagered, on average

# Most of the fractions have no end as decimals. The result keeps as many digits as tell any two doubles apart, which
# is all that the venue's own answer can carry; the payout is the fraction itself.
_RESULT_DIGITS: Final = Context(prec=17)


@dataclass(frozen=True, slots=True)
class MinesOptions:
    """What was set before the round; `picks` are the tiles the player opened (0 to 24), in order."""

    mines: int
    picks: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class MinesRound:
    """One round: the mines in the order they were drawn (0 to 24)."""

    mines: tuple[int, ...]


class Mines(SeedGame[MinesOptions, MinesRound]):
    name = "mines"
    title = "Mines"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("mines", "whole", "Mines", low=1, high=MINES_MAX),
        OptionInfo("picks", "positions", "Tiles opened, 0 to 24", low=0, high=TILES - 1, most=TILES - 1, optional=True),
    )

    def read_options(self, given: Params) -> MinesOptions:
        check_names(given, ("mines", "picks"))
        mines = whole(given, "mines", low=1, high=MINES_MAX)
        # The board ends when all gems are found, so no bet opens more tiles than there are gems.
        picks = positions(given, "picks", low=0, high=TILES - 1, most=TILES - mines)
        if picks == ():
            raise InvalidInput("picks", "must name one tile at least")
        return MinesOptions(mines, picks)

    def floats_needed(self, options: MinesOptions) -> int:
        return options.mines

    def play(self, floats: Sequence[float], options: MinesOptions) -> MinesRound:
        return MinesRound(draw_without_repeats(floats, pool_size=TILES, picks=options.mines))

    def picks(self, floats: Sequence[float], options: MinesOptions) -> tuple[Pick, ...]:
        return draw_steps(floats, pool_size=TILES, picks=options.mines, meaning=lambda drawn: f"mine on tile {drawn}")

    def result(self, outcome: MinesRound, options: MinesOptions) -> Decimal | None:
        paid = self.payout(outcome, options)
        return None if paid is None else _decimal(paid)

    def payout(self, outcome: MinesRound, options: MinesOptions) -> Fraction | None:
        if options.picks is None:
            return None
        if set(options.picks) & set(outcome.mines):
            return Fraction(0)
        return multiplier(options.mines, len(options.picks))

    def distribution(self, options: MinesOptions) -> dict[Decimal, Fraction] | None:
        if options.picks is None:
            return None  # No tile was opened, so the round has no result.
        gems = len(options.picks)
        chance = probability_at_least(options.mines, gems)
        return {Decimal(0): 1 - chance, _decimal(multiplier(options.mines, gems)): chance}

    def answers(self, outcome: MinesRound, options: MinesOptions) -> dict[str, Any]:
        return {
            "mine_positions_0based_sorted": sorted(outcome.mines),
            "mine_positions_0based_draw_order": list(outcome.mines),
        }


GAME: Final = Mines()


def probability_at_least(mines: int, gems: int) -> Fraction:
    """The chance that this many tiles, whichever they are, hold no mine."""
    if not 1 <= mines <= MINES_MAX:
        raise InvalidInput("mines", f"must be from 1 to {MINES_MAX}")
    if not 0 <= gems <= TILES:
        raise InvalidInput("gems", f"must be from 0 to {TILES}")
    return Fraction(comb(TILES - mines, gems), comb(TILES, gems))


def multiplier(mines: int, gems: int) -> Fraction:
    """What one unit returns after this many gems."""
    chance = probability_at_least(mines, gems)
    if not 1 <= gems <= TILES - mines:
        raise InvalidInput("gems", f"must be from 1 to {TILES - mines}")
    return RETURN / chance


def _decimal(paid: Fraction) -> Decimal:
    return _RESULT_DIGITS.divide(Decimal(paid.numerator), Decimal(paid.denominator))
