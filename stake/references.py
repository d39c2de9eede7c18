"""The id of a bet as people have it: a number from the venue's page, a UUID, or a link. Pure."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from fairness.errors import InvalidInput

_LONGEST: Final = 500  # characters of a link
_HOUSE: Final = re.compile(r"(house|casino)\s*:\s*([0-9][0-9,.'\s]{0,40})", re.IGNORECASE)
_WRONG: Final = "must be a bet's number, as in house:123,456,789, its UUID, or the venue's link to it"


@dataclass(frozen=True, slots=True)
class BetReference:
    """One of the two ids that a bet can be looked up by."""

    iid: str | None = None  # house:123456789
    bet_id: str | None = None  # the UUID


def read_reference(text: str) -> BetReference:
    """The id in any form it is shown in. Raises `InvalidInput`."""
    text = text.strip()
    if len(text) > _LONGEST:
        raise InvalidInput("id", _WRONG)
    if any(sign in text for sign in ("://", "betId=", "iid=")):
        text = _from_link(text)
    if house := _HOUSE.fullmatch(text):
        return BetReference(iid=f"{house[1].lower()}:{re.sub(r'[^0-9]', '', house[2])}")
    try:
        return BetReference(bet_id=str(UUID(text)))
    except ValueError:
        raise InvalidInput("id", _WRONG) from None


def _from_link(text: str) -> str:
    """What `iid` or `betId` is in a link such as https://stake.com/?iid=house:123&modal=bet; empty without either."""
    try:
        asked = parse_qs(urlsplit(text).query)
    except ValueError:
        return ""
    return (asked.get("iid") or asked.get("betId") or [""])[0].strip()
