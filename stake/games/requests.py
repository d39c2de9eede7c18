"""An order as the venue takes it: the path and body of REST, or the document and variables of GraphQL. Pure.

Numbers stay `Decimal` or int; `streams.exactjson.dumps` writes them with their very digits, so nothing we send was ever
a float. Sources of each shape: part A4 of the specification.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.games import baccarat, roulette
from stake.operations import Operation, Selection, bet_operation
from stake.values import Order

REST_PREFIX: Final = "/_api/casino/"
SHARE_DECIMALS: Final = 8  # of one chip, where an amount is spread over several

_CURRENCY: Final = {"currency": "CurrencyEnum!"}
_MONEY: Final = {"amount": "Float!", **_CURRENCY}
_LAST: Final = {"identifier": "String!"}


@dataclass(frozen=True, slots=True)
class _Wire:
    """How a game is placed; `types` are its GraphQL variables, None where no source has its document."""

    path: str
    field: str  # of the answer, in REST and GraphQL alike
    name: str = ""
    types: Mapping[str, str] | None = None


def _chips(kind: str) -> str:
    return f"[RouletteBet{kind}Input!]"


_WIRE: Final[Mapping[str, _Wire]] = {
    "limbo": _Wire("limbo/bet", "limboBet", "LimboBet", {**_MONEY, "multiplierTarget": "Float!", **_LAST}),
    "dice": _Wire(
        *("dice/roll", "diceRoll", "DiceRoll"),
        {**_MONEY, "target": "Float!", "condition": "CasinoGameDiceConditionEnum!", **_LAST},
    ),
    "pump": _Wire(
        *("pump/bet", "pumpBet", "PumpBet"),
        {**_MONEY, "difficulty": "CasinoGamePumpDifficultyEnum!", "round": "Int!", **_LAST},
    ),
    "keno": _Wire(
        *("keno/bet", "kenoBet", "KenoBet"),
        {**_MONEY, "numbers": "[Int!]!", "risk": "CasinoGameKenoRiskEnum", **_LAST},
    ),
    "plinko": _Wire(
        *("plinko/bet", "plinkoBet", "PlinkoBet"),
        {**_MONEY, "risk": "CasinoGamePlinkoRiskEnum!", "rows": "Int!", **_LAST},
    ),
    "wheel": _Wire(
        *("wheel/spin", "wheelSpin", "WheelSpin"),
        {**_MONEY, "risk": "CasinoGameWheelRiskEnum!", "segments": "Int!", **_LAST},
    ),
    "diamonds": _Wire("diamonds/bet", "diamondsBet", "DiamondsBet", {**_MONEY, **_LAST}),
    "cases": _Wire("cases/bet", "casesBet", "CasesBet", {**_MONEY, "difficulty": "CasesDifficultyEnum!", **_LAST}),
    "bars": _Wire("bars/bet", "barsBet"),
    "darts": _Wire("darts/bet", "dartsBet"),
    "snakes": _Wire("snakes/bet", "snakesBet"),
    "chicken": _Wire("chicken/bet", "chickenBet"),
    "tarot": _Wire("tarot/bet", "tarotBet"),
    "drill": _Wire("drill/bet", "drillBet"),
    "packs": _Wire("packs/bet", "packsBet"),
    "baccarat": _Wire(
        *("baccarat/bet", "baccaratBet", "BaccaratBet"),
        {**_CURRENCY, "tie": "Float!", "player": "Float!", "banker": "Float!", **_LAST},
    ),
    "roulette": _Wire(
        *("roulette/bet", "rouletteBet", "RouletteBet"),
        {
            **_CURRENCY,
            "colors": _chips("Colors"),
            "numbers": _chips("Numbers"),
            "parities": _chips("Parities"),
            "ranges": _chips("Ranges"),
            "rows": _chips("Rows"),
            **_LAST,
        },
    ),
    "dragon_tower": _Wire(
        *("dragon-tower/bet", "dragonTowerBet", "DragonTowerBet"),
        {**_MONEY, "difficulty": "DragonTowerDifficultyEnum!", "eggs": "[Int!]!", **_LAST},
    ),
}

# Our option → the venue's argument, where the value is the same and the name is not.
_RENAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "limbo": {"target": "multiplierTarget"},
    "pump": {"pumps": "round"},
    "chicken": {"lanes": "round"},
    "snakes": {"rolls": "rollCount"},
    "dragon_tower": {"picks": "eggs"},
}

# Our bet on the wheel → the list it belongs to, and its name there.
OUTSIDE_BETS: Final[Mapping[str, tuple[str, str]]] = {
    "red": ("colors", "colorRed"),
    "black": ("colors", "colorBlack"),
    "even": ("parities", "parityEven"),
    "odd": ("parities", "parityOdd"),
    "dozen_1_12": ("ranges", "range0112"),
    "dozen_13_24": ("ranges", "range1324"),
    "dozen_25_36": ("ranges", "range2536"),
    "half_1_18": ("ranges", "range0118"),
    "half_19_36": ("ranges", "range1936"),
}
CHIP_LISTS: Final = ("numbers", "colors", "parities", "ranges", "rows")

_DIGITS: Final = Context(prec=60)


@dataclass(frozen=True, slots=True)
class GraphqlRequest:
    """A bet as GraphQL takes it."""

    operation: Operation
    variables: dict[str, Any]


def rest_request(order: Order, identifier: str) -> tuple[str, dict[str, Any]]:
    """The path and body of a checked order. Raises `InvalidInput` for an amount that its chips cannot share."""
    return REST_PREFIX + _WIRE[order.game].path, _arguments(order, identifier)


def rest_field(game: str) -> str:
    """The key under which REST answers with the bet."""
    return _WIRE[game].field


def graphql_request(order: Order, identifier: str, selection: Selection) -> GraphqlRequest | None:
    """The mutation of a checked order; None for a game that only REST is known to take. Raises `InvalidInput`."""
    wire = _WIRE[order.game]
    if wire.types is None:
        return None
    operation = bet_operation(name=wire.name, field=wire.field, game=order.game, types=wire.types, selection=selection)
    return GraphqlRequest(operation, _arguments(order, identifier))


def _arguments(order: Order, identifier: str) -> dict[str, Any]:
    """What REST has in its body and GraphQL in its variables."""
    shared = {"currency": order.currency, "identifier": identifier}
    match order.game:
        case "baccarat":
            return {**_baccarat(order), **shared}
        case "roulette":
            return {**_roulette(order), **shared}
        case "keno":
            # The screen counts from 1, the wire from 0.
            given = {"risk": order.options["risk"], "numbers": [number - 1 for number in order.options["picks"]]}
        case "bars":
            given = {"difficulty": order.options["difficulty"], "tiles": order.options["picks"]}
        case _:
            names = _RENAMED.get(order.game, {})
            given = {names.get(name, name): value for name, value in order.options.items()}
    return {"amount": order.amount, **given, **shared}


def _baccarat(order: Order) -> dict[str, Any]:
    return {on: order.amount if on == order.options["on"] else Decimal(0) for on in baccarat.BETS}


def _roulette(order: Order) -> dict[str, Any]:
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in CHIP_LISTS}
    bet = order.options["bet"]
    if bet == roulette.NUMBER:
        share = _share(order.amount, len(order.options["numbers"]))
        lists["numbers"] = [{"value": f"number{number}", "amount": share} for number in order.options["numbers"]]
    else:
        name, value = OUTSIDE_BETS[bet]
        lists[name] = [{"value": value, "amount": order.amount}]
    return lists


def _share(amount: Decimal, chips: int) -> Decimal:
    """The amount of one chip. What was asked is what is sent, so an amount that leaves a rest is refused."""
    if chips == 1:
        return amount
    share = _DIGITS.divide(amount, Decimal(chips)).quantize(
        Decimal(1).scaleb(-SHARE_DECIMALS), rounding=ROUND_DOWN, context=_DIGITS
    )
    if _DIGITS.multiply(share, Decimal(chips)) != amount:
        raise InvalidInput("amount", f"must split evenly over {chips} numbers, to {SHARE_DECIMALS} decimals")
    return share.normalize(_DIGITS)
