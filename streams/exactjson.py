"""JSON in and out without losing a digit: numbers are read into `Decimal` and written from it, never through a float.

The standard library reads this way when asked; it cannot write a `Decimal`, so the writer is ours.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring_ascii as quoted
from typing import Any
from uuid import UUID

# Numbers nobody reads are kept with their digits, up to this many before or after the point.
NUMBER_DIGITS_MAX = 400


class NotJson(ValueError):
    """The text is not JSON as we take it; the message is a sentence for people."""


def _number(text: str) -> Decimal:
    """The number as sent; one beyond what `Decimal` can hold becomes Infinity, for the field's own check to refuse."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


# Made once: the standard library's `loads` would build a decoder for every text.
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=Decimal)
_CAREFUL_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=Decimal)


def loads(text: str | bytes) -> Any:
    """Parse JSON; numbers with a point or exponent become `Decimal` with the digits as sent.

    NaN and Infinity, which are not JSON but which some programs send, become the `Decimal` of that name, so that
    whoever reads the field can refuse it by name. Raises `NotJson` for anything else that is not one JSON value:
    whole numbers beyond 4,300 digits, nesting too deep to be meant, text that is not UTF-8. Of a name that comes twice
    in one object the last value counts, as in JavaScript.
    """
    try:
        if isinstance(text, bytes):
            # Left to itself, the library would guess UTF-16 and UTF-32 too, and take halves of characters.
            text = text.decode("utf-8-sig")
        try:
            return _DECODER.decode(text)
        except InvalidOperation:
            return _CAREFUL_DECODER.decode(text)
    except (RecursionError, ValueError) as error:
        raise _not_json(error) from error


def parse_at(text: str, start: int) -> tuple[Any, int]:
    """The JSON value that begins at `start`, and where it ends; more may follow it. Raises `NotJson`."""
    try:
        try:
            return _DECODER.raw_decode(text, start)
        except InvalidOperation:
            return _CAREFUL_DECODER.raw_decode(text, start)
    except (RecursionError, ValueError) as error:
        raise _not_json(error) from error


def _not_json(error: Exception) -> NotJson:
    match error:
        case RecursionError():
            return NotJson("The JSON is nested too deeply.")
        case UnicodeDecodeError():
            return NotJson("The body is not valid UTF-8.")
        case json.JSONDecodeError():
            return NotJson(f"The body is not valid JSON: {error.msg} at line {error.lineno} column {error.colno}.")
    return NotJson("The JSON holds a number with too many digits.")


def unstorable(value: Any, *, depth: int = 32) -> str | None:
    """Why a parsed JSON value cannot be kept and given back exactly, as the end of a sentence; None when it can."""
    if depth == 0:
        return "is nested too deeply."
    if isinstance(value, str):
        return _unstorable_text(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            return "holds a number that is not finite."
        return "holds a number out of range." if abs(value.adjusted()) > NUMBER_DIGITS_MAX else None
    if isinstance(value, dict):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list):
        parts = value
    else:
        return None
    return next((reason for part in parts if (reason := unstorable(part, depth=depth - 1))), None)


def _unstorable_text(text: str) -> str | None:
    if "\0" in text:
        return "holds a NUL character."
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "holds half a character (an unpaired surrogate)."
    return None


def plain(value: Decimal) -> str:
    """The exact digits of a finite number: no exponent, no trailing zeros (0.10 → "0.1", 1E+3 → "1000", -0 → "0")."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def utc_text(moment: datetime) -> str:
    """An aware moment as ISO 8601 in UTC with a Z, microseconds only where there are any."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat().removesuffix("+00:00") + "Z"


def _text(value: str) -> str:
    return quoted(value)


def _mapping(value: dict[str, Any]) -> str:
    return "{" + ",".join([f"{quoted(key)}:{_WRITERS[type(item)](item)}" for key, item in value.items()]) + "}"


def _sequence(value: list[Any] | tuple[Any, ...]) -> str:
    return "[" + ",".join([_WRITERS[type(item)](item) for item in value]) + "]"


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _text,
    int: int.__repr__,
    Decimal: plain,
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    dict: _mapping,
    list: _sequence,
    tuple: _sequence,
    datetime: lambda value: f'"{utc_text(value)}"',
    UUID: lambda value: f'"{value}"',
}


def dumps(value: Any) -> str:
    """JSON text of dicts, lists, text, whole numbers, `Decimal`, aware datetimes, UUIDs, booleans and None.

    Raises `TypeError` for anything else; a float in particular, which nothing here should hold.
    """
    try:
        return _WRITERS[type(value)](value)
    except KeyError as error:
        # A type without a writer, here or further in: nothing else is looked up while writing.
        raise TypeError(f"{error.args[0].__name__} has no exact JSON form") from None


class Encoder(json.JSONEncoder):
    """Lets a `JSONField` write as `dumps` does."""

    def encode(self, o: Any) -> str:
        return dumps(o)


class Decoder(json.JSONDecoder):
    """Lets a `JSONField` read numbers as `loads` does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": _number})
