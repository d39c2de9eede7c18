"""Keno: pick up to ten of forty numbers and see how many of them are drawn.

Ten of the numbers 1 to 40 are drawn without repeats. What a bet pays depends on its risk, on how many numbers were
picked and on how many of them were drawn (the hits). The venue's screen counts from 1, its wire from 0; here numbers
count from 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import comb
from typing import Any, Final

from fairness.draws import draw_without_repeats
from fairness.errors import InvalidInput
from fairness.games.base import OptionInfo, Pick, SeedGame, draw_steps
from fairness.options import Params, check_names, choice, positions

NUMBERS: Final = 40
DRAWN: Final = 10
PICKS_MAX: Final = 10


def _table(text: str) -> tuple[tuple[Decimal, ...], ...]:
    return tuple(tuple(Decimal(cell) for cell in line.split()) for line in text.strip().splitlines())


# Per risk one line for 1 to 10 picked numbers, and on it the multiplier for 0, 1, 2 … hits. Source: the lists of
# poky1084/evilbot and of a second scanner, which are equal. Check: the return is 98.65 % to 99.07 % on every line.
PAYOUTS: Final[dict[str, tuple[tuple[Decimal, ...], ...]]] = {
    "classic": _table("""
        0 3.96
        0 1.9 4.5
        0 1 3.1 10.4
        0 0.8 1.8 5 22.5
        0 0.25 1.4 4.1 16.5 36
        0 0 1 3.68 7 16.5 40
        0 0 0.47 3 4.5 14 31 60
        0 0 0 2.2 4 13 22 55 70
        0 0 0 1.55 3 8 15 44 60 85
        0 0 0 1.4 2.25 4.5 8 17 50 80 100
    """),
    "low": _table("""
        0.7 1.85
        0 2 3.8
        0 1.1 1.38 26
        0 0 2.2 7.9 90
        0 0 1.5 4.2 13 300
        0 0 1.1 2 6.2 100 700
        0 0 1.1 1.6 3.5 15 225 700
        0 0 1.1 1.5 2 5.5 39 100 800
        0 0 1.1 1.3 1.7 2.5 7.5 50 250 1000
        0 0 1.1 1.2 1.3 1.8 3.5 13 50 250 1000
    """),
    "medium": _table("""
        0.4 2.75
        0 1.8 5.1
        0 0 2.8 50
        0 0 1.7 10 100
        0 0 1.4 4 14 390
        0 0 0 3 9 180 710
        0 0 0 2 7 30 400 800
        0 0 0 2 4 11 67 400 900
        0 0 0 2 2.5 5 15 100 500 1000
        0 0 0 1.6 2 4 7 26 100 500 1000
    """),
    "high": _table("""
        0 3.96
        0 0 17.1
        0 0 0 81.5
        0 0 0 10 259
        0 0 0 4.5 48 450
        0 0 0 0 11 350 710
        0 0 0 0 7 90 400 800
        0 0 0 0 5 20 270 600 900
        0 0 0 0 4 11 56 500 800 1000
        0 0 0 0 3.5 8 13 63 500 800 1000
    """),
}

RISKS: Final = tuple(PAYOUTS)


@dataclass(frozen=True, slots=True)
class KenoOptions:
    """What the bet was: the numbers picked (1 to 40) and the risk."""

    picks: tuple[int, ...] | None = None
    risk: str | None = None


@dataclass(frozen=True, slots=True)
class KenoRound:
    """One round: the ten numbers (1 to 40) in the order they were drawn."""

    numbers: tuple[int, ...]


class Keno(SeedGame[KenoOptions, KenoRound]):
    name = "keno"
    title = "Keno"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("picks", "positions", "Numbers, 1 to 40", low=1, high=NUMBERS, most=PICKS_MAX, optional=True),
        OptionInfo("risk", "choice", "Risk", choices=RISKS, optional=True),
    )

    def read_options(self, given: Params) -> KenoOptions:
        check_names(given, ("picks", "risk"))
        picks = positions(given, "picks", low=1, high=NUMBERS, most=PICKS_MAX)
        if picks == ():
            raise InvalidInput("picks", "must name one number at least")
        risk = choice(given, "risk", RISKS) if given.get("risk") is not None else None
        return KenoOptions(picks, risk)

    def floats_needed(self, options: KenoOptions) -> int:
        return DRAWN

    def play(self, floats: Sequence[float], options: KenoOptions) -> KenoRound:
        drawn = draw_without_repeats(floats, pool_size=NUMBERS, picks=DRAWN)
        return KenoRound(tuple(position + 1 for position in drawn))

    def picks(self, floats: Sequence[float], options: KenoOptions) -> tuple[Pick, ...]:
        return draw_steps(floats, pool_size=NUMBERS, picks=DRAWN, meaning=lambda drawn: f"number {drawn + 1}")

    def result(self, outcome: KenoRound, options: KenoOptions) -> Decimal | None:
        if options.picks is None or options.risk is None:
            return None
        return PAYOUTS[options.risk][len(options.picks) - 1][hits(outcome, options.picks)]

    def payout(self, outcome: KenoRound, options: KenoOptions) -> Fraction | None:
        listed = self.result(outcome, options)
        return None if listed is None else Fraction(listed)

    def distribution(self, options: KenoOptions) -> dict[Decimal, Fraction] | None:
        if options.picks is None or options.risk is None:
            return None  # Without a bet the round has no result.
        picked = len(options.picks)
        chances: dict[Decimal, Fraction] = {}
        for count, listed in enumerate(PAYOUTS[options.risk][picked - 1]):
            chances[listed] = chances.get(listed, Fraction(0)) + probability_of_hits(picked, count)
        return chances

    def answers(self, outcome: KenoRound, options: KenoOptions) -> dict[str, Any]:
        found: dict[str, Any] = {
            "numbers_1based_sorted": sorted(outcome.numbers),
            "numbers_1based_draw_order": list(outcome.numbers),
        }
        if options.picks is not None:
            found["hits"] = hits(outcome, options.picks)
        return found


GAME: Final = Keno()


def hits(outcome: KenoRound, picks: Sequence[int]) -> int:
    """How many of the picked numbers were drawn."""
    return len(set(picks) & set(outcome.numbers))


def probability_of_hits(picked: int, count: int) -> Fraction:
    """The chance that exactly `count` of `picked` numbers are drawn (hypergeometric)."""
    if not 1 <= picked <= PICKS_MAX:
        raise InvalidInput("picks", f"must name 1 to {PICKS_MAX} numbers")
    if not 0 <= count <= picked:
        return Fraction(0)
    return Fraction(comb(picked, count) * comb(NUMBERS - picked, DRAWN - count), comb(NUMBERS, DRAWN))
