"""Crash: a multiplier rises from 1 until it crashes, for all players at once; cash out before it does.

Every game has a hash of a chain that was fixed before the first one (see `fairness.chains`). HMAC-SHA256 with the
hash's hexadecimal text as key and the chain's public salt as message gives 32 bytes. The first four are a number n from
0 to 2^32 - 1, and the crash point is 0.99 × 2^32 / (n + 1), never less than 1, floored to two decimals. It is at least
t in 0.99/t of all games: the return is 99%.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final

from fairness.exact import WORDS, ceil_hundredths, floor_hundredths
from fairness.games.base import HashGame, OptionInfo, Pick
from fairness.options import Params, check_names, number

LEAST: Final = Decimal("1.00")

# Limits of our own, within what the formula can give; no source tells the venue's.
TARGET_MIN: Final = Decimal("1.01")
TARGET_MAX: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class CrashOptions:
    """What was bet on: the multiplier at which the player cashed out, or wanted to, if it is known."""

    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CrashRound:
    """One game: its number from 0 to 2^32 - 1, and the multiplier it reached."""

    number: int
    multiplier: Decimal
    unfloored: float


class Crash(HashGame[CrashOptions, CrashRound]):
    name = "crash"
    title = "Crash"
    result_name = "multiplier"
    option_infos = (OptionInfo("target", "number", "Cash out at", low=TARGET_MIN, high=TARGET_MAX, optional=True),)

    return_percent: ClassVar[int] = 99  # of what is wagered, on average

    def read_options(self, given: Params) -> CrashOptions:
        check_names(given, ("target",))
        return CrashOptions(number(given, "target", low=TARGET_MIN, high=TARGET_MAX))

    def play(self, digest: bytes, options: CrashOptions) -> CrashRound:
        drawn = int.from_bytes(digest[:4], "big")
        exact = Fraction(self.return_percent * WORDS, 100 * (drawn + 1))
        # What the venue's API may send: the double that the announced order of operations gives.
        unfloored = max(1.0, WORDS / (drawn + 1) * (self.return_percent / 100))
        return CrashRound(drawn, max(LEAST, floor_hundredths(exact)), unfloored)

    def picks(self, digest: bytes, options: CrashOptions) -> tuple[Pick, ...]:
        played = self.play(digest, options)
        formula = f"0.{self.return_percent} × 2^32 / (0x{digest[:4].hex()} + 1) = 0.{self.return_percent} × 2^32 / "
        return (Pick(played.number, f"{formula}{played.number + 1}", f"multiplier {played.multiplier}"),)

    def result(self, outcome: CrashRound, options: CrashOptions) -> Decimal:
        return outcome.multiplier

    def payout(self, outcome: CrashRound, options: CrashOptions) -> Fraction | None:
        if options.target is None:
            return None
        # At the target itself it is won: only so does the formula return what it says.
        target = Fraction(options.target)
        return target if Fraction(self.return_percent * WORDS, 100 * (outcome.number + 1)) >= target else Fraction(0)

    # No `distribution`: there are more than a million different results. `chance_at_least` counts them exactly.

    def chance_at_least(self, target: Decimal | Fraction) -> Fraction:
        """The chance that a game reaches at least this multiplier, as it is shown, counted over all 2^32 numbers."""
        hundredths = ceil_hundredths(target)
        if hundredths <= ceil_hundredths(LEAST):
            return Fraction(1)
        # A number n reaches `hundredths` when 99 × 2^32 / (n + 1) >= hundredths.
        return Fraction(min(WORDS, self.return_percent * WORDS // hundredths), WORDS)

    def answers(self, outcome: CrashRound, options: CrashOptions) -> dict[str, Any]:
        return {"multiplier": outcome.multiplier, "multiplier_unfloored": outcome.unfloored}


GAME: Final = Crash()


def chance_at_least(target: Decimal | Fraction) -> Fraction:
    """The chance that a game of Crash reaches at least this multiplier."""
    return GAME.chance_at_least(target)
