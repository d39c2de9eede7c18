"""Wheel: a wheel of 10 to 50 segments stops at one of them, which says what the bet pays.

One float f gives the segment, floor(f × segments). Every wheel returns 99%: the mean of its segments'
multipliers is 0.99.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.exact import index_chances
from fairness.games.base import OptionInfo, Pick, SeedGame, floor_step
from fairness.options import Params, check_names, choice, whole

SIZES: Final = (10, 20, 30, 40, 50)

RISKS: Final = ("low", "medium", "high")


def _wheel(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(multiplier) for multiplier in text.split())


# The multipliers in the order of the segments. Source: the list in Kyran121/provably-fair-verifierform-stake, equal to
# the one printed on the venue's page. A low wheel repeats ten segments; a high one pays on its last segment alone.
_LOW: Final = _wheel("1.5 1.2 1.2 1.2 0 1.2 1.2 1.2 1.2 0")
_MEDIUM: Final[dict[int, tuple[Decimal, ...]]] = {
    10: _wheel("0 1.9 0 1.5 0 2 0 1.5 0 3"),
    20: _wheel("1.5 0 2 0 2 0 2 0 1.5 0 3 0 1.8 0 2 0 2 0 2 0"),
    30: _wheel("1.5 0 1.5 0 2 0 1.5 0 2 0 2 0 1.5 0 3 0 1.5 0 2 0 2 0 1.7 0 4 0 1.5 0 2 0"),
    40: _wheel("2 0 3 0 2 0 1.5 0 3 0 1.5 0 1.5 0 2 0 1.5 0 3 0 1.5 0 2 0 2 0 1.6 0 2 0 1.5 0 3 0 1.5 0 2 0 1.5 0"),
    50: _wheel(
        "2 0 1.5 0 2 0 1.5 0 3 0 1.5 0 1.5 0 2 0 1.5 0 3 0 1.5 0 2 0 1.5 0 "
        "2 0 2 0 1.5 0 3 0 1.5 0 2 0 1.5 0 1.5 0 5 0 1.5 0 2 0 1.5 0"
    ),
}
_HIGH_PAYS: Final = {10: "9.9", 20: "19.8", 30: "29.7", 40: "39.6", 50: "49.5"}

PAYOUTS: Final[dict[int, dict[str, tuple[Decimal, ...]]]] = {
    size: {
        "low": _LOW * (size // 10),
        "medium": _MEDIUM[size],
        "high": (Decimal(0),) * (size - 1) + (Decimal(_HIGH_PAYS[size]),),
    }
    for size in SIZES
}


@dataclass(frozen=True, slots=True)
class WheelOptions:
    """What was set before the round."""

    risk: str
    segments: int


@dataclass(frozen=True, slots=True)
class WheelRound:
    """One round: the segment from 0, and what it pays."""

    segment: int
    multiplier: Decimal


class Wheel(SeedGame[WheelOptions, WheelRound]):
    name = "wheel"
    title = "Wheel"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("risk", "choice", "Risk", choices=RISKS),
        OptionInfo("segments", "choice", "Segments", choices=tuple(map(str, SIZES))),
    )

    def read_options(self, given: Params) -> WheelOptions:
        check_names(given, ("risk", "segments"))
        risk = choice(given, "risk", RISKS)
        segments = whole(given, "segments", low=SIZES[0], high=SIZES[-1])
        if segments not in SIZES:
            raise InvalidInput("segments", f"must be one of {', '.join(map(str, SIZES))}")
        return WheelOptions(risk, segments)

    def floats_needed(self, options: WheelOptions) -> int:
        return 1

    def play(self, floats: Sequence[float], options: WheelOptions) -> WheelRound:
        segment = int(floats[0] * options.segments)
        return WheelRound(segment, PAYOUTS[options.segments][options.risk][segment])

    def picks(self, floats: Sequence[float], options: WheelOptions) -> tuple[Pick, ...]:
        table = PAYOUTS[options.segments][options.risk]
        return (floor_step(floats[0], options.segments, lambda segment: f"segment {segment} pays {table[segment]}"),)

    def result(self, outcome: WheelRound, options: WheelOptions) -> Decimal:
        return outcome.multiplier

    def payout(self, outcome: WheelRound, options: WheelOptions) -> Fraction:
        return Fraction(outcome.multiplier)

    def distribution(self, options: WheelOptions) -> dict[Decimal, Fraction]:
        chances: dict[Decimal, Fraction] = {}
        table = PAYOUTS[options.segments][options.risk]
        for multiplier, chance in zip(table, index_chances(options.segments), strict=True):
            chances[multiplier] = chances.get(multiplier, Fraction(0)) + chance
        return chances

    def answers(self, outcome: WheelRound, options: WheelOptions) -> dict[str, Any]:
        return {"multiplier": outcome.multiplier, "segment_index": outcome.segment}


GAME: Final = Wheel()
