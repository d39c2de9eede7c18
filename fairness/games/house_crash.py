"""House Crash: the crash game of our own casino, on a hash chain, computed in whole numbers throughout.

The casino makes a chain of seeds, each the SHA-256 of the hexadecimal text of the one before, publishes the last one
and then a public seed, and plays the chain backwards. A game's seed is revealed when the game is over. With h the first
52 bits of HMAC-SHA256(key = the seed's text, message = the public seed's text), the crash point in hundredths is

    max(100, min(cap, floor((10000 - edge) × 2^52 / (100 × (2^52 - h)))))

where edge is the house's share in hundredths of a percent. So the game reaches x hundredths, up to the cap, for exactly
floor((10000 - edge) × 2^52 / (100 x)) of the 2^52 values of h. Whatever is aimed at, the return is 1 - edge, less what
one value of h is worth at most: no target is better than another, and no remainder favours any result.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.exact import ceil_hundredths, hundredths
from fairness.games.base import HashGame, OptionInfo, Pick
from fairness.options import Params, check_names, number, whole

BITS: Final = 52
VALUES: Final = 2**BITS

BASIS_POINTS: Final = 10_000  # of the whole

LEAST_CP: Final = 100  # a crash point, as every `_cp`, is in hundredths: 100 is 1.00×
TARGET_MIN_CP: Final = 101  # 1.00× would be no game

EDGE_BP: Final = 100
CAP_CP: Final = 100_000
CAP_MAX_CP: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class HouseCrashOptions:
    """The rules the game was played under, and the target in hundredths, if it is known."""

    edge_bp: int = EDGE_BP
    cap_cp: int = CAP_CP
    target_cp: int | None = None


@dataclass(frozen=True, slots=True)
class HouseCrashRound:
    """One game: the 52 bits it came from, and its crash point in hundredths."""

    bits: int
    crash_cp: int


class HouseCrash(HashGame[HouseCrashOptions, HouseCrashRound]):
    name = "house_crash"
    title = "House Crash"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("edge_bp", "whole", "Edge in basis points", low=0, high=BASIS_POINTS - 1, default=EDGE_BP),
        OptionInfo("cap_cp", "whole", "Cap in hundredths", low=TARGET_MIN_CP, high=CAP_MAX_CP, default=CAP_CP),
        OptionInfo(
            "target",
            "number",
            "Cash out at",
            low=hundredths(TARGET_MIN_CP),
            high=hundredths(CAP_MAX_CP),
            optional=True,
        ),
    )

    def read_options(self, given: Params) -> HouseCrashOptions:
        check_names(given, ("edge_bp", "cap_cp", "target"))
        edge_bp = whole(given, "edge_bp", low=0, high=BASIS_POINTS - 1, default=EDGE_BP)
        cap_cp = whole(given, "cap_cp", low=TARGET_MIN_CP, high=CAP_MAX_CP, default=CAP_CP)
        target = number(given, "target", low=hundredths(TARGET_MIN_CP), high=hundredths(cap_cp))
        if target is not None and target * 100 % 1:
            raise InvalidInput("target", "may have two decimals at most")
        return HouseCrashOptions(edge_bp, cap_cp, None if target is None else int(target * 100))

    def play(self, digest: bytes, options: HouseCrashOptions) -> HouseCrashRound:
        bits = int.from_bytes(digest, "big") >> (len(digest) * 8 - BITS)
        return HouseCrashRound(bits, crash_point(bits, edge_bp=options.edge_bp, cap_cp=options.cap_cp))

    def picks(self, digest: bytes, options: HouseCrashOptions) -> tuple[Pick, ...]:
        played = self.play(digest, options)
        formula = f"⌊{BASIS_POINTS - options.edge_bp} × 2^52 / (100 × (2^52 - 0x{played.bits:013x}))⌋"
        limits = f"from {LEAST_CP} to {options.cap_cp}"
        return (Pick(played.bits, f"{formula}, {limits}, = {played.crash_cp}", f"crash at {_shown(played)}"),)

    def result(self, outcome: HouseCrashRound, options: HouseCrashOptions) -> Decimal:
        return _shown(outcome)

    def payout(self, outcome: HouseCrashRound, options: HouseCrashOptions) -> Fraction | None:
        if options.target_cp is None:
            return None
        return Fraction(options.target_cp, 100) if outcome.crash_cp >= options.target_cp else Fraction(0)

    # No `distribution`: the cap allows up to a million and more results. `chance_at_least` counts them exactly.

    def answers(self, outcome: HouseCrashRound, options: HouseCrashOptions) -> dict[str, Any]:
        return {"multiplier": _shown(outcome), "crash_cp": outcome.crash_cp}


GAME: Final = HouseCrash()


def _shown(outcome: HouseCrashRound) -> Decimal:
    return hundredths(outcome.crash_cp)


def crash_point(bits: int, *, edge_bp: int = EDGE_BP, cap_cp: int = CAP_CP) -> int:
    """The crash point in hundredths that belongs to 52 bits."""
    return max(LEAST_CP, min(cap_cp, (BASIS_POINTS - edge_bp) * VALUES // (100 * (VALUES - bits))))


def chance_at_least(target: Decimal | Fraction, *, edge_bp: int = EDGE_BP, cap_cp: int = CAP_CP) -> Fraction:
    """The chance that a game reaches at least this multiplier, counted over all 2^52 values."""
    target_cp = ceil_hundredths(target)
    if target_cp <= LEAST_CP:
        return Fraction(1)
    if target_cp > cap_cp:
        return Fraction(0)
    # With d = 2^52 - h from 1 to 2^52: floor(a / (100 d)) >= x when d <= a / (100 x).
    return Fraction(min(VALUES, (BASIS_POINTS - edge_bp) * VALUES // (100 * target_cp)), VALUES)
