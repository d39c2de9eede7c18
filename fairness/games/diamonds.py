"""Diamonds: five gems of seven colours are dealt, and equal ones pay as in a hand of poker.

Each of five floats f gives a gem, floor(f × 7). What pays is the pattern of equal gems, whatever their colour. The
table returns 2360/2401, so the edge is 1.71%.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from fairness.games.base import Pick, SeedGame, floor_step
from fairness.options import Params, check_names

GEMS: Final = ("green", "purple", "yellow", "red", "cyan", "pink", "blue")

DEALT: Final = 5


class Pattern(NamedTuple):
    """A pattern of equal gems: what it pays, and how many of the 7^5 deals have it."""

    multiplier: Decimal
    deals: int


# Multipliers as on the venue's page. The deals are colours for each group of equal gems, times the places they can
# take: a pair, say, is 7 colours for the pair, C(5,2) places, and 6 × 5 × 4 for the three others.
PATTERNS: Final[dict[str, Pattern]] = {
    "five of a kind": Pattern(Decimal(50), 7),
    "four of a kind": Pattern(Decimal(5), 7 * 5 * 6),
    "full house": Pattern(Decimal(4), 7 * 10 * 6),
    "three of a kind": Pattern(Decimal(3), 7 * 10 * 6 * 5),
    "two pair": Pattern(Decimal(2), 21 * 30 * 5),
    "pair": Pattern(Decimal("0.1"), 7 * 10 * 6 * 5 * 4),
    "nothing": Pattern(Decimal(0), 7 * 6 * 5 * 4 * 3),
}

# Sizes of the groups of equal gems, largest first.
_BY_GROUPS: Final[dict[tuple[int, ...], str]] = {
    (5,): "five of a kind",
    (4, 1): "four of a kind",
    (3, 2): "full house",
    (3, 1, 1): "three of a kind",
    (2, 2, 1): "two pair",
    (2, 1, 1, 1): "pair",
    (1, 1, 1, 1, 1): "nothing",
}


@dataclass(frozen=True, slots=True)
class DiamondsOptions:
    """Diamonds has none."""


@dataclass(frozen=True, slots=True)
class DiamondsRound:
    """One round: the gems in the order they were dealt, and their pattern."""

    gems: tuple[str, ...]
    pattern: str

    @property
    def multiplier(self) -> Decimal:
        """What the pattern pays."""
        return PATTERNS[self.pattern].multiplier


class Diamonds(SeedGame[DiamondsOptions, DiamondsRound]):
    name = "diamonds"
    title = "Diamonds"
    result_name = "multiplier"

    def read_options(self, given: Params) -> DiamondsOptions:
        check_names(given, ())
        return DiamondsOptions()

    def floats_needed(self, options: DiamondsOptions) -> int:
        return DEALT

    def play(self, floats: Sequence[float], options: DiamondsOptions) -> DiamondsRound:
        gems = tuple(GEMS[int(number * len(GEMS))] for number in floats[:DEALT])
        groups = tuple(sorted(Counter(gems).values(), reverse=True))
        return DiamondsRound(gems, _BY_GROUPS[groups])

    def picks(self, floats: Sequence[float], options: DiamondsOptions) -> tuple[Pick, ...]:
        return tuple(floor_step(number, len(GEMS), lambda index: GEMS[index]) for number in floats[:DEALT])

    def result(self, outcome: DiamondsRound, options: DiamondsOptions) -> Decimal:
        return outcome.multiplier

    def payout(self, outcome: DiamondsRound, options: DiamondsOptions) -> Fraction:
        return Fraction(outcome.multiplier)

    def distribution(self, options: DiamondsOptions) -> dict[Decimal, Fraction]:
        return {pattern.multiplier: Fraction(pattern.deals, len(GEMS) ** DEALT) for pattern in PATTERNS.values()}

    def answers(self, outcome: DiamondsRound, options: DiamondsOptions) -> dict[str, Any]:
        return {"gems": list(outcome.gems), "pattern": outcome.pattern, "multiplier": outcome.multiplier}


GAME: Final = Diamonds()
