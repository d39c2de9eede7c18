"""Options that several commands of markets share, read strictly."""

import re
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import Final

from markets.bodies import EARLIEST, LATEST
from markets.quotes import from_micros

FIRST: Final = from_micros(EARLIEST)
LAST: Final = from_micros(LATEST)
COUNT_MOST: Final = 100_000

_SPORT: Final = re.compile(r"[a-z0-9_]{1,60}")
_EVENT: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")


def sport(text: str) -> str:
    """The provider's key of a sport. Raises `ArgumentTypeError`."""
    if not _SPORT.fullmatch(text):
        raise ArgumentTypeError("a sport's key has small letters, digits and _, such as basketball_nba.")
    return text


def event(text: str) -> str:
    """The provider's id of an event. Raises `ArgumentTypeError`."""
    if not _EVENT.fullmatch(text):
        raise ArgumentTypeError("an event's id has up to 64 letters, digits, - and _.")
    return text


def moment(text: str) -> datetime:
    """A date or moment; without a zone it is of UTC. Raises `ArgumentTypeError`."""
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError("use a date or moment in ISO 8601, such as 2026-08-05T17:00Z.") from None
    if not FIRST <= found <= LAST:
        raise ArgumentTypeError(f"use a moment from {FIRST.year} to {LAST.year}.")
    return found


def whole(text: str) -> int:
    """A whole number from 0 to `COUNT_MOST`. Raises `ArgumentTypeError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) <= COUNT_MOST):
        raise ArgumentTypeError(f"use a whole number from 0 to {COUNT_MOST:,}.")
    return int(text)
