"""Reading options that are lists in which the order counts and one entry may come twice: a path, a row of guesses."""

from collections.abc import Collection, Iterable, Mapping

from fairness.errors import InvalidInput
from fairness.options import Params, whole


def numbers_in_order(given: Params, name: str, *, low: int, high: int, most: int) -> tuple[int, ...] | None:
    """The option as 1 to `most` whole numbers within bounds, a list or text with commas; None when it is not given."""
    items = _items(given, name, most=most, of="whole numbers")
    return None if items is None else tuple(whole({name: item}, name, low=low, high=high) for item in items)


def words_in_order(given: Params, name: str, choices: Collection[str], *, most: int) -> tuple[str, ...] | None:
    """The option as 1 to `most` of a few words, a list or text with commas; None when it is not given."""
    items = _items(given, name, most=most, of="words")
    if items is None:
        return None
    found = []
    for item in items:
        word = item.strip() if isinstance(item, str) else None
        if word is None or word not in choices:
            raise InvalidInput(name, f"may hold only {', '.join(choices)}")
        found.append(word)
    return tuple(found)


def _items(given: Params, name: str, *, most: int, of: str) -> tuple[object, ...] | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        value = value.split(",", most) if value else []
    if not isinstance(value, Iterable) or isinstance(value, Mapping | bytes):
        raise InvalidInput(name, f"must be a list of {of}")
    found: list[object] = []
    for item in value:
        found.append(item)
        if len(found) > most:
            raise InvalidInput(name, f"may hold {most} at most")
    if not found:
        raise InvalidInput(name, "must not be empty")
    return tuple(found)
