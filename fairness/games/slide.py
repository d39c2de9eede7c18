"""Slide: multipliers slide past and one comes to rest, for all players at once; name the one it shall reach.

Its games come from a hash chain as those of Crash do, with a return of 98% instead of 99: the multiplier is
0.98 × 2^32 / (n + 1), never less than 1, floored to two decimals.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from fairness.games.base import OptionInfo
from fairness.games.crash import TARGET_MAX, TARGET_MIN, Crash


class Slide(Crash):
    name = "slide"
    title = "Slide"
    option_infos = (OptionInfo("target", "number", "Target", low=TARGET_MIN, high=TARGET_MAX, optional=True),)
    return_percent = 98


GAME: Final = Slide()


def chance_at_least(target: Decimal | Fraction) -> Fraction:
    """The chance that a game of Slide reaches at least this multiplier."""
    return GAME.chance_at_least(target)
