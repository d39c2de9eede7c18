"""Limbo: name a multiplier and hope that the round's is at least as high.

One float f is cut to 24 bits, k = floor(f × 2^24), and the round's multiplier is m = 0.99 × 2^24 / (k + 1). So m is at
least t in 0.99/t of all rounds: the return is 99%. The venue shows m floored to two decimals, and never less than 1.

The venue's page for checking a round prints a simpler form, 0.99 / f, floored and never less than 1. The two differ by
0.01 in about three rounds of a thousand, and more where m is very large; at f = 0 the page has no answer, the 24-bit
form has its largest. The one unrounded result that is documented (Antebot's, 39.07902141536203) is of the 24-bit form,
so that is the answer; the page's is given beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from fairness.exact import ceil_hundredths, floor_hundredths
from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.options import Params, check_names, number

DRAWS: Final = 2**24

RETURN: Final = Fraction(99, 100)  # of what is wagered, on average

LEAST: Final = Decimal("1.00")

# The venue's guide says 1.01 to 1,000,000; bots are known to send finer targets, down to this one.
TARGET_MIN: Final = Decimal("1.00000000000001")
TARGET_MAX: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class LimboOptions:
    """What was bet on: the multiplier to reach, if it is known."""

    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LimboRound:
    """One round: its draw (0 to 2^24 - 1), the multiplier shown, and what the page for checking prints."""

    draw: int
    multiplier: Decimal
    page_form: Decimal | None

    @property
    def exact(self) -> Fraction:
        """The multiplier before it is floored; below 1 in one round of a hundred."""
        return RETURN * DRAWS / (self.draw + 1)

    @property
    def unrounded(self) -> float:
        """The multiplier as the venue's API sends it: the double that this order of operations gives."""
        return DRAWS / (self.draw + 1) * 0.99


class Limbo(SeedGame[LimboOptions, LimboRound]):
    name = "limbo"
    title = "Limbo"
    result_name = "multiplier"
    option_infos = (OptionInfo("target", "number", "Target", low=TARGET_MIN, high=TARGET_MAX, optional=True),)

    def read_options(self, given: Params) -> LimboOptions:
        check_names(given, ("target",))
        return LimboOptions(number(given, "target", low=TARGET_MIN, high=TARGET_MAX))

    def floats_needed(self, options: LimboOptions) -> int:
        return 1

    def play(self, floats: Sequence[float], options: LimboOptions) -> LimboRound:
        draw = int(floats[0] * DRAWS)
        shown = max(LEAST, floor_hundredths(RETURN * DRAWS / (draw + 1)))
        return LimboRound(draw, shown, _page_form(floats[0]))

    def picks(self, floats: Sequence[float], options: LimboOptions) -> tuple[Pick, ...]:
        played = self.play(floats, options)
        formula = f"0.99 × 2^24 / (⌊{floats[0]:.10f} × 2^24⌋ + 1) = 0.99 × 2^24 / {played.draw + 1}"
        return (Pick(floats[0], f"{formula} = {played.unrounded!r}", f"multiplier {played.multiplier}"),)

    def result(self, outcome: LimboRound, options: LimboOptions) -> Decimal:
        return outcome.multiplier

    def payout(self, outcome: LimboRound, options: LimboOptions) -> Fraction | None:
        if options.target is None:
            return None
        # The unfloored multiplier decides, which differs from the shown one only for targets finer than 0.01.
        target = Fraction(options.target)
        return target if outcome.exact >= target else Fraction(0)

    # No `distribution`: there are 81,409 different results. `chance_at_least` counts them exactly.

    def answers(self, outcome: LimboRound, options: LimboOptions) -> dict[str, Any]:
        return {
            "multiplier": outcome.multiplier,
            "unrounded": outcome.unrounded,
            "page_form": outcome.page_form,
        }


GAME: Final = Limbo()


def _page_form(number: float) -> Decimal | None:
    if number == 0:
        return None
    return max(LEAST, floor_hundredths(RETURN / Fraction(number)))


def chance_at_least(target: Decimal | Fraction) -> Fraction:
    """The chance that a round shows at least this multiplier, counted over all 2^24 draws."""
    hundredths = ceil_hundredths(target)
    if hundredths <= ceil_hundredths(LEAST):
        return Fraction(1)
    # A draw k shows at least `hundredths` when 99 × 2^24 / (k + 1) >= hundredths.
    return Fraction(min(DRAWS, 99 * DRAWS // hundredths), DRAWS)
