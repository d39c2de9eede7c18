"""The types of the venue's GraphQL that its clients use, and how the values of a request are read. Pure."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from stake.simulator.games import BY_SLUG
from stake.simulator.graphql import QueryRefused, Word
from stake.simulator.money import CURRENCIES
from stake.simulator.selecting import Schema, base

LIST_MAX: Final = 100
TEXT_MAX: Final = 1000
INT_MAX: Final = 2**31 - 1

_STATES: Final[dict[str, dict[str, str]]] = {
    "CasinoGameLimbo": {"result": "Float!", "multiplierTarget": "Float!"},
    "CasinoGameDice": {"result": "Float!", "target": "Float!", "condition": "CasinoGameDiceConditionEnum!"},
    "CasinoGamePump": {
        "difficulty": "CasinoGamePumpDifficultyEnum!",
        "payoutMultiplier": "Float!",
        "round": "Int!",
    },
    "CasinoGameKeno": {
        "drawnNumbers": "[Int!]!",
        "selectedNumbers": "[Int!]!",
        "risk": "CasinoGameKenoRiskEnum!",
    },
    "CasinoGamePlinko": {
        "risk": "CasinoGamePlinkoRiskEnum!",
        "rows": "Int!",
        "point": "Float!",
        "path": "[String!]!",
    },
    "CasinoGameWheel": {"result": "Int!", "segments": "Int!", "risk": "CasinoGameWheelRiskEnum!"},
    "CasinoGameDiamonds": {"hand": "[String!]!"},
    "CasinoGameCases": {"difficulty": "CasesDifficultyEnum!"},
    "CasinoGameBars": {"difficulty": "BarsDifficultyEnum!", "tiles": "[Int!]!"},
    "CasinoGameDarts": {"difficulty": "DartsDifficultyEnum!"},
    "CasinoGameSnakes": {"difficulty": "SnakesDifficultyEnum!", "rollCount": "Int!", "rounds": "JSON!"},
    "CasinoGameChicken": {"difficulty": "ChickenDifficultyEnum!", "payoutMultiplier": "Float!", "round": "Int!"},
    "CasinoGameTarot": {"difficulty": "TarotDifficultyEnum!"},
    "CasinoGameDrill": {"target": "Float!", "pick": "Int!", "drillResults": "[DrillResult!]!"},
    "CasinoGamePacks": {"cards": "[PackCard!]!", "cardsCollected": "Int!"},
    "CasinoGameBaccarat": {
        "playerCards": "[Card!]!",
        "bankerCards": "[Card!]!",
        "tie": "Float!",
        "player": "Float!",
        "banker": "Float!",
        "result": "String!",
    },
    "CasinoGameRoulette": {
        "result": "Int!",
        **dict.fromkeys(("numbers", "colors", "parities", "ranges", "rows"), "[RouletteChip!]!"),
    },
    "CasinoGameDragonTower": {
        "currentRound": "Int!",
        "playedRounds": "JSON!",
        "difficulty": "DragonTowerDifficultyEnum!",
        "rounds": "JSON!",
        "tilesSelected": "[Int!]!",
    },
    "CasinoGameMines": {"mines": "[Int!]", "minesCount": "Int!", "rounds": "[MinesStep!]!"},
}

_TYPES: Final[dict[str, dict[str, str]]] = {
    "Query": {"user": "User", "bet": "Bet"},
    "Mutation": {
        **{game.operation: "CasinoBet" for game in BY_SLUG.values()},
        **dict.fromkeys(("minesBet", "minesNext", "minesCashout"), "CasinoBet"),
        "rotateSeedPair": "RotatedSeeds",
        "createVaultDeposit": "VaultDeposit",
    },
    "User": {
        "id": "String!",
        "name": "String!",
        "isMuted": "Boolean!",
        "isRainproof": "Boolean!",
        "isBanned": "Boolean!",
        "createdAt": "String!",
        "campaignSet": "Boolean!",
        "balances": "[UserBalance!]!",
        "activeClientSeed": "ClientSeed",
        "activeServerSeed": "ServerSeed",
        "previousClientSeed": "ClientSeed",
        "previousServerSeed": "ServerSeed",
        "activeCasinoBets": "[CasinoBet!]!",
        "houseBetList": "[Bet!]!",
    },
    "UserBalance": {"available": "Balance!", "vault": "Balance!"},
    "Balance": {"amount": "Float!", "currency": "CurrencyEnum!"},
    "ClientSeed": {"id": "String!", "seed": "String!", "user": "User!"},
    "ServerSeed": {
        "id": "String!",
        "seed": "String",
        "seedHash": "String!",
        "nextSeedHash": "String",
        "nonce": "Int!",
    },
    "RotatedSeeds": {"clientSeed": "ClientSeed!"},
    "VaultDeposit": {"id": "String!", "amount": "Float!", "currency": "CurrencyEnum!", "user": "User!"},
    "Bet": {"id": "String!", "iid": "String!", "type": "String!", "scope": "String!", "game": "Game", "bet": "AnyBet"},
    "Game": {"name": "String!", "icon": "String!", "slug": "String!"},
    "CasinoBet": {
        "id": "String!",
        "active": "Boolean!",
        "payoutMultiplier": "Float!",
        "amountMultiplier": "Float!",
        "amount": "Float!",
        "payout": "Float!",
        "createdAt": "String!",
        "updatedAt": "String!",
        "currency": "CurrencyEnum!",
        "game": "CasinoGameEnum!",
        "nonce": "Int!",
        "clientSeed": "ClientSeed!",
        "serverSeed": "ServerSeed!",
        "user": "User!",
        "state": "CasinoBetState",
    },
    # Bets of many players: known as types, because look-ups name them; nobody places any here.
    "MultiplayerCrashBet": {"id": "String!", "game": "MultiplayerGame"},
    "MultiplayerSlideBet": {"id": "String!", "game": "MultiplayerGame"},
    "MultiplayerGame": {"id": "String!", "seed": "MultiplayerSeed", "hash": "MultiplayerHash"},
    "MultiplayerSeed": {"seed": "String"},
    "MultiplayerHash": {"hash": "String", "number": "Int"},
    "Card": {"rank": "String!", "suit": "String!"},
    "DrillResult": {"multiplier": "Float!"},
    "PackCard": {"id": "Int!", "isNew": "Boolean!", "multiplier": "Float!"},
    "RouletteChip": {"value": "String!", "amount": "Float!"},
    "MinesStep": {"field": "Int!", "payoutMultiplier": "Float!"},
    **_STATES,
}

_CURRENCY: Final = "CurrencyEnum!"
MINES_ARGUMENTS: Final[dict[str, dict[str, str]]] = {
    "minesBet": {
        "amount": "Float!",
        "currency": _CURRENCY,
        "minesCount": "Int!",
        "fields": "[Int!]",
        "identifier": "String",
    },
    "minesNext": {"fields": "[Int!]!", "identifier": "String"},
    "minesCashout": {"identifier": "String!"},
}
_ARGUMENTS: Final[dict[tuple[str, str], dict[str, str]]] = {
    ("Query", "user"): {"name": "String"},
    ("Query", "bet"): {"iid": "String", "betId": "String"},
    ("User", "houseBetList"): {"limit": "Int", "offset": "Int"},
    ("Mutation", "rotateSeedPair"): {"seed": "String!"},
    ("Mutation", "createVaultDeposit"): {"currency": _CURRENCY, "amount": "Float!"},
    **{("Mutation", game.operation): game.all_arguments for game in BY_SLUG.values()},
    **{("Mutation", name): arguments for name, arguments in MINES_ARGUMENTS.items()},
}
_UNIONS: Final = {
    "AnyBet": ("CasinoBet", "MultiplayerCrashBet", "MultiplayerSlideBet"),
    "CasinoBetState": tuple(_STATES),
}


def state_type(game: str) -> str:
    """The type of a game's state, from the game's name on the wire."""
    return f"CasinoGame{game[0].upper()}{game[1:]}"


def schema(refused: Callable[[str], bool]) -> Schema:
    """The venue's schema, less the fields that are refused for now."""
    return Schema(_TYPES, _UNIONS, _ARGUMENTS, refused)


def arguments_of(owner: str, field: str) -> Mapping[str, str]:
    """The arguments of a field, with their types."""
    return _ARGUMENTS.get((owner, field), {})


def read(name: str, kind: str, value: Any) -> Any:
    """An argument's value as its type has it. Raises `QueryRefused` naming the argument."""
    if value is None:
        if kind.endswith("!"):
            raise QueryRefused(f'Variable "${name}" got invalid value: expected non-nullable type "{kind}".')
        return None
    inner = kind.removesuffix("!")
    if inner.startswith("["):
        if not isinstance(value, list) or len(value) > LIST_MAX:
            raise _invalid(name, kind)
        return [read(name, inner[1:-1], item) for item in value]
    reader = _READERS.get(base(inner), _word)
    found = reader(value)
    if found is None:
        raise _invalid(name, kind)
    return found


def _invalid(name: str, kind: str) -> QueryRefused:
    return QueryRefused(f'Variable "${name}" got invalid value: expected type "{kind}".')


def _float(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    found = Decimal(value)
    # What no double holds is no Float either.
    return found if found.is_finite() and (found == 0 or -320 < found.adjusted() < 308) else None


def _int(value: Any) -> int | None:
    if isinstance(value, Decimal):
        found = _float(value)
        value = int(value) if found is not None and found == found.to_integral_value() else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) <= INT_MAX else None


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or isinstance(value, Word) or len(value) > TEXT_MAX:
        return None
    return value


def _word(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and 0 < len(value) <= TEXT_MAX else None


def _currency(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and value in CURRENCIES else None


def _chip(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict) or set(value) != {"value", "amount"}:
        return None
    place, amount = _word(value["value"]), _float(value["amount"])
    return None if place is None or amount is None else {"value": place, "amount": amount}


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "Float": _float,
    "Int": _int,
    "String": _text,
    "CurrencyEnum": _currency,
    "Chip": _chip,
}
