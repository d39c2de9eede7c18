"""Cases: open a case, which holds one of a few multipliers, the high ones seldom.

One float f is held against the minima of the rows from the top: the first row with f >= minimum is what the case holds.
The comparison is of doubles, and the minima are what the venue lists, 0.00000001 above round numbers. With the round
numbers every difficulty would return exactly 98%; as listed it is less by a ten-thousandth at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.minima import Row, chances, first_row, multiplier_words, read_rows
from fairness.options import Params, check_names, choice

# minimum:multiplier from the top. Source: the list in Kyran121/provably-fair-verifierform-stake.
PAYOUTS: Final[dict[str, tuple[Row, ...]]] = {
    "easy": read_rows("0.99000001:23 0.97000001:10 0.93000001:3 0.86000001:2 0.76000001:1.09 0.41000001:0.4 0:0.1"),
    "medium": read_rows(
        "0.99900001:115 0.99750001:41 0.99350001:15 0.98500001:10 0.97000001:7.5 0.94000001:3.5 0.88000001:2 "
        "0.75000001:1.5 0.57000001:0.4 0.30000001:0.2 0:0"
    ),
    "hard": read_rows(
        "0.99995001:1000 0.99985001:495 0.99970001:250 0.99940001:100 0.99900001:50 0.99700001:35 0.99400001:15 "
        "0.99000001:10 0.97000001:8 0.92000001:3 0.82000001:1.5 0.72000001:0.8 0.60000001:0.4 0.35000001:0.2 0:0"
    ),
    "expert": read_rows(
        "0.99999801:10000 0.99999201:3500 0.99998001:1500 0.99995001:850 0.99990001:460 0.99980001:250 0.99960001:100 "
        "0.99930001:75 0.99890001:50 0.99690001:20 0.99190001:15 0.98390001:10 0.96390001:7 0.93390001:5 "
        "0.85390001:1.5 0.70390001:0.7 0.55390001:0.3 0.35390001:0.15 0:0"
    ),
}

DIFFICULTIES: Final = tuple(PAYOUTS)


@dataclass(frozen=True, slots=True)
class CasesOptions:
    """What was set before the round."""

    difficulty: str


@dataclass(frozen=True, slots=True)
class CasesRound:
    """One round: the row from 0 at the top, and what the case held."""

    row: int
    multiplier: Decimal


class Cases(SeedGame[CasesOptions, CasesRound]):
    name = "cases"
    title = "Cases"
    result_name = "multiplier"
    option_infos = (OptionInfo("difficulty", "choice", "Difficulty", choices=DIFFICULTIES),)

    def read_options(self, given: Params) -> CasesOptions:
        check_names(given, ("difficulty",))
        return CasesOptions(choice(given, "difficulty", DIFFICULTIES))

    def floats_needed(self, options: CasesOptions) -> int:
        return 1

    def play(self, floats: Sequence[float], options: CasesOptions) -> CasesRound:
        rows = PAYOUTS[options.difficulty]
        row = first_row(rows, floats[0])
        return CasesRound(row, rows[row].multiplier)

    def picks(self, floats: Sequence[float], options: CasesOptions) -> tuple[Pick, ...]:
        played = self.play(floats, options)
        formula = f"{floats[0]:.10f} ≥ {PAYOUTS[options.difficulty][played.row].minimum}"
        return (Pick(floats[0], formula, f"the case holds {played.multiplier}"),)

    def result(self, outcome: CasesRound, options: CasesOptions) -> Decimal:
        return outcome.multiplier

    def payout(self, outcome: CasesRound, options: CasesOptions) -> Fraction:
        return Fraction(outcome.multiplier)

    def distribution(self, options: CasesOptions) -> dict[Decimal, Fraction]:
        return chances(multiplier_words(PAYOUTS[options.difficulty]))

    def answers(self, outcome: CasesRound, options: CasesOptions) -> dict[str, Any]:
        return {"multiplier": outcome.multiplier}


GAME: Final = Cases()
