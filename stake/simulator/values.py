"""What the venue tells of accounts and bets, as the values that GraphQL selects from and REST sends whole. Pure.

A field that costs something to compute is a function of its arguments, called only when it is asked for.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

from fairness.seeds import hash_server_seed
from stake.simulator.facts import Account, Booked, Pair
from stake.simulator.money import number
from stake.simulator.refusals import Refused
from stake.simulator.schema import state_type
from stake.simulator.world import HISTORY_MAX, World

Value = dict[str, Any]


def date(moment: datetime) -> str:
    """A moment as RFC 1123 has it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def user(world: World, account: Account, viewer: Account | None) -> Value:
    """A person; money and seeds are told to themselves alone."""
    public: Value = {
        "id": account.id,
        "name": account.name,
        "isMuted": False,
        "isRainproof": False,
        "isBanned": False,
        "campaignSet": False,
        "createdAt": date(account.created_at),
        "houseBetList": lambda given: _history(world, account, given),
    }
    if viewer is not account:
        return public
    previous = account.retired[-1] if account.retired else None
    return public | {
        "balances": [
            {"available": balance(account.available[currency], currency), "vault": balance(kept, currency)}
            for currency, kept in account.vault.items()
        ],
        "activeClientSeed": client_seed(world, account),
        "activeServerSeed": server_seed(account.pair, next_hash=hash_server_seed(account.next_server_seed)),
        "previousClientSeed": previous and {"id": previous.client_seed_id, "seed": previous.client_seed},
        "previousServerSeed": previous and server_seed(previous),
        "activeCasinoBets": lambda given: [casino_bet(world, account, bet) for bet in account.open_rounds],
    }


def balance(amount: Decimal, currency: str) -> Value:
    """An amount with its currency."""
    return {"amount": number(amount), "currency": currency}


def client_seed(world: World, account: Account) -> Value:
    """The client seed in use, through which a rotation tells of the person."""
    pair = account.pair
    return {"id": pair.client_seed_id, "seed": pair.client_seed, "user": lambda given: user(world, account, account)}


def server_seed(pair: Pair, *, next_hash: str | None = None) -> Value:
    """A server seed: its text only once it is retired."""
    return {
        "id": pair.id,
        "seed": pair.revealed,
        "seedHash": pair.server_seed_hash,
        "nextSeedHash": next_hash,
        "nonce": pair.nonce,
    }


def casino_bet(world: World, account: Account, bet: Booked, viewer: Account | None = None) -> Value:
    """A bet with everything that can be asked of it."""
    kind = state_type(bet.game)
    state = {name: value for name, value in bet.state.items() if not name.startswith("_")}
    return {
        "__typename": "CasinoBet",
        "id": bet.id,
        "active": bet.active,
        "payoutMultiplier": number(bet.multiplier),
        "amountMultiplier": 1,
        "amount": number(bet.amount),
        "payout": number(bet.payout),
        "createdAt": date(bet.created_at),
        "updatedAt": date(bet.updated_at),
        "currency": bet.currency,
        "game": bet.game,
        "nonce": bet.nonce,
        "clientSeed": {"id": bet.pair.client_seed_id, "seed": bet.pair.client_seed},
        "serverSeed": server_seed(bet.pair),
        "user": lambda given: user(world, account, viewer),
        "state": {"__typename": kind, **state},
    }


def rest_bet(account: Account, bet: Booked) -> Value:
    """A bet in the fixed shape of REST: neither nonce nor seeds, and a state with everything."""
    return {
        "id": bet.id,
        "active": bet.active,
        "payoutMultiplier": number(bet.multiplier),
        "amountMultiplier": 1,
        "amount": number(bet.amount),
        "payout": number(bet.payout),
        "updatedAt": date(bet.updated_at),
        "currency": bet.currency,
        "game": bet.game,
        "user": {"id": account.id, "name": account.name},
        "state": bet.state,
    }


def outer_bet(world: World, account: Account, bet: Booked, viewer: Account | None) -> Value:
    """A bet as look-ups and lists have it, with the id that people see."""
    return {
        "id": bet.id,
        "iid": bet.iid,
        "type": "casino",
        "scope": "house",
        "game": {"name": bet.game[0].upper() + bet.game[1:], "icon": bet.game, "slug": bet.game},
        "bet": casino_bet(world, account, bet, viewer),
    }


def _history(world: World, account: Account, given: Mapping[str, Any]) -> list[Value]:
    limit, offset = given.get("limit"), given.get("offset")
    limit = 10 if limit is None else limit
    offset = 0 if offset is None else offset
    if limit < 0 or offset < 0:
        raise Refused("numberTooSmall", "Number too small.")
    if limit > HISTORY_MAX:
        raise Refused("numberTooLarge", "Number too large.")
    rows = world.history(account.id, limit=limit, offset=offset)
    return [outer_bet(world, account, bet, account) for bet in rows]
