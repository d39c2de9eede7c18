"""The GraphQL texts we send: what is asked, and in which order smaller questions follow one that is refused. Pure.

A venue that no longer knows one of the fields refuses the whole question. So a question exists in several forms, from
the one that asks for everything to the one that asks for what no source has ever seen refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Selection(StrEnum):
    """How much of a bet is asked for."""

    FULL = "full"  # nonce and seeds too, so that no look-up is needed
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Operation:
    """A question: its name (free text to the venue), its kind, its document, the field of the answer that matters."""

    name: str
    kind: str  # query or mutation, as in x-operation-type
    document: str
    field: str


# --- Bets -----------------------------------------------------------------------------------------

_SMALL_BET: Final = "id active payoutMultiplier amountMultiplier amount payout updatedAt currency game"
_NONCE_AND_SEEDS: Final = "nonce createdAt clientSeed { seed } serverSeed { seedHash }"
BET_FIELDS: Final[Mapping[Selection, str]] = {
    Selection.FULL: f"{_SMALL_BET} {_NONCE_AND_SEEDS}",
    Selection.SMALL: _SMALL_BET,
}

# What a state tells, by our slug: the name of its type, and its fields as sources select them.
STATES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "limbo": ("CasinoGameLimbo", ("result", "multiplierTarget")),
    "dice": ("CasinoGameDice", ("result", "target", "condition")),
    "pump": ("CasinoGamePump", ("difficulty", "payoutMultiplier", "round")),
    "keno": ("CasinoGameKeno", ("drawnNumbers", "selectedNumbers", "risk")),
    "plinko": ("CasinoGamePlinko", ("risk", "rows", "point", "path")),
    "wheel": ("CasinoGameWheel", ("result", "segments", "risk")),
    "diamonds": ("CasinoGameDiamonds", ("hand",)),
    "cases": ("CasinoGameCases", ("difficulty",)),
    "bars": ("CasinoGameBars", ("difficulty", "tiles")),
    "darts": ("CasinoGameDarts", ("difficulty",)),
    "snakes": ("CasinoGameSnakes", ("difficulty",)),
    "chicken": ("CasinoGameChicken", ("difficulty",)),
    "tarot": ("CasinoGameTarot", ("difficulty",)),
    "baccarat": (
        "CasinoGameBaccarat",
        ("playerCards { rank suit }", "bankerCards { rank suit }", "tie", "player", "banker", "result"),
    ),
    "roulette": (
        "CasinoGameRoulette",
        (
            "result",
            *(f"{kind} {{ value amount }}" for kind in ("numbers", "colors", "parities", "ranges", "rows")),
        ),
    ),
    "dragon_tower": (
        "CasinoGameDragonTower",
        ("currentRound", "playedRounds", "difficulty", "rounds", "tilesSelected"),
    ),
}

ALIAS: Final = "__"  # between the game and the field, as in limbo__result


def _state_of(game: str) -> str:
    type_name, fields = STATES[game]
    return f"state {{ ... on {type_name} {{ {' '.join(fields)} }} }}"


def _states_of(games: tuple[str, ...]) -> str:
    """The states of several games in one question: aliased, for fields of one name have types of their own."""
    parts = []
    for game in games:
        type_name, fields = STATES[game]
        aliased = " ".join(f"{game}{ALIAS}{field.partition(' ')[0]}: {field}" for field in fields)
        parts.append(f"... on {type_name} {{ {aliased} }}")
    return f"state {{ {' '.join(parts)} }}"


def bet_operation(*, name: str, field: str, game: str, types: Mapping[str, str], selection: Selection) -> Operation:
    """The mutation that places a bet; `types` are its variables, in their order."""
    variables = ", ".join(f"${variable}: {type_name}" for variable, type_name in types.items())
    arguments = ", ".join(f"{variable}: ${variable}" for variable in types)
    selected = f"{BET_FIELDS[selection]} {_state_of(game)}"
    return Operation(
        name, "mutation", f"mutation {name}({variables}) {{ {field}({arguments}) {{ {selected} }} }}", field
    )


_MOST_PLAYED: Final = ("limbo", "dice", "pump")
_SEED_FIELDS: Final = "nonce createdAt clientSeed { seed } serverSeed { seed seedHash }"


def _casino_bet(games: tuple[str, ...]) -> str:
    state = f" {_states_of(games)}" if games else ""
    return f"... on CasinoBet {{ {_SMALL_BET} {_SEED_FIELDS}{state} }}"


def _look_up(games: tuple[str, ...]) -> Operation:
    selected = f"id iid type scope bet {{ __typename {_casino_bet(games)} }}"
    document = f"query BetLookup($iid: String, $betId: String) {{ bet(iid: $iid, betId: $betId) {{ {selected} }} }}"
    return Operation("BetLookup", "query", document, "bet")


def _history(games: tuple[str, ...]) -> Operation:
    selected = f"id iid type scope game {{ slug }} bet {{ __typename {_casino_bet(games)} }}"
    document = (
        "query MyBetList($limit: Int, $offset: Int)"
        f" {{ user {{ id houseBetList(limit: $limit, offset: $offset) {{ {selected} }} }} }}"
    )
    return Operation("MyBetList", "query", document, "user")


_WIDTHS: Final = (tuple(STATES), _MOST_PLAYED, ())
LOOK_UP: Final = tuple(_look_up(games) for games in _WIDTHS)
HISTORY: Final = tuple(_history(games) for games in _WIDTHS)

# --- The account ----------------------------------------------------------------------------------

WHO: Final = (Operation("UserName", "query", "query UserName { user { id name } }", "user"),)

BALANCES: Final = (
    Operation(
        "UserBalances",
        "query",
        "query UserBalances { user { id balances { available { amount currency } vault { amount currency } } } }",
        "user",
    ),
)

_PAIR: Final = "activeClientSeed { seed } activeServerSeed { nonce seedHash nextSeedHash }"
SEED_PAIR: Final = (
    Operation(
        "UserSeedPair",
        "query",
        f"query UserSeedPair {{ user {{ id {_PAIR} activeCasinoBets {{ id amount currency game createdAt }} }} }}",
        "user",
    ),
    Operation("UserSeedPair", "query", f"query UserSeedPair {{ user {{ id {_PAIR} }} }}", "user"),
)

RETIRED_SEED: Final = (
    Operation(
        "PreviousSeedPair",
        "query",
        "query PreviousSeedPair { user { id previousServerSeed { seed seedHash nonce } previousClientSeed { seed } } }",
        "user",
    ),
    Operation(
        "PreviousSeedPair",
        "query",
        "query PreviousSeedPair { user { id previousServerSeed { seed seedHash nonce } } }",
        "user",
    ),
)

ROTATE: Final = (
    Operation(
        "RotateSeedPair",
        "mutation",
        f"mutation RotateSeedPair($seed: String!) {{ rotateSeedPair(seed: $seed)"
        f" {{ clientSeed {{ user {{ id {_PAIR} }} }} }} }}",
        "rotateSeedPair",
    ),
)

VAULT: Final = (
    Operation(
        "CreateVaultDeposit",
        "mutation",
        "mutation CreateVaultDeposit($currency: CurrencyEnum!, $amount: Float!)"
        " { createVaultDeposit(currency: $currency, amount: $amount) { id amount currency } }",
        "createVaultDeposit",
    ),
)
