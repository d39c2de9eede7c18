"""A really fair round of each game as the venue would tell it: from the bodies we send to the bet we read."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from fairness.rounds import Seeds
from stake import games, payloads
from stake.simulator.games import BY_SLUG, settle
from stake.values import Order, VenueBet
from streams import exactjson

SERVER_SEED: Final = "6f" * 32
SERVER_SEED_HASH: Final = "0f" * 32
CLIENT_SEED: Final = "a client seed"

# One bet of each game, as a form would send its options.
OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "limbo": {"target": "2.5"},
    "dice": {"target": "50.5", "condition": "above"},
    "pump": {"difficulty": "medium", "pumps": "3"},
    "keno": {"picks": "1, 7, 21, 40", "risk": "low"},
    "plinko": {"risk": "high", "rows": "8"},
    "wheel": {"risk": "medium", "segments": "30"},
    "diamonds": {},
    "cases": {"difficulty": "easy"},
    "bars": {"difficulty": "hard", "picks": [0, 29, 4]},
    "darts": {"difficulty": "expert"},
    "snakes": {"difficulty": "easy", "rolls": 2},
    "chicken": {"difficulty": "easy", "lanes": 4},
    "tarot": {"difficulty": "hard"},
    "drill": {"target": "2.5", "pick": 2},
    "packs": {},
    "baccarat": {"on": "banker"},
    "roulette": {"bet": "number", "numbers": [0, 17, 32, 5]},
    "dragon_tower": {"difficulty": "easy", "picks": [0, 3, 3]},
}


def order_of(game: str, amount: str = "0.5", **options: Any) -> Order:
    """A checked order of this game, with its options above unless others are given."""
    return games.check_order(Order(game, Decimal(amount), "usdt", options or OPTIONS[game]))


def played_bet(order: Order, nonce: int) -> VenueBet:
    """The bet that the venue tells of this order at a nonce, through the text of both sides."""
    body = exactjson.loads(exactjson.dumps(games.rest_request(order, "an-identifier")[1]))
    wager = BY_SLUG[order.game].read(body)
    settled = settle(wager, Seeds(SERVER_SEED, CLIENT_SEED, nonce), pop_point_offset=1)
    answer = {
        "id": f"bet-{nonce}",
        "active": False,
        "amount": float(wager.amount),
        "payout": float(settled.payout),
        "payoutMultiplier": float(settled.multiplier),
        "currency": order.currency,
        "game": BY_SLUG[order.game].name,
        "nonce": nonce,
        "updatedAt": "Sat, 08 Aug 2026 13:09:44 GMT",
        "clientSeed": {"seed": CLIENT_SEED},
        "serverSeed": {"seedHash": SERVER_SEED_HASH},
        "state": settled.state,
    }
    return payloads.read_bet(exactjson.loads(json.dumps(answer)))
