"""Prices as people write them, American, decimal, fractional or a probability, and what a set of them adds up to. Pure.

A price is a `Fraction`: what a stake of 1 returns when it wins, the stake included (decimal odds, exactly). American
-300 is 4/3, which no decimal text holds; so reading is exact in every format, and only showing rounds, where it must.
Every price that was read as American, fractional or a probability is given back exactly in that format, but for the
two spellings of even money (-100 is shown as +100) and fractions, which are shown in lowest terms.
"""

import math
import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from typing import Final

PROFIT_LEAST: Final = Fraction(1, 10**6)  # of a stake of 1: American -100,000,000
PROFIT_MOST: Final = Fraction(10**6)  # American +100,000,000
AMERICAN_MOST: Final = 10**8
PLACES_MOST: Final = 18
OUTCOMES_MOST: Final = 500  # of one market; a golf tournament has 156

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DECIMAL: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,30})?", re.ASCII)
_FRACTIONAL: Final = re.compile(r"([0-9]{1,12})/([0-9]{1,12})", re.ASCII)
_EVEN: Final = frozenset({"EVEN", "EVENS", "EV", "EVS"})


class BadOdds(ValueError):
    """What was given is no price in this format; the message completes "<field> …"."""


class Format(StrEnum):
    """How a price is written."""

    AMERICAN = "american"
    DECIMAL = "decimal"
    FRACTIONAL = "fractional"
    PROBABILITY = "probability"


def read_american(given: object) -> Fraction:
    """The price of American odds, exactly: +150 is 5/2, -120 is 11/6. Raises `BadOdds`.

    Takes an int, its text ("+150", "-120", "EVEN"; a typographic minus is a minus), or a float or `Decimal` that is
    whole. Odds between -100 and +100 do not exist.
    """
    if isinstance(given, str):
        text = given.strip().replace("\N{MINUS SIGN}", "-")
        if text.upper() in _EVEN:
            return Fraction(2)
        if not _WHOLE.fullmatch(text):
            raise BadOdds("must be American odds, such as +150 or -120.")
        whole = int(text)
    elif isinstance(given, int) and not isinstance(given, bool):
        whole = given
    elif isinstance(given, float | Decimal) and _finite(given):
        whole = int(given) if -AMERICAN_MOST <= given <= AMERICAN_MOST else AMERICAN_MOST + 1
        if whole <= AMERICAN_MOST and whole != given:
            raise BadOdds("must be a whole number in American odds.")
    else:
        raise BadOdds("must be American odds, such as +150 or -120.")
    if -100 < whole < 100:
        raise BadOdds("must be -100 or less, or +100 or more, in American odds.")
    if abs(whole) > AMERICAN_MOST:
        raise BadOdds("must be between -100,000,000 and +100,000,000 in American odds.")
    return 1 + (Fraction(whole, 100) if whole > 0 else Fraction(100, -whole))


def read_decimal(given: object) -> Fraction:
    """The price of decimal odds, exactly: "1.91" is 191/100. Raises `BadOdds`.

    Takes text, a `Decimal`, an int or a float. A float is read as the shortest decimal that gives it, which is what
    was written where it came from JSON.
    """
    price = _number(given, "must be decimal odds, such as 1.91.")
    if price <= 1:
        raise BadOdds("must be above 1 in decimal odds.")
    return _within(price)


def read_fractional(given: object) -> Fraction:
    """The price of fractional odds, exactly: "5/2" is 7/2; "EVS" is 2. Raises `BadOdds`."""
    if not isinstance(given, str):
        raise BadOdds("must be fractional odds, such as 5/2.")
    text = given.strip()
    if text.upper() in _EVEN:
        return Fraction(2)
    match = _FRACTIONAL.fullmatch(text)
    if match is None:
        raise BadOdds("must be fractional odds, such as 5/2.")
    won, staked = int(match[1]), int(match[2])
    if won == 0 or staked == 0:
        raise BadOdds("must have no zero in fractional odds.")
    return _within(1 + Fraction(won, staked))


def read_probability(given: object) -> Fraction:
    """The price that breaks even at a probability between 0 and 1, neither included. Raises `BadOdds`."""
    sentence = "must be a probability between 0 and 1, such as 0.52."
    chance = given if isinstance(given, Fraction) else _number(given, sentence)
    if not 0 < chance < 1:
        raise BadOdds(sentence)
    return _within(1 / chance)


def american(price: Fraction) -> int:
    """American odds of a price, to the nearest whole number, a half to the even one; even money is +100."""
    profit = _sound(price) - 1
    return round(100 * profit) if profit >= 1 else round(-100 / profit)


def decimal(price: Fraction, places: int = 4) -> Decimal:
    """Decimal odds of a price with so many places, a half to the even digit; never as low as 1.

    Six places give every American price from -9,999 upwards back unchanged, four those from -999. A price that would
    round to 1 is shown one unit of the last place above it. Raises `ValueError` for places outside 1 to 18.
    """
    if not 1 <= places <= PLACES_MOST:
        raise ValueError(f"Decimal odds have 1 to {PLACES_MOST} places.")
    scaled = max(round(_sound(price) * 10**places), 10**places + 1)
    return Decimal(f"{scaled}E-{places}")  # exact, whatever the caller's context


def fractional(price: Fraction, denominator_most: int | None = None) -> str:
    """Fractional odds in lowest terms, exactly, or the nearest with at most that denominator; never "0/…"."""
    profit = _sound(price) - 1
    if denominator_most is not None:
        if denominator_most < 1:
            raise ValueError("The largest denominator is 1 or more.")
        profit = max(profit.limit_denominator(denominator_most), Fraction(1, denominator_most))
    return f"{profit.numerator}/{profit.denominator}"


def probability(price: Fraction) -> Fraction:
    """The implied probability, margin included, exactly: at what chance of winning a bet breaks even."""
    return 1 / _sound(price)


READ: Final[dict[Format, Callable[[object], Fraction]]] = {
    Format.AMERICAN: read_american,
    Format.DECIMAL: read_decimal,
    Format.FRACTIONAL: read_fractional,
    Format.PROBABILITY: read_probability,
}


def show(price: Fraction, style: Format) -> str:
    """A price as a bettor reads it: "+150", "2.5", "3/2" or "0.4". Four places where it must round."""
    if style is Format.AMERICAN:
        return f"{american(price):+d}"
    if style is Format.FRACTIONAL:
        return fractional(price)
    if style is Format.DECIMAL:
        return _trimmed(f"{decimal(price):f}")
    with localcontext() as context:
        context.prec = 40
        chance = probability(price)
        exact = Decimal(chance.numerator) / Decimal(chance.denominator)
        return _trimmed(f"{exact.quantize(Decimal('0.0001'), rounding=ROUND_HALF_EVEN):f}")


def booksum(prices: Sequence[Fraction]) -> Fraction:
    """The sum of the implied probabilities of a market's outcomes, exactly: 1 is fair, 22/21 is -110 on both sides.

    Raises `BadOdds` for fewer than two outcomes or more than `OUTCOMES_MOST`.
    """
    if len(prices) < 2:
        raise BadOdds("must have two outcomes or more.")
    if len(prices) > OUTCOMES_MOST:
        raise BadOdds(f"must have at most {OUTCOMES_MOST} outcomes.")
    return sum((probability(price) for price in prices), Fraction(0))


def overround(prices: Sequence[Fraction]) -> Fraction:
    """What the implied probabilities add up to beyond 1: 1/21 for -110 on both sides; below 0 for an arbitrage."""
    return booksum(prices) - 1


def hold(prices: Sequence[Fraction]) -> Fraction:
    """The book's share of all stakes when each outcome is to pay the same: 1/22 for -110 on both sides."""
    return 1 - 1 / booksum(prices)


def _number(given: object, sentence: str) -> Fraction:
    """An exact number of text, int, float or Decimal, of a size that is quick to compute with."""
    if isinstance(given, float) and _finite(given):
        given = Decimal(repr(given))
    elif isinstance(given, int) and not isinstance(given, bool) and abs(given) <= 10**18:
        return Fraction(given)
    if isinstance(given, Decimal) and _finite(given) and 0 <= given < 10**18:
        digits = f"{given:f}" if given.adjusted() > -30 else ""  # a tiny exponent would be a huge text
        return _read(_trimmed(digits), sentence)
    if isinstance(given, str):
        return _read(given.strip(), sentence)
    raise BadOdds(sentence)


def _read(text: str, sentence: str) -> Fraction:
    if not _DECIMAL.fullmatch(text):
        raise BadOdds(sentence)
    return Fraction(text)


def _within(price: Fraction) -> Fraction:
    if price - 1 < PROFIT_LEAST:
        raise BadOdds("must win at least a millionth of the stake.")
    if price - 1 > PROFIT_MOST:
        raise BadOdds("must win at most a million times the stake.")
    return price


def _sound(price: Fraction) -> Fraction:
    """The price itself; whoever builds one by hand meets the same limits as what is read."""
    if not isinstance(price, Fraction):
        raise BadOdds("must be a price that was read: a Fraction.")
    if price <= 1:
        raise BadOdds("must be above 1 in decimal odds.")
    return _within(price)


def _finite(given: float | Decimal) -> bool:
    return given.is_finite() if isinstance(given, Decimal) else math.isfinite(given)


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").removesuffix(".") if "." in digits else digits
