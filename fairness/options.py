"""Reading a game's options, which come as text from a command line and as JSON values from an API."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice

from fairness.errors import InvalidInput

Params = Mapping[str, object]  # option name → text, number, boolean or list

_TEXT_MAX = 100  # characters of an option; longer ones are no option of any game
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


def check_names(given: Params, allowed: Collection[str]) -> None:
    """Refuse an option that the game does not have: a misspelt one would change the outcome without a word."""
    for name in given:
        if name not in allowed:
            known = f"; it has {', '.join(sorted(allowed))}" if allowed else ""
            raise InvalidInput(str(name)[:_TEXT_MAX], f"is not an option of this game{known}")


def choice(given: Params, name: str, choices: Collection[str], *, default: str | None = None) -> str:
    """The option as one of a few words."""
    value = given.get(name, default)
    if not isinstance(value, str) or value not in choices:
        raise InvalidInput(name, f"must be one of {', '.join(choices)}" if value is not None else "is missing")
    return value


def whole(given: Params, name: str, *, low: int, high: int, default: int | None = None) -> int:
    """The option as a whole number within bounds, both inclusive."""
    value = given.get(name, default)
    if value is None:
        raise InvalidInput(name, "is missing")
    return _whole(name, value, low=low, high=high)


def _whole(name: str, value: object, *, low: int, high: int) -> int:
    if isinstance(value, str) and value.strip().isdecimal() and value.isascii() and len(value) <= _TEXT_MAX:
        value = int(value)
    elif isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value) if value.adjusted() < _TEXT_MAX else high + 1
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(name, "must be a whole number")
    if not low <= value <= high:
        raise InvalidInput(name, f"must be from {low} to {high}")
    return value


def positions(given: Params, name: str, *, low: int, high: int, most: int) -> tuple[int, ...] | None:
    """The option as different whole numbers, a list or text with commas; None when it is not given."""
    items = _items(given, name, most=most, of="whole numbers")
    if items is None:
        return None
    found = tuple(_whole(name, item, low=low, high=high) for item in items)
    if len(set(found)) < len(found):
        raise InvalidInput(name, "must not name one twice")
    return found


def numbers_in_order(given: Params, name: str, *, low: int, high: int, most: int) -> tuple[int, ...] | None:
    """The option as 1 to `most` whole numbers that may repeat, as a path does; None when it is not given."""
    items = _items(given, name, most=most, of="whole numbers", least=1)
    return None if items is None else tuple(_whole(name, item, low=low, high=high) for item in items)


def words_in_order(given: Params, name: str, choices: Collection[str], *, most: int) -> tuple[str, ...] | None:
    """The option as 1 to `most` of a few words that may repeat; None when it is not given."""
    items = _items(given, name, most=most, of="words", least=1)
    if items is None:
        return None
    words = tuple(item.strip() if isinstance(item, str) else "" for item in items)
    if not set(words) <= set(choices):
        raise InvalidInput(name, f"may hold only {', '.join(choices)}")
    return words


def _items(given: Params, name: str, *, most: int, of: str, least: int = 0) -> tuple[object, ...] | None:
    """The entries of a list, or of text with commas; None when the option is not given."""
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        value = value.split(",", most) if value else []
    if not isinstance(value, Iterable) or isinstance(value, Mapping | bytes):
        raise InvalidInput(name, f"must be a list of {of}")
    # One more than allowed shows that there are too many, however long the list is.
    found = tuple(islice(value, most + 1))
    if len(found) > most:
        raise InvalidInput(name, f"may hold {most} at most")
    if len(found) < least:
        raise InvalidInput(name, "must not be empty")
    return found


def number(given: Params, name: str, *, low: Decimal, high: Decimal) -> Decimal | None:
    """The option as an exact number within bounds, both inclusive; None when it is not given."""
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
        raise InvalidInput(name, "must be a number")
    text = repr(value) if isinstance(value, float) else str(value)
    try:
        found = Decimal(text) if len(text) <= _TEXT_MAX else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise InvalidInput(name, "must be a number")
    if not low <= found <= high:
        raise InvalidInput(name, f"must be from {low} to {high}")
    return found


def yes(given: Params, name: str, *, default: bool = False) -> bool:
    """The option as yes or no."""
    value = given.get(name, default)
    if isinstance(value, str):
        value = True if value.lower() in _TRUE else False if value.lower() in _FALSE else value
    if not isinstance(value, bool):
        raise InvalidInput(name, "must be true or false")
    return value
