"""Plinko: a ball falls through rows of pins, and the bucket it ends in pays.

At each row one float sends the ball left (below one half) or right. The number of rights, from none to all rows, is
the bucket counted from the left; it is binomial. The lists are symmetric, so a half of each is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import comb
from typing import Any, Final

from fairness.games.base import OptionInfo, Pick, SeedGame, floor_step
from fairness.minima import add_up, chances
from fairness.options import Params, check_names, choice, whole

ROWS_MIN: Final = 8
ROWS_MAX: Final = 16

_SIDES: Final = "LR"


def _halves(*lists: str) -> dict[int, tuple[Decimal, ...]]:
    return {ROWS_MIN + index: tuple(Decimal(cell) for cell in text.split()) for index, text in enumerate(lists)}


# What the buckets pay from the edge to the middle, for 8, 9 … 16 rows. With an odd number of rows two buckets share
# the middle. Source: the lists in provably-fair-betting/verifierform-stake, which has all four risks; an older list of
# the same author has 27 instead of 26 for 16 rows at high risk, which is an error. Every list returns 0.989 to 0.992.
HALVES: Final[dict[str, dict[int, tuple[Decimal, ...]]]] = {
    "low": _halves(
        "5.6 2.1 1.1 1 0.5",
        "5.6 2 1.6 1 0.7",
        "8.9 3 1.4 1.1 1 0.5",
        "8.4 3 1.9 1.3 1 0.7",
        "10 3 1.6 1.4 1.1 1 0.5",
        "8.1 4 3 1.9 1.2 0.9 0.7",
        "7.1 4 1.9 1.4 1.3 1.1 1 0.5",
        "15 8 3 2 1.5 1.1 1 0.7",
        "16 9 2 1.4 1.4 1.2 1.1 1 0.5",
    ),
    "medium": _halves(
        "13 3 1.3 0.7 0.4",
        "18 4 1.7 0.9 0.5",
        "22 5 2 1.4 0.6 0.4",
        "24 6 3 1.8 0.7 0.5",
        "33 11 4 2 1.1 0.6 0.3",
        "43 13 6 3 1.3 0.7 0.4",
        "58 15 7 4 1.9 1 0.5 0.2",
        "88 18 11 5 3 1.3 0.5 0.3",
        "110 41 10 5 3 1.5 1 0.5 0.3",
    ),
    "high": _halves(
        "29 4 1.5 0.3 0.2",
        "43 7 2 0.6 0.2",
        "76 10 3 0.9 0.3 0.2",
        "120 14 5.2 1.4 0.4 0.2",
        "170 24 8.1 2 0.7 0.2 0.2",
        "260 37 11 4 1 0.2 0.2",
        "420 56 18 5 1.9 0.3 0.2 0.2",
        "620 83 27 8 3 0.5 0.2 0.2",
        "1000 130 26 9 4 2 0.2 0.2 0.2",
    ),
    "expert": _halves(
        "50 4.6 1.1 0.1 0.1",
        "100 7.8 1.5 0.2 0.1",
        "201 11 2 0.6 0.1 0.1",
        "324 16 4 1.1 0.2 0.1",
        "619 30 6 1.5 0.4 0.1 0.1",
        "1012 52 10 3 0.6 0.1 0.1",
        "2369 80 16 3 1.2 0.2 0.1 0.1",
        "5000 125 23 6 1.8 0.2 0.1 0.1",
        "10000 216 26 7 2.5 1.1 0.1 0.1 0.1",
    ),
}

RISKS: Final = tuple(HALVES)


@dataclass(frozen=True, slots=True)
class PlinkoOptions:
    """What was set before the ball fell."""

    risk: str
    rows: int


@dataclass(frozen=True, slots=True)
class PlinkoRound:
    """One ball: its way, L or R at each row, the bucket counted from 0 at the left, and what that pays."""

    path: tuple[str, ...]
    bucket: int
    multiplier: Decimal


class Plinko(SeedGame[PlinkoOptions, PlinkoRound]):
    name = "plinko"
    title = "Plinko"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("risk", "choice", "Risk", choices=RISKS),
        OptionInfo("rows", "whole", "Rows", low=ROWS_MIN, high=ROWS_MAX),
    )

    def read_options(self, given: Params) -> PlinkoOptions:
        check_names(given, ("risk", "rows"))
        return PlinkoOptions(choice(given, "risk", RISKS), whole(given, "rows", low=ROWS_MIN, high=ROWS_MAX))

    def floats_needed(self, options: PlinkoOptions) -> int:
        return options.rows

    def play(self, floats: Sequence[float], options: PlinkoOptions) -> PlinkoRound:
        path = tuple(_SIDES[int(number * 2)] for number in floats[: options.rows])
        bucket = path.count("R")
        return PlinkoRound(path, bucket, multiplier_of(options, bucket))

    def picks(self, floats: Sequence[float], options: PlinkoOptions) -> tuple[Pick, ...]:
        names = ("left", "right")
        return tuple(floor_step(number, 2, lambda side: names[side]) for number in floats[: options.rows])

    def result(self, outcome: PlinkoRound, options: PlinkoOptions) -> Decimal:
        return outcome.multiplier

    def payout(self, outcome: PlinkoRound, options: PlinkoOptions) -> Fraction:
        return Fraction(outcome.multiplier)

    def distribution(self, options: PlinkoOptions) -> dict[Decimal, Fraction]:
        buckets = range(options.rows + 1)
        return chances(add_up((multiplier_of(options, bucket), comb(options.rows, bucket)) for bucket in buckets))

    def answers(self, outcome: PlinkoRound, options: PlinkoOptions) -> dict[str, Any]:
        return {
            "multiplier": outcome.multiplier,
            "path": list(outcome.path),
            "bucket_index_from_left": outcome.bucket,
        }


GAME: Final = Plinko()


def multiplier_of(options: PlinkoOptions, bucket: int) -> Decimal:
    """What a bucket pays, counted from 0 at the left."""
    return HALVES[options.risk][options.rows][min(bucket, options.rows - bucket)]
