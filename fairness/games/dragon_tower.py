"""Dragon Tower: climb nine rows by finding one egg in each.

Each row has the same number of tiles, and some of them hide an egg: 3 of 4, 2 of 3, 1 of 2, 1 of 3 or 1 of 4 by
difficulty. Row by row, the bottom one first, the eggs are drawn without repeats; the rows share one run of floats.
The player picks a tile a row; an egg lets the climb go on, any other tile ends it with nothing.

After some rows a bet pays 0.98 over the chance to get there, rounded half up to cents. A bet in Antebot's samples
(easy, two rows, 1.74) shows that the venue pays the rounded value. No list of the venue's own is known: three
independent clones have the same easy and hard lists as the formula gives, and the same medium list but for one cell.
Medium after eight rows is disputed: the formula gives 25.116…, so 25.12, and the clones list 25.11.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from fairness.draws import draw_without_repeats
from fairness.errors import InvalidInput
from fairness.games.base import OptionInfo, Pick, SeedGame, draw_steps
from fairness.options import Params, check_names, choice, numbers_in_order

ROWS: Final = 9

RETURN: Final = Fraction(98, 100)  # of what is wagered, on average


class Row(NamedTuple):
    """How many of a row's tiles hide an egg."""

    eggs: int
    tiles: int


ROW: Final[dict[str, Row]] = {
    "easy": Row(eggs=3, tiles=4),
    "medium": Row(eggs=2, tiles=3),
    "hard": Row(eggs=1, tiles=2),
    "expert": Row(eggs=1, tiles=3),
    "master": Row(eggs=1, tiles=4),
}

DIFFICULTIES: Final = tuple(ROW)

TILES_MAX: Final = max(row.tiles for row in ROW.values())


def _table(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(cell) for cell in text.split())


# The multiplier after 1, 2, 3 … rows, by the formula above. The clones' lists confirm easy, hard, the head of expert
# and medium but for its eighth row (25.11); nothing confirms the rest of expert, or master.
PAYOUTS: Final[dict[str, tuple[Decimal, ...]]] = {
    "easy": _table("1.31 1.74 2.32 3.10 4.13 5.51 7.34 9.79 13.05"),
    "medium": _table("1.47 2.21 3.31 4.96 7.44 11.16 16.74 25.12 37.67"),
    "hard": _table("1.96 3.92 7.84 15.68 31.36 62.72 125.44 250.88 501.76"),
    "expert": _table("2.94 8.82 26.46 79.38 238.14 714.42 2143.26 6429.78 19289.34"),
    "master": _table("3.92 15.68 62.72 250.88 1003.52 4014.08 16056.32 64225.28 256901.12"),
}


@dataclass(frozen=True, slots=True)
class TowerOptions:
    """What was set before the round; `picks` are the tiles the player chose (from 0), the bottom row's first."""

    difficulty: str
    picks: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class TowerRound:
    """One round: the tiles with eggs (from 0) in the order they were drawn, row by row from the bottom."""

    rows: tuple[tuple[int, ...], ...]


class DragonTower(SeedGame[TowerOptions, TowerRound]):
    name = "dragon_tower"
    title = "Dragon Tower"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("difficulty", "choice", "Difficulty", choices=DIFFICULTIES),
        OptionInfo(
            "picks", "positions", "Tiles from the bottom up", low=0, high=TILES_MAX - 1, most=ROWS, optional=True
        ),
    )

    def read_options(self, given: Params) -> TowerOptions:
        check_names(given, ("difficulty", "picks"))
        difficulty = choice(given, "difficulty", DIFFICULTIES)
        last_tile = ROW[difficulty].tiles - 1
        return TowerOptions(difficulty, numbers_in_order(given, "picks", low=0, high=last_tile, most=ROWS))

    def floats_needed(self, options: TowerOptions) -> int:
        return ROWS * ROW[options.difficulty].eggs

    def play(self, floats: Sequence[float], options: TowerOptions) -> TowerRound:
        row = ROW[options.difficulty]
        return TowerRound(
            tuple(
                draw_without_repeats(floats[start : start + row.eggs], pool_size=row.tiles, picks=row.eggs)
                for start in range(0, ROWS * row.eggs, row.eggs)
            )
        )

    def picks(self, floats: Sequence[float], options: TowerOptions) -> tuple[Pick, ...]:
        row = ROW[options.difficulty]
        steps: list[Pick] = []
        for number in range(ROWS):
            steps += draw_steps(
                floats[number * row.eggs : (number + 1) * row.eggs],
                pool_size=row.tiles,
                picks=row.eggs,
                meaning=_meaning(number + 1),
            )
        return tuple(steps)

    def result(self, outcome: TowerRound, options: TowerOptions) -> Decimal | None:
        if options.picks is None:
            return None
        if rows_climbed(outcome, options.picks) < len(options.picks):
            return Decimal(0)
        return PAYOUTS[options.difficulty][len(options.picks) - 1]

    def payout(self, outcome: TowerRound, options: TowerOptions) -> Fraction | None:
        multiplier = self.result(outcome, options)
        return None if multiplier is None else Fraction(multiplier)

    def distribution(self, options: TowerOptions) -> dict[Decimal, Fraction] | None:
        if options.picks is None:
            return None  # Without picks the round has no result.
        rows = len(options.picks)
        chance = probability_at_least(options.difficulty, rows)
        return {Decimal(0): 1 - chance, PAYOUTS[options.difficulty][rows - 1]: chance}

    def answers(self, outcome: TowerRound, options: TowerOptions) -> dict[str, Any]:
        found: dict[str, Any] = {"egg_positions_by_row": [list(row) for row in outcome.rows]}
        if options.picks is not None:
            found["rows_climbed"] = rows_climbed(outcome, options.picks)
        return found


GAME: Final = DragonTower()


def rows_climbed(outcome: TowerRound, picks: Sequence[int]) -> int:
    """How many rows these picks climb before the first tile without an egg."""
    for row, (eggs, pick) in enumerate(zip(outcome.rows, picks, strict=False)):
        if pick not in eggs:
            return row
    return len(picks)


def probability_at_least(difficulty: str, rows: int) -> Fraction:
    """The chance to climb this many rows, whichever tiles are picked."""
    if difficulty not in ROW:
        raise InvalidInput("difficulty", f"must be one of {', '.join(DIFFICULTIES)}")
    if not 0 <= rows <= ROWS:
        raise InvalidInput("rows", f"must be from 0 to {ROWS}")
    return Fraction(ROW[difficulty].eggs, ROW[difficulty].tiles) ** rows


def _meaning(row: int) -> Callable[[int], str]:
    return lambda drawn: f"row {row}: egg on tile {drawn}"
