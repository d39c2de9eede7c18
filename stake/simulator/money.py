"""Play money: which currencies there are, the least that can be wagered, and how amounts are kept.

Every currency is kept to eight decimals, as exact decimals. What is finer is cut off, never rounded up: so a payout is
never more than multiplier times wager. Which decimals the venue keeps of its fiat currencies no source tells.
"""

from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from typing import Any, Final

PLACES: Final = 8
UNIT: Final = Decimal(1).scaleb(-PLACES)
AMOUNT_MAX: Final = Decimal(10) ** 12  # of one request; far above any balance that is given out

# More digits than any sum of amounts here can have, so that nothing is ever rounded by accident.
EXACT: Final = Context(prec=80)

# The least wager above zero. These are the simulator's own: the venue has such limits, and tells them nowhere.
LEAST_WAGER: Final[dict[str, Decimal]] = {
    "btc": Decimal("0.00000001"),
    "eth": Decimal("0.0000001"),
    "ltc": Decimal("0.000001"),
    "doge": Decimal("0.001"),
    "bch": Decimal("0.000001"),
    "xrp": Decimal("0.0001"),
    "trx": Decimal("0.001"),
    "eos": Decimal("0.001"),
    "usdt": Decimal("0.0001"),
    "usdc": Decimal("0.0001"),
    "usd": Decimal("0.01"),
    "inr": Decimal("1"),
    "cad": Decimal("0.01"),
}
CURRENCIES: Final = tuple(LEAST_WAGER)

# What a new account is given when nothing else is asked for.
PLAY_MONEY: Final[dict[str, Decimal]] = {
    "btc": Decimal("0.5"),
    "eth": Decimal("10"),
    "ltc": Decimal("100"),
    "doge": Decimal("50000"),
    "usdt": Decimal("10000"),
    "usdc": Decimal("10000"),
    "usd": Decimal("10000"),
}


def cut(amount: Decimal) -> Decimal:
    """The amount with eight decimals, what is finer cut off."""
    return amount.quantize(UNIT, rounding=ROUND_DOWN, context=EXACT)


def times(amount: Decimal, multiplier: Fraction) -> Fraction:
    """The exact product; `cut_fraction` makes money of it."""
    return Fraction(amount) * multiplier


def cut_fraction(value: Fraction) -> Decimal:
    """A value of zero or more as an amount with eight decimals, what is finer cut off."""
    units = value * 10**PLACES
    return Decimal(units.numerator // units.denominator).scaleb(-PLACES, context=EXACT)


def add(*amounts: Decimal) -> Decimal:
    """The exact sum."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def read_amount(value: Any) -> Decimal | None:
    """An amount of a request, cut to eight decimals; None for what is no amount: negative, endless or too large."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value) if isinstance(value, int) and abs(value) <= AMOUNT_MAX else value
    if not isinstance(amount, Decimal) or not amount.is_finite() or not 0 <= amount <= AMOUNT_MAX:
        return None
    return cut(amount)


def number(value: Decimal | Fraction | float) -> float | int:
    """A number as the venue's JSON has it: the shortest text of its double, without a point where it is whole."""
    double = float(value)
    return int(double) if double.is_integer() and abs(double) < 2**53 else double
