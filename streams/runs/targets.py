"""Targets as the table keeps them, as answers name them and as people write them. Pure.

What a target counts is `fairness`'s business: `Target.bounds`.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from fairness.scanning.plan import OPS, TARGETS_MAX, Op, Target
from streams import exactjson


def stored(target: Target) -> dict[str, Any]:
    """As the table keeps it."""
    return {"op": target.op, "value": target.value, "upper": target.upper}


def restored(kept: Mapping[str, Any]) -> Target:
    """The target that `stored` made."""
    upper = kept["upper"]
    # A whole number comes back from JSON as an int.
    return Target(kept["op"], Decimal(kept["value"]), None if upper is None else Decimal(upper))


def ordered(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Each target once, by operator and value."""
    return tuple(sorted(set(targets), key=lambda each: (OPS.index(each.op), each.value, each.upper or Decimal(0))))


def key(target: Target) -> str:
    """Its name in an answer: the number alone for equality, as the earlier servers named it; else `ge 34.68`."""
    numbers = [exactjson.plain(number) for number in (target.value, target.upper) if number is not None]
    return numbers[0] if target.op == "eq" else " ".join((target.op, *numbers))


_SIGNS: Final[Mapping[Op, str]] = {"eq": "", "ge": "≥ ", "le": "≤ "}


def label(target: Target) -> str:
    """How people write it: 1,066.73, ≥ 34.68, 2 to 3."""
    numbers = [_apart(number) for number in (target.value, target.upper) if number is not None]
    return " to ".join(numbers) if len(numbers) == 2 else _SIGNS[target.op] + numbers[0]


def _apart(number: Decimal) -> str:
    whole, point, decimals = exactjson.plain(number).partition(".")
    return f"{int(whole):,}{point}{decimals}"


def typed(targets: Iterable[Target]) -> str:
    """The targets, one a line, as `read_typed` reads them."""
    return "\n".join(label(target).replace(",", "") for target in targets)


_TYPED: Final = re.compile(r"(?P<sign>>=|≥|<=|≤|=|)\s*(?P<value>[0-9.]+)\s*[x×]?")  # noqa: RUF001
_BETWEEN: Final = re.compile(r"(?P<value>[0-9.]+)\s*(?:-|–|to|\.\.)\s*(?P<upper>[0-9.]+)")  # noqa: RUF001
_OPS: Final[Mapping[str, Op]] = {"": "eq", "=": "eq", ">=": "ge", "≥": "ge", "<=": "le", "≤": "le"}
_LINE_MAX: Final = 100


def read_typed(text: str) -> list[dict[str, object]]:
    """Targets as people type them, one a line or separated by commas, in the form of the API.

    1066.73, >= 34.68, <= 2, 2 to 3. Raises `ValueError` with a sentence that quotes what is not understood.
    """
    parts = [part.strip() for part in re.split(r"[\n,;]", text) if part.strip()]
    if len(parts) > TARGETS_MAX:
        raise ValueError(f"Name {TARGETS_MAX} targets at most.")
    return [_read_one(part) for part in parts]


def _read_one(part: str) -> dict[str, object]:
    if len(part) <= _LINE_MAX:
        if found := _BETWEEN.fullmatch(part):
            return {"op": "between", "value": found["value"], "upper": found["upper"]}
        if found := _TYPED.fullmatch(part):
            return {"op": _OPS[found["sign"]], "value": found["value"]}
    raise ValueError(f"“{part[:40]}” is no target. Write 1066.73, >= 34.68, <= 2 or 2 to 3.")
