"""Packs: open a pack of five cards, and be paid for all of them together.

There are 240 cards; card 1 is the rarest. Each card of a pack has its own float and is the first card whose minimum
the float reaches, so one card may come twice. The venue shows a pack in the order of card numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from operator import add
from types import MappingProxyType
from typing import Any, Final

from fairness.games.base import Pick, SeedGame
from fairness.minima import Row, chances, combine, first_row, multiplier_words
from fairness.options import Params, check_names

CARDS: Final = 240
PACK: Final = 5

# How many cards in a row share a multiplier and a width (in hundred-millionths of a float), from card 1 down the list.
# The last card takes what the others leave. Source: the list in Kyran121/provably-fair-verifierform-stake. Check: a
# pack returns 0.9995 as listed, and 0.9795 if the disputed card pays what its neighbours do.
_RUNS: Final = """
    1 10000 9
    2 1000 245
    2 650 500
    5 500 300
    5 150 1000
    5 75 2400
    5 50 6000
    5 15 20000
    1 32 20000
    4 12 20000
    5 10 20000
    5 8 30000
    5 4 60000
    5 3 60000
    5 2 60000
    10 1.2 30000
    10 1 30000
    10 0.8 200000
    10 0.5 200000
    10 0.3 200000
    10 0.2 300000
    10 0.15 300000
    10 0.1 300000
    20 0.04 500000
    30 0.03 500000
    20 0.02 1100000
    30 0.01 1200000
"""

_WHOLE: Final = 10**8


def _rows() -> tuple[Row, ...]:
    rows: list[Row] = []
    minimum = _WHOLE
    for run in _RUNS.split("\n")[1:-1]:
        cards, multiplier, width = run.split()
        for _ in range(int(cards)):
            minimum -= int(width)
            rows.append(Row(minimum / _WHOLE, Decimal(multiplier)))
    rows[-1] = rows[-1]._replace(minimum=0.0)
    return tuple(rows)


# Card n is at index n - 1.
PAYOUTS: Final = _rows()

# Two copies of the list have 32 here, between cards of 15 and of 12. It may be a slip for 12: cards come in fives of
# one multiplier everywhere else in this part of the list. Nobody has published a pack that would tell.
DISPUTED_CARD: Final = 31


@dataclass(frozen=True, slots=True)
class PacksOptions:
    """There is nothing to set."""


@dataclass(frozen=True, slots=True)
class PacksRound:
    """One pack: the numbers of its cards (1 to 240), rarest first, which is how they are shown."""

    cards: tuple[int, ...]

    @property
    def multipliers(self) -> tuple[Decimal, ...]:
        """What each card is listed with."""
        return tuple(PAYOUTS[card - 1].multiplier for card in self.cards)

    @property
    def is_disputed(self) -> bool:
        """Whether the pack has a card that may pay otherwise than it is listed."""
        return DISPUTED_CARD in self.cards


class Packs(SeedGame[PacksOptions, PacksRound]):
    name = "packs"
    title = "Packs"
    result_name = "multiplier"
    unsourced = "Card 31 is counted as it is listed, at 32; that is disputed, and it may pay 12."

    def read_options(self, given: Params) -> PacksOptions:
        check_names(given, ())
        return PacksOptions()

    def floats_needed(self, options: PacksOptions) -> int:
        return PACK

    def play(self, floats: Sequence[float], options: PacksOptions) -> PacksRound:
        return PacksRound(tuple(sorted(first_row(PAYOUTS, number) + 1 for number in floats[:PACK])))

    def picks(self, floats: Sequence[float], options: PacksOptions) -> tuple[Pick, ...]:
        steps = []
        for number in floats[:PACK]:
            index = first_row(PAYOUTS, number)
            row = PAYOUTS[index]
            steps.append(Pick(number, f"{number:.10f} ≥ {row.minimum:.8f}", f"card {index + 1}, ×{row.multiplier}"))
        return tuple(steps)

    def result(self, outcome: PacksRound, options: PacksOptions) -> Decimal:
        return sum(outcome.multipliers, Decimal(0))

    def payout(self, outcome: PacksRound, options: PacksOptions) -> Fraction:
        return Fraction(self.result(outcome, options))

    def distribution(self, options: PacksOptions) -> Mapping[Decimal, Fraction]:
        return _distribution()

    def answers(self, outcome: PacksRound, options: PacksOptions) -> dict[str, Any]:
        return {
            "card_ids": list(outcome.cards),
            "multipliers": list(outcome.multipliers),
            "multiplier": self.result(outcome, options),
            "is_disputed": outcome.is_disputed,
        }


GAME: Final = Packs()


@cache  # some ten thousand sums: computed once
def _distribution() -> Mapping[Decimal, Fraction]:
    return MappingProxyType(chances(combine([multiplier_words(PAYOUTS)] * PACK, add)))
