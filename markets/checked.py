"""Numbers that come from outside, read exactly or refused by name. Pure.

Every number becomes a `Fraction`, so that "is there an edge" and "is this an arbitrage" have one answer. A float is the
decimal it is shown as: 2.1 is 21/10 and not the nearest binary number, as whoever quoted that price meant it.
"""

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

Number = Decimal | Fraction | float | int

ODDS_MAX: Final = 1_000_001  # American +100,000,000
MONEY_MAX: Final = 10**18
STEP_MIN: Final = Fraction(1, 10**18)
SLACK: Final = Fraction(1, 10**9)  # what probabilities that should add to 1 may miss it by, having been floats
DIGITS_MAX: Final = 60  # of a decimal, on either side of its point: beyond it is an attack on memory, not a price


class BadNumber(ValueError):
    """A number cannot be used; the message is a sentence that names it."""


def exact(value: object, name: str) -> Fraction:
    """The number itself as a fraction. Raises `BadNumber` for NaN, infinity, booleans and what is no number."""
    if isinstance(value, bool) or not isinstance(value, Decimal | Fraction | float | int):
        raise BadNumber(f"{name} must be a number.")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadNumber(f"{name} must be a finite number.")
        return Fraction(float.__repr__(value))
    if isinstance(value, Decimal):
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise BadNumber(f"{name} must be a finite number.")
        if exponent < -DIGITS_MAX or exponent + len(digits) > DIGITS_MAX:
            raise BadNumber(f"{name} may have {DIGITS_MAX} digits.")
    return Fraction(value)


def odds(value: object, name: str = "odds") -> Fraction:
    """Decimal odds: above 1, at most `ODDS_MAX`. Raises `BadNumber`."""
    price = exact(value, name)
    if not 1 < price <= ODDS_MAX:
        raise BadNumber(f"{name} must be decimal odds above 1, at most {ODDS_MAX}.")
    return price


def share(value: object, name: str) -> Fraction:
    """A probability or a part of the bankroll: 0 to 1. Raises `BadNumber`."""
    part = exact(value, name)
    if not 0 <= part <= 1:
        raise BadNumber(f"{name} must be from 0 to 1.")
    return part


def money(value: object, name: str) -> Fraction:
    """An amount from 0 to `MONEY_MAX`, a decimal or a whole number: money is no float. Raises `BadNumber`."""
    if isinstance(value, float):
        raise BadNumber(f"{name} must be a decimal or a whole number.")
    amount = exact(value, name)
    if not 0 <= amount <= MONEY_MAX:
        raise BadNumber(f"{name} must be from 0 to {MONEY_MAX}.")
    return amount


def step(value: object, name: str = "step") -> Decimal:
    """The smallest amount that can be wagered or paid, above 0, such as Decimal("0.01"). Raises `BadNumber`."""
    if not isinstance(value, Decimal):
        raise BadNumber(f'{name} must be a decimal, such as Decimal("0.01").')
    if money(value, name) < STEP_MIN:
        raise BadNumber(f"{name} must be at least 0.000000000000000001.")
    return value


def steps_in(amount: Fraction, unit: Decimal) -> int:
    """How many whole steps fit into an amount: rounds down, below 0 too."""
    return math.floor(amount / Fraction(unit))


def times(steps: int, unit: Decimal) -> Decimal:
    """That many steps as money, exactly and with the step's decimals."""
    with localcontext(prec=2 * DIGITS_MAX + 20):
        return steps * unit


def minus(left: Decimal, right: Decimal) -> Decimal:
    """The difference of two amounts, exactly."""
    with localcontext(prec=2 * DIGITS_MAX + 20):
        return left - right


def split(total: Fraction, parts: Sequence[Fraction], unit: Decimal) -> list[int]:
    """Whole steps for each part, by largest remainder: together they are the total rounded down to the step.

    Each differs from its exact part by less than one step. Equal remainders go to the earlier part.
    """
    whole = sum(parts)
    exactly = [total * part / whole / Fraction(unit) for part in parts]
    steps = [math.floor(each) for each in exactly]
    left = steps_in(total, unit) - sum(steps)
    by_remainder = sorted(range(len(parts)), key=lambda i: steps[i] - exactly[i])
    for i in by_remainder[:left]:
        steps[i] += 1
    return steps
