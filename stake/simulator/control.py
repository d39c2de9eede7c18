"""The path `/_simulator/`: accounts, scripted faults, the second actor, and the full truth to compare with.

Nothing of it exists at the venue. It answers programs on this machine only, never a page of a browser.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final, TypeVar

from fairness.seeds import hash_server_seed
from loopback import Reply
from stake.simulator import games, schema
from stake.simulator.facts import Account, Booked, Pair
from stake.simulator.faults import KINDS, read_fault
from stake.simulator.graphql import QueryRefused
from stake.simulator.refusals import Refused, refusal
from stake.simulator.venue import Gate, Venue, json_reply
from stake.simulator.wire import load
from stake.simulator.world import World

PREFIX: Final = "/_simulator/"
TIMES_MAX: Final = 10_000
SETTLE_SECONDS: Final = 30.0

Given = Mapping[str, Any]
Kind = TypeVar("Kind")


def respond(venue: Venue, method: str, path: str, query: Mapping[str, str], body: bytes) -> Reply:
    """The answer to a request below `/_simulator/`; a refusal is status 400 with a sentence."""
    done = _ROUTES.get((method, path.removeprefix(PREFIX)))
    if done is None:
        return json_reply({"error": "The simulator has no such path."}, 404)
    try:
        given = load(body) if body else {}
        if not isinstance(given, dict):
            raise ValueError
    except ValueError:
        return json_reply({"error": "The body is not a JSON object."}, 400)
    try:
        return json_reply(done(venue, {**query, **given}))
    except Refused as error:
        return json_reply({"error": error.message, "errorType": error.error_type}, 400)
    except QueryRefused as error:
        return json_reply({"error": str(error), "errorType": "graphQL"}, 400)


def state(world: World, account_id: str) -> dict[str, Any]:
    """Everything that is true of an account, amounts as exact text; no token, and no server seed in use."""
    with world.still():
        account = world.account(account_id)
        return {
            "id": account.id,
            "name": account.name,
            "token_valid": account.token_valid,
            "balances": {
                currency: {"available": str(account.available[currency]), "vault": str(kept)}
                for currency, kept in account.vault.items()
            },
            "pairs": [_pair(pair) for pair in (*account.retired, account.pair)],
            "next_server_seed_hash": hash_server_seed(account.next_server_seed),
            "bets": [_bet(bet) for bet in account.bets],
        }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "server_seed_hash": pair.server_seed_hash,
        "server_seed": pair.revealed,
        "client_seed": pair.client_seed,
        "nonce": pair.nonce,
    }


def _bet(bet: Booked) -> dict[str, Any]:
    return {
        "id": bet.id,
        "iid": bet.iid,
        "game": bet.game,
        "nonce": bet.nonce,
        "amount": str(bet.amount),
        "payout": str(bet.payout),
        "multiplier": str(bet.multiplier),
        "currency": bet.currency,
        "created_at": bet.created_at.isoformat(),
        "active": bet.active,
        "state": bet.state,
        "server_seed_hash": bet.pair.server_seed_hash,
        "client_seed": bet.pair.client_seed,
        "by": bet.by,
    }


# --- Reading --------------------------------------------------------------------------------------


def _get(given: Given, name: str, kind: type[Kind], default: Kind | None = None) -> Kind:
    value = given.get(name, default)
    if type(value) is not kind:
        raise refusal(
            "invalidInput", f"{name} {'is missing' if value is None else f'must be of the kind {kind.__name__}'}."
        )
    return value


def _decimal(name: str, value: Any) -> Decimal:
    try:
        # A text of a hundred digits is no amount, and would only be slow to read.
        found = Decimal(value if not isinstance(value, str) else value[:100])
    except (ArithmeticError, ValueError, TypeError):
        raise refusal("invalidInput", f"{name} is not an amount.") from None
    if isinstance(value, bool) or not found.is_finite():
        raise refusal("invalidInput", f"{name} is not an amount.")
    return found


def _amount(given: Given) -> Decimal:
    return games.amount_of(_decimal("amount", given.get("amount")))


# --- Routes ---------------------------------------------------------------------------------------


def _about(venue: Venue, given: Given) -> dict[str, Any]:
    return {"simulator": True, "accounts": len(venue.world.accounts()), "pending": venue.waits.pending}


def _open_account(venue: Venue, given: Given) -> dict[str, Any]:
    balances = given.get("balances")
    if balances is not None:
        balances = {
            currency: _decimal("balances", amount) for currency, amount in _get(given, "balances", dict).items()
        }
    account = venue.world.open_account(_get(given, "name", str, ""), balances=balances)
    return {"id": account.id, "name": account.name, "token": account.token}


def _accounts(venue: Venue, given: Given) -> dict[str, Any]:
    return {"accounts": [{"id": account.id, "name": account.name} for account in venue.world.accounts()]}


def _state(venue: Venue, given: Given) -> dict[str, Any]:
    return state(venue.world, _get(given, "account", str))


def _add_fault(venue: Venue, given: Given) -> dict[str, Any]:
    venue.faults.put(read_fault(given))
    return _faults(venue, {})


def _faults(venue: Venue, given: Given) -> dict[str, Any]:
    return {"faults": [asdict(fault) for fault in venue.faults.waiting()], "kinds": KINDS}


def _clear_faults(venue: Venue, given: Given) -> dict[str, Any]:
    venue.faults.clear()
    return _faults(venue, {})


def _settle(venue: Venue, given: Given) -> dict[str, Any]:
    seconds = min(SETTLE_SECONDS, float(_decimal("seconds", given.get("seconds", 10))))
    return {"settled": venue.waits.settle(now=_get(given, "now", bool, False), timeout=seconds)}


def _cancel(venue: Venue, given: Given) -> dict[str, Any]:
    return {"cancelled": venue.waits.cancel()}


def _token(venue: Venue, given: Given) -> dict[str, Any]:
    account = venue.world.account(_get(given, "account", str))
    if _get(given, "do", str) == "renew":
        return {"token": venue.world.renew_token(account.id)}
    if given["do"] != "expire":
        raise refusal("invalidInput", "do must be renew or expire.")
    venue.world.expire_token(account.id)
    return {}


def _give(venue: Venue, given: Given) -> dict[str, Any]:
    account = venue.world.account(_get(given, "account", str))
    venue.world.give(account.id, _get(given, "currency", str), _amount(given))
    return {}


def _gate(venue: Venue, given: Given) -> dict[str, Any]:
    venue.gate = Gate(_get(given, "clearance", str), _get(given, "user_agent", str)) if given else None
    return {}


def _actor(venue: Venue, given: Given) -> dict[str, Any]:
    """What somebody else does on the account: in another program, or on the venue's page."""
    account = venue.world.account(_get(given, "account", str))
    act = _ACTS.get(_get(given, "do", str, "bet"))
    if act is None:
        raise refusal("invalidInput", f"do must be one of {', '.join(_ACTS)}.")
    return {"bets": [_bet(bet) for bet in act(venue.world, account, given)]}


def _act_bet(world: World, account: Account, given: Given) -> list[Booked]:
    game = games.BY_SLUG.get(_get(given, "game", str))
    if game is None:
        raise refusal("invalidInput", f"game must be one of {', '.join(games.BY_SLUG)}.")
    times = _get(given, "times", int, 1)
    if not 1 <= times <= TIMES_MAX:
        raise refusal("invalidInput", f"times must be from 1 to {TIMES_MAX}.")
    currency = _get(given, "currency", str)
    asked = {
        "amount": given.get("amount"),
        **_get(given, "options", dict, {}),
        "currency": currency,
        "identifier": "actor",
    }
    wager = game.read({name: schema.read(name, kind, asked.get(name)) for name, kind in game.all_arguments.items()})
    return [world.place(account.id, wager, currency, by="actor") for _ in range(times)]


def _act_rotate(world: World, account: Account, given: Given) -> list[Booked]:
    world.rotate(account.id, _get(given, "client_seed", str, "of the second actor"))
    return []


def _act_open(world: World, account: Account, given: Given) -> list[Booked]:
    bet = world.open_mines(
        account.id,
        amount=_amount(given),
        currency=_get(given, "currency", str),
        mines_count=_get(given, "mines_count", int, 3),
        by="actor",
    )
    return [bet]


def _act_step(world: World, account: Account, given: Given) -> list[Booked]:
    fields = schema.read("fields", "[Int!]!", given.get("fields"))
    return [world.next_mines(account.id, fields)]


def _act_finish(world: World, account: Account, given: Given) -> list[Booked]:
    return [world.cash_out_mines(account.id)]


_ACTS: Final[Mapping[str, Callable[[World, Account, Given], list[Booked]]]] = {
    "bet": _act_bet,
    "rotate": _act_rotate,
    "open_mines": _act_open,
    "step_mines": _act_step,
    "finish_mines": _act_finish,
}

_ROUTES: Final[Mapping[tuple[str, str], Callable[[Venue, Given], dict[str, Any]]]] = {
    ("GET", ""): _about,
    ("GET", "accounts"): _accounts,
    ("POST", "accounts"): _open_account,
    ("GET", "state"): _state,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "settle"): _settle,
    ("POST", "cancel"): _cancel,
    ("POST", "actor"): _actor,
    ("POST", "token"): _token,
    ("POST", "balance"): _give,
    ("POST", "gate"): _gate,
}
