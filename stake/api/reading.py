"""How the bodies of these addresses are read: every field by name, a sentence for each that is wrong."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.http import Invalid
from streams import wire
from streams.api.common import text_of

CURRENCY_MAX = 10


def id_of(body: dict[str, Any], name: str) -> UUID:
    """A UUID that must be there."""
    value = body.get(name)
    if value is None:
        raise Invalid({name: "is required."})
    try:
        return UUID(value) if isinstance(value, str) else _fail()
    except ValueError as error:
        raise Invalid({name: "must be a UUID."}) from error


def optional_id_of(body: dict[str, Any], name: str) -> UUID | None:
    """A UUID, or None where it is null or left out."""
    return None if body.get(name) is None else id_of(body, name)


def _fail() -> UUID:
    raise ValueError


def currency_of(body: dict[str, Any], name: str = "currency") -> str:
    """A short lower-case word such as btc."""
    text = text_of(body, name, longest=CURRENCY_MAX, shortest=1).lower()
    if not (text.isascii() and text.isalnum()):
        raise Invalid({name: "must be a short word such as btc."})
    return text


def amount_of(body: dict[str, Any], name: str = "amount") -> Decimal:
    """An exact amount of 0 or more."""
    if body.get(name) is None:
        raise Invalid({name: "is required."})
    amount = optional_amount_of(body, name)
    assert amount is not None
    return amount


def optional_amount_of(body: dict[str, Any], name: str) -> Decimal | None:
    """An exact amount of 0 or more, or None."""
    value = body.get(name)
    if value is None:
        return None
    try:
        return wire.check_number(value)
    except ValueError as error:
        raise Invalid({name: str(error)}) from error


def optional_whole_of(body: dict[str, Any], name: str, *, most: int) -> int | None:
    """A whole number from 0 to `most`, or None."""
    value = body.get(name)
    if value is None:
        return None
    try:
        number = wire.check_whole(value)
    except ValueError as error:
        raise Invalid({name: str(error)}) from error
    if number > most:
        raise Invalid({name: f"must be at most {most}."})
    return number


def flag_of(body: dict[str, Any], name: str, *, default: bool = False) -> bool:
    """true or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise Invalid({name: "must be true or false."})
    return value


def moment_of(body: dict[str, Any], name: str) -> datetime:
    """An ISO 8601 time; one without a zone is UTC."""
    moment = wire.parse_moment(body.get(name))
    if moment is None:
        raise Invalid({name: "must be an ISO 8601 time such as 2026-11-21T12:00:00Z."})
    return moment


def optional_moment_of(body: dict[str, Any], name: str) -> datetime | None:
    """An ISO 8601 time, or None."""
    return None if body.get(name) is None else moment_of(body, name)


def optional_text(body: dict[str, Any], name: str, *, longest: int) -> str | None:
    """Text, or None where it is null or left out."""
    return None if body.get(name) is None else text_of(body, name, longest=longest)


def object_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    """A JSON object; none is an empty one."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid({name: "must be a JSON object."})
    return value
