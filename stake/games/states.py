"""The options of a bet, read back from what the venue tells of its round; and whether they are those of an order. Pure.

A state is the venue's text: nothing of it is taken for granted, and what is not of its kind counts as not told.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from fairness.games import baccarat, roulette
from stake.games.requests import CHIP_LISTS, OUTSIDE_BETS
from stake.values import Order, VenueBet

# A number goes to the venue with its digits and comes back through a double, which holds fifteen of them.
DOUBLE_TOLERANCE: Final = Decimal("1e-12")

State = Mapping[str, Any]

_OUTSIDE_NAMES: Final = {place: bet for bet, place in OUTSIDE_BETS.items()}


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value) if not isinstance(value, int) or abs(value) < 10**18 else None
    return number if number is not None and number.is_finite() else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    if number is None or abs(number) >= 10**18 or number != int(number):
        return None
    return int(number)


def _word(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) else None


def _wholes(value: Any) -> list[int] | None:
    if not isinstance(value, list) or not value:
        return None
    numbers = [_whole(item) for item in value]
    return None if None in numbers else [number for number in numbers if number is not None]


def _from_one(value: Any) -> list[int] | None:
    numbers = _wholes(value)
    return None if numbers is None else [number + 1 for number in numbers]


# Game → our option, the venue's name of it, how it is read.
_DIFFICULTY: Final = ("difficulty", "difficulty", _word)
_TOLD: Final[Mapping[str, tuple[tuple[str, str, Callable[[Any], Any]], ...]]] = {
    "limbo": (("target", "multiplierTarget", _number),),
    "dice": (("target", "target", _number), ("condition", "condition", _word)),
    "pump": (_DIFFICULTY, ("pumps", "round", _whole)),
    "keno": (("picks", "selectedNumbers", _from_one), ("risk", "risk", _word)),
    "plinko": (("risk", "risk", _word), ("rows", "rows", _whole)),
    "wheel": (("risk", "risk", _word), ("segments", "segments", _whole)),
    "cases": (_DIFFICULTY,),
    "bars": (_DIFFICULTY, ("picks", "tiles", _wholes)),
    "darts": (_DIFFICULTY,),
    "snakes": (_DIFFICULTY, ("rolls", "rollCount", _whole)),
    "chicken": (_DIFFICULTY, ("lanes", "round", _whole)),
    "tarot": (_DIFFICULTY,),
    "drill": (("target", "target", _number), ("pick", "pick", _whole)),
    "dragon_tower": (_DIFFICULTY, ("picks", "tilesSelected", _wholes)),
}


def options_of_state(game: str, state: State) -> dict[str, Any]:
    """The options that a state tells, under our names; what it does not tell is left out."""
    if game == "baccarat":
        return _baccarat(state)
    if game == "roulette":
        return _roulette(state)
    told = {}
    for option, name, read in _TOLD.get(game, ()):
        if (value := read(state.get(name))) is not None:
            told[option] = value
    if game == "bars" and "picks" in told:
        told["tiles"] = len(told["picks"])
    return told


def _baccarat(state: State) -> dict[str, Any]:
    """The side of a bet that lay on one alone."""
    amounts = {side: _number(state.get(side)) for side in baccarat.BETS}
    sides = [side for side, amount in amounts.items() if amount]
    return {"on": sides[0]} if len(sides) == 1 and None not in amounts.values() else {}


def _roulette(state: State) -> dict[str, Any]:
    """The bet of chips that are one bet of ours: a single outside one, or equal ones on numbers."""
    chips = [(name, chip) for name in CHIP_LISTS for chip in _chips_of(state.get(name))]
    names = {name for name, _ in chips}
    if len(chips) == 1 and names != {"numbers"}:
        place = (chips[0][0], str(chips[0][1].get("value")))
        return {"bet": _OUTSIDE_NAMES[place]} if place in _OUTSIDE_NAMES else {}
    amounts = {_number(chip.get("amount")) for _, chip in chips}
    numbers = [_pocket(chip.get("value")) for _, chip in chips]
    if names != {"numbers"} or len(amounts) != 1 or None in numbers or len(set(numbers)) != len(numbers):
        return {}
    return {"bet": roulette.NUMBER, "numbers": numbers}


def _chips_of(value: Any) -> list[Mapping[str, Any]]:
    return [chip for chip in value if isinstance(chip, Mapping)] if isinstance(value, list) else []


def _pocket(value: Any) -> int | None:
    digits = value.removeprefix("number") if isinstance(value, str) else ""
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 2) or int(digits) >= roulette.POCKETS:
        return None
    return int(digits)


def same_options(order: Order, bet: VenueBet) -> bool | None:
    """Whether a bet has the options of a checked order; None where its state does not say enough to tell."""
    if bet.game != order.game:
        return False
    told = options_of_state(bet.game, bet.state)
    answers = [_same(order.game, name, asked, told.get(name)) for name, asked in order.options.items()]
    if False in answers:
        return False
    return None if None in answers else True


def _same(game: str, name: str, asked: Any, told: Any) -> bool | None:
    if told is None:
        return None
    if isinstance(asked, Decimal):
        return abs(asked - told) <= abs(asked) * DOUBLE_TOLERANCE
    if isinstance(asked, list):
        if game != "dragon_tower":
            return sorted(asked) == sorted(told)
        if len(told) < len(asked):
            # It may tell only the rows that were played, up to the one that was lost.
            return None if asked[: len(told)] == told else False
    return bool(asked == told)
