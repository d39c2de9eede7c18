"""Tarot: three cards are turned over, and their multipliers are multiplied.

The first and third cards are minor arcana, the second a major one. Each has its own float and wins the first row of
its list whose minimum the float reaches. A minor arcana of zero loses the round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import prod
from operator import mul
from typing import Any, Final

from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.minima import Row, chances, combine, first_row, multiplier_words, read_rows
from fairness.options import Params, check_names, choice

# Minimum of the float and multiplier. Source: the lists of Kyran121/provably-fair-verifierform-stake. Check: the
# product of three cards returns 0.98 at every difficulty.
MINOR: Final[dict[str, tuple[Row, ...]]] = {
    "easy": read_rows("0.90000001:2 0.80000001:1.5 0.70000001:1.1 0.10000001:0.4 0:0"),
    "medium": read_rows("0.93000001:4 0.84000001:2 0.69000001:0.6 0.19000001:0.3 0:0"),
    "hard": read_rows("0.95000001:7 0.86000001:2 0.66000001:0.55 0.26000001:0.15 0:0"),
    "expert": read_rows("0.97000001:10 0.87000001:3 0.67000001:0.35 0.47000001:0.15 0:0"),
}
MAJOR: Final[dict[str, tuple[Row, ...]]] = {
    "easy": read_rows("0.93000001:5 0.83000001:4 0.73000001:3 0.51000001:2 0:1"),
    "medium": read_rows("0.97000001:10 0.91000001:5 0.78000001:3 0.55000001:2 0:1"),
    "hard": read_rows("0.99000001:24 0.96000001:8 0.86000001:4 0.60000001:2 0:1"),
    "expert": read_rows("0.99500001:50 0.98000001:10 0.90000001:5 0.60000001:2 0:1"),
}

DIFFICULTIES: Final = tuple(MINOR)
ARCANA: Final = ("minor", "major", "minor")


@dataclass(frozen=True, slots=True)
class TarotOptions:
    """What was set before the round."""

    difficulty: str


@dataclass(frozen=True, slots=True)
class TarotRound:
    """One round: the multipliers of the minor, the major and the second minor card."""

    multipliers: tuple[Decimal, ...]


class Tarot(SeedGame[TarotOptions, TarotRound]):
    name = "tarot"
    title = "Tarot"
    result_name = "multiplier"
    option_infos = (OptionInfo("difficulty", "choice", "Difficulty", choices=DIFFICULTIES),)

    def read_options(self, given: Params) -> TarotOptions:
        check_names(given, ("difficulty",))
        return TarotOptions(choice(given, "difficulty", DIFFICULTIES))

    def floats_needed(self, options: TarotOptions) -> int:
        return len(lists_of(options.difficulty))

    def play(self, floats: Sequence[float], options: TarotOptions) -> TarotRound:
        cards = zip(floats, lists_of(options.difficulty), strict=False)
        return TarotRound(tuple(rows[first_row(rows, number)].multiplier for number, rows in cards))

    def picks(self, floats: Sequence[float], options: TarotOptions) -> tuple[Pick, ...]:
        steps = []
        for number, arcana, rows in zip(floats, ARCANA, lists_of(options.difficulty), strict=False):
            row = rows[first_row(rows, number)]
            steps.append(Pick(number, f"{number:.10f} ≥ {row.minimum}", f"{arcana} arcana, ×{row.multiplier}"))
        return tuple(steps)

    def result(self, outcome: TarotRound, options: TarotOptions) -> Decimal:
        return prod(outcome.multipliers, start=Decimal(1))

    def payout(self, outcome: TarotRound, options: TarotOptions) -> Fraction:
        return Fraction(self.result(outcome, options))

    def distribution(self, options: TarotOptions) -> dict[Decimal, Fraction]:
        return chances(combine(map(multiplier_words, lists_of(options.difficulty)), mul))

    def answers(self, outcome: TarotRound, options: TarotOptions) -> dict[str, Any]:
        return {
            "multipliers": list(outcome.multipliers),
            "multiplier": self.result(outcome, options),
        }


GAME: Final = Tarot()


def lists_of(difficulty: str) -> tuple[tuple[Row, ...], ...]:
    """The lists of the three cards, in the order of their floats."""
    return MINOR[difficulty], MAJOR[difficulty], MINOR[difficulty]
