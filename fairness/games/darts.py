"""Darts: a dart lands on a round board, and its colour pays.

The first float is the rotation: 0 at the top, clockwise, 1 all the way round. The second is the distance, as a share
of the board's area, so the radius is its square root: r = √distance / 2 × 1000, from 0 to 500. Rings from the centre
are the bull, the inner, the middle, one of eighteen wedges of three colours, and the outer, which pays as the inner.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Any, Final

from fairness.exact import WORDS, index_chances
from fairness.games.base import OptionInfo, Pick, SeedGame, floor_step
from fairness.options import Params, check_names, choice

WEDGES: Final = 18

# The colours of the board by the part that has them, as the venue's page draws them.
COLOURS: Final[dict[str, str]] = {
    "bull": "#24e700",
    "red": "#fb053f",
    "orange": "#fb6120",
    "yellow": "#fcc101",
    "middle": "#213843",
    "inner": "#0e202c",
}
OUTER: Final = "inner"  # what lies outside the wedges has the colour of the inner ring


@dataclass(frozen=True, slots=True)
class Board:
    """One difficulty's board: where its rings end, which wedges are red or orange, and what each part pays."""

    bull: float
    inner: float
    middle: float
    ring: float
    red: frozenset[int]
    orange: frozenset[int]
    multipliers: dict[str, Decimal]

    def wedge_part(self, wedge: int) -> str:
        """The part that a wedge is of; wedges count from 0 at the top, clockwise."""
        return "red" if wedge in self.red else "orange" if wedge in self.orange else "yellow"


def _pays(text: str) -> dict[str, Decimal]:
    return dict(zip(COLOURS, (Decimal(cell) for cell in text.split()), strict=True))


# Source: the lists and the drawing of Kyran121/provably-fair-verifierform-stake, which 810 recorded throws agree with.
# The multipliers are in the order of COLOURS. Check: a throw returns 0.9793 to 0.9805.
BOARDS: Final[dict[str, Board]] = {
    "easy": Board(
        62.5,
        275,
        375,
        450,
        red=frozenset({3, 7, 11, 17}),
        orange=frozenset({1, 5, 9, 13, 15}),
        multipliers=_pays("8.5 2.7 1.5 1.2 0.8 0.5"),
    ),
    "medium": Board(
        50,
        225,
        350,
        400,
        red=frozenset({3, 7, 11, 17}),
        orange=frozenset({1, 5, 9, 13, 15}),
        multipliers=_pays("16 6 3.1 1.3 0.6 0.4"),
    ),
    "hard": Board(
        30,
        200,
        330,
        375,
        red=frozenset({5, 11, 17}),
        orange=frozenset({1, 3, 7, 9, 13, 15}),
        multipliers=_pays("63 8.8 3.6 2.5 0.5 0.2"),
    ),
    "expert": Board(
        10,
        250,
        355,
        375,
        red=frozenset({4, 13}),
        orange=frozenset({1, 7, 10, 16}),
        multipliers=_pays("500 42 9.6 4.8 0.5 0.1"),
    ),
}

DIFFICULTIES: Final = tuple(BOARDS)


@dataclass(frozen=True, slots=True)
class DartsOptions:
    """What was set before the throw."""

    difficulty: str


@dataclass(frozen=True, slots=True)
class DartsRound:
    """One throw: where the dart landed, and what that part of the board pays."""

    rotation: float
    distance: float
    part: str
    multiplier: Decimal


class Darts(SeedGame[DartsOptions, DartsRound]):
    name = "darts"
    title = "Darts"
    result_name = "multiplier"
    option_infos = (OptionInfo("difficulty", "choice", "Difficulty", choices=DIFFICULTIES),)

    def read_options(self, given: Params) -> DartsOptions:
        check_names(given, ("difficulty",))
        return DartsOptions(choice(given, "difficulty", DIFFICULTIES))

    def floats_needed(self, options: DartsOptions) -> int:
        return 2

    def play(self, floats: Sequence[float], options: DartsOptions) -> DartsRound:
        rotation, distance = floats[:2]
        board = BOARDS[options.difficulty]
        part = _part(board, rotation, radius_of(distance))
        return DartsRound(rotation, distance, part, board.multipliers[part])

    def picks(self, floats: Sequence[float], options: DartsOptions) -> tuple[Pick, ...]:
        rotation, distance = floats[:2]
        outcome = self.play(floats, options)
        landed = Pick(
            distance,
            f"√{distance:.10f} / 2 × 1000 = {radius_of(distance):.4f}",
            f"radius {radius_of(distance):.4f}: {outcome.part}, ×{outcome.multiplier}",
        )
        return floor_step(rotation, WEDGES, lambda wedge: f"wedge {wedge}"), landed

    def result(self, outcome: DartsRound, options: DartsOptions) -> Decimal:
        return outcome.multiplier

    def payout(self, outcome: DartsRound, options: DartsOptions) -> Fraction:
        return Fraction(outcome.multiplier)

    def distribution(self, options: DartsOptions) -> dict[Decimal, Fraction]:
        board = BOARDS[options.difficulty]
        chances = dict.fromkeys(board.multipliers.values(), Fraction(0))
        for part, chance in part_chances(board).items():
            chances[board.multipliers[part]] += chance
        return chances

    def answers(self, outcome: DartsRound, options: DartsOptions) -> dict[str, Any]:
        return {
            "rotation": outcome.rotation,
            "distance": outcome.distance,
            "rotation_3dp": round(outcome.rotation, 3),
            "distance_3dp": round(outcome.distance, 3),
            "pixel_color": COLOURS[outcome.part],
            "multiplier": outcome.multiplier,
        }


GAME: Final = Darts()


def radius_of(distance: float) -> float:
    """How far from the centre a dart lands, 0 to 500; in doubles, as the page computes it."""
    return sqrt(distance) / 2 * 1000


def _part(board: Board, rotation: float, radius: float) -> str:
    if radius <= board.bull:
        return "bull"
    if radius <= board.inner:
        return "inner"
    if radius <= board.middle:
        return "middle"
    if radius < board.ring:
        return board.wedge_part(int(rotation * WEDGES))
    return OUTER


def part_chances(board: Board) -> dict[str, Fraction]:
    """The chance of each part, exactly: words of the distance up to each ring, and words of the rotation in a wedge."""
    bull, inner, middle = (_words_to(edge, bisect_right) for edge in (board.bull, board.inner, board.middle))
    ring = _words_to(board.ring, bisect_left)
    chances = dict.fromkeys(COLOURS, Fraction(0))
    chances["bull"] += Fraction(bull, WORDS)
    chances["inner"] += Fraction(inner - bull, WORDS)
    chances["middle"] += Fraction(middle - inner, WORDS)
    chances[OUTER] += Fraction(WORDS - ring, WORDS)
    for wedge, chance in enumerate(index_chances(WEDGES)):
        chances[board.wedge_part(wedge)] += chance * Fraction(ring - middle, WORDS)
    return chances


def _words_to(edge: float, bisect: Callable[..., int]) -> int:
    """How many words give a radius up to an edge: with the edge by `bisect_right`, without it by `bisect_left`.

    The radius never falls as the word grows (a square root is rounded correctly), so its doubles can be bisected.
    """
    return bisect(range(WORDS), edge, key=lambda word: radius_of(word / WORDS))
