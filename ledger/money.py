"""Amounts as whole numbers of a currency's smallest unit, and how people and programs write them. Pure.

An amount is an integer of 64 bits in the database, and so is a balance. One operation moves at most `AMOUNT_MAX`; what
would leave a wallet, the house or the world with more than `BALANCE_MAX`, or owing more, is refused.
"""

import re
from dataclasses import dataclass
from typing import Final

AMOUNT_MAX: Final = 10**17  # of one operation, in minor units: 100 million of a currency with 9 decimals
BALANCE_MAX: Final = 2**63 - 1  # of a wallet
SCALE_MAX: Final = 12

_DECIMAL: Final = re.compile(r"([0-9]{1,19})(?:\.([0-9]{1,18}))?", re.ASCII)
_CODE: Final = re.compile(r"[A-Z][A-Z0-9]{1,9}", re.ASCII)


class BadAmount(ValueError):
    """The text is no amount of this currency; the message completes "<field> …"."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of the ledger: how many decimals its amounts have, and what one operation may move.

    `least` and `most` are minor units; `most` 0 is no limit but `AMOUNT_MAX`.
    """

    code: str
    scale: int
    least: int = 1
    most: int = 0

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError("A currency's code is 2 to 10 capital letters and digits.")
        if not 0 <= self.scale <= SCALE_MAX:
            raise ValueError(f"A currency has 0 to {SCALE_MAX} decimals.")
        if not 1 <= self.least <= (self.most or AMOUNT_MAX) <= AMOUNT_MAX:
            raise ValueError("A currency's least amount is above 0 and not above its most.")


def parse(text: object, currency: Currency) -> int:
    """Minor units of a decimal text such as "1.50", exactly; more decimals than the currency has are refused.

    Only text is taken: a JSON number has been through a float somewhere. Raises `BadAmount`.
    """
    if not isinstance(text, str):
        raise BadAmount('must be a decimal in quotes, such as "1.50".')
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise BadAmount("must be a decimal of 0 or more, such as 1.50.")
    whole, decimals = match[1], match[2] or ""
    if len(decimals.rstrip("0")) > currency.scale:
        raise BadAmount(f"may have {currency.scale} decimals in {currency.code}.")
    minor = int(whole + decimals[: currency.scale].ljust(currency.scale, "0"))
    if minor > AMOUNT_MAX:
        raise BadAmount("is larger than one operation may move.")
    return minor


def show(minor: int, currency: Currency) -> str:
    """The decimal text of minor units, with all the currency's decimals: 150 with scale 2 is "1.50"."""
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(currency.scale + 1, "0")
    if currency.scale == 0:
        return sign + digits
    return f"{sign}{digits[: -currency.scale]}.{digits[-currency.scale :]}"
