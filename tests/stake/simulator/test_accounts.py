"""Questions about people, seeds and bets, in the shapes of public clients."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fairness.games import registry
from fairness.rounds import Seeds, play
from fairness.seeds import hash_server_seed
from stake.simulator import Simulator
from stake.simulator.facts import Account
from tests.stake.simulator.wire import (
    BALANCES,
    HISTORY,
    LOOK_UP,
    NO_TLS,
    PREVIOUS_PAIR,
    ROTATE,
    SEED_PAIR,
    VAULT,
    Caller,
)


def test_a_token_is_checked(call: Caller, account: Account) -> None:
    assert call.user("{ user { id name } }") == {"id": account.id, "name": "simulated-ada"}
    assert len(account.token) == 96


def test_nobody_is_signed_in_without_a_token(simulator: Simulator, call: Caller) -> None:
    with httpx.Client(verify=NO_TLS, base_url=simulator.base_url) as client:
        nobody = Caller(client)
        assert nobody.graphql("{ user { id name } }") == {"data": {"user": None}}
        refused = nobody.limbo()
    assert refused["data"] == {"limboBet": None}
    assert refused["errors"][0]["message"] == "You are not allowed to do that."


def test_an_unknown_token_is_401(simulator: Simulator, account: Account) -> None:
    for token in ("0" * 96, "x"):
        answer = httpx.post(
            f"{simulator.base_url}/_api/graphql",
            verify=NO_TLS,
            json={"query": BALANCES},
            headers={"x-access-token": token},
        )
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["errorType"] == "invalidSession"


def test_people_are_found_by_name_without_their_money(call: Caller, simulator: Simulator) -> None:
    other = simulator.world.open_account("bob")
    found = call.user(
        "query UserMeta($name: String) { user(name: $name) { id name isBanned balances { available { amount } } } }",
        name="simulated-bob",
    )
    assert found == {"id": other.id, "name": "simulated-bob", "isBanned": False, "balances": None}


def test_balances_have_a_row_for_every_currency(call: Caller) -> None:
    rows = {row["available"]["currency"]: row for row in call.user(BALANCES)["balances"]}

    assert rows["usdt"] == {
        "available": {"amount": 10000, "currency": "usdt"},
        "vault": {"amount": 0, "currency": "usdt"},
    }
    assert rows["xrp"]["available"]["amount"] == 0
    assert len(rows) == 13


def test_money_moves_into_the_vault(call: Caller) -> None:
    moved = call.graphql(VAULT, currency="usdt", amount=0.5)["data"]["createVaultDeposit"]
    assert (moved["amount"], moved["currency"]) == (0.5, "usdt")

    (row,) = [row for row in call.user(BALANCES)["balances"] if row["vault"]["currency"] == "usdt"]
    assert (row["available"]["amount"], row["vault"]["amount"]) == (9999.5, 0.5)


@pytest.mark.parametrize(
    ("amount", "error_type"), [(0, "numberTooSmall"), (-1, "numberTooSmall"), (1e9, "insufficientBalance")]
)
def test_the_vault_refuses(amount: float, error_type: str, call: Caller) -> None:
    assert call.graphql(VAULT, currency="usdt", amount=amount)["errors"][0]["errorType"] == error_type


def test_seeds_are_hidden_until_they_are_rotated_away(call: Caller) -> None:
    before = call.user(SEED_PAIR)
    assert before["activeServerSeed"]["nonce"] == 0
    bet = call.limbo()["data"]["limboBet"]
    call.limbo()
    assert call.user(SEED_PAIR)["activeServerSeed"]["nonce"] == 2
    assert call.user(PREVIOUS_PAIR) == {"previousServerSeed": None, "previousClientSeed": None}

    rotated = call.graphql(ROTATE, seed="a new one")["data"]["rotateSeedPair"]["clientSeed"]["user"]

    assert rotated["activeServerSeed"]["seedHash"] == before["activeServerSeed"]["nextSeedHash"]
    assert rotated["activeServerSeed"]["nonce"] == 0
    assert rotated["activeClientSeed"]["seed"] == "a new one"
    previous = call.user(PREVIOUS_PAIR)
    assert hash_server_seed(previous["previousServerSeed"]["seed"]) == before["activeServerSeed"]["seedHash"]
    assert previous["previousServerSeed"]["nonce"] == 2
    assert previous["previousClientSeed"]["seed"] == before["activeClientSeed"]["seed"]
    shown = call.graphql(LOOK_UP, betId=bet["id"])["data"]["bet"]["bet"]
    assert shown["serverSeed"]["seed"] == previous["previousServerSeed"]["seed"]
    assert call.limbo()["data"]["limboBet"]["nonce"] == 1


@pytest.mark.parametrize("seed", ["", " x", "a\nb", "x" * 1001])
def test_a_client_seed_that_is_none_is_refused(seed: str, call: Caller, account: Account) -> None:
    assert call.graphql(ROTATE, seed=seed)["errors"]
    assert account.retired == []


def test_bets_are_looked_up_by_either_id(call: Caller) -> None:
    bet = call.limbo()["data"]["limboBet"]
    outer = call.graphql(LOOK_UP, betId=bet["id"])["data"]["bet"]

    assert outer["id"] == bet["id"]
    assert outer["type"] == "casino"
    assert outer["bet"]["state"] == {"limbo": bet["state"]["result"]}
    number = outer["iid"].removeprefix("house:")
    assert number.isdigit()
    for asked in (
        {"iid": outer["iid"]},
        {"iid": f"casino:{number}"},
        {"betId": bet["id"].upper()},
        {"iid": outer["iid"], "betId": None},
    ):
        assert call.graphql(LOOK_UP, **asked)["data"]["bet"] == outer


@pytest.mark.parametrize(
    "asked", [{"iid": "house:1"}, {"iid": "house: 1,000"}, {"iid": "x"}, {"betId": "00000000"}, {}, {"iid": ""}]
)
def test_an_unknown_bet_is_not_found(asked: dict[str, str], call: Caller) -> None:
    answer = call.graphql(LOOK_UP, **asked)

    assert answer["data"] == {"bet": None}
    assert answer["errors"] == [{"message": "Bet not found.", "errorType": "notFound", "path": ["bet"]}]


def test_bets_are_looked_up_by_people_who_are_signed_out(simulator: Simulator, call: Caller) -> None:
    bet = call.limbo()["data"]["limboBet"]
    with httpx.Client(verify=NO_TLS, base_url=simulator.base_url) as client:
        assert Caller(client).graphql(LOOK_UP, betId=bet["id"])["data"]["bet"]["id"] == bet["id"]


def test_history_is_paged_newest_first(call: Caller, control: Callable[..., Any], account: Account) -> None:
    control(
        "actor",
        account=account.id,
        game="dice",
        amount=1,
        currency="usdt",
        options={"target": 50, "condition": "above"},
        times=120,
    )
    pages = [call.user(HISTORY, limit=50, offset=offset)["houseBetList"] for offset in (0, 50, 100, 150)]

    assert [len(page) for page in pages] == [50, 50, 20, 0]
    rows = [row for page in pages for row in page]
    assert [row["bet"]["nonce"] for row in rows] == list(range(120, 0, -1))
    numbers = [int(row["iid"].removeprefix("house:")) for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert rows[0]["game"] == {"name": "Dice", "icon": "dice", "slug": "dice"}


@pytest.mark.parametrize(("limit", "offset"), [(51, 0), (-1, 0), (1, -1)])
def test_a_page_of_history_has_fifty_bets_at_most(limit: int, offset: int, call: Caller) -> None:
    answer = call.graphql(HISTORY, limit=limit, offset=offset)

    assert answer["data"] == {"user": None}
    assert answer["errors"][0]["message"].startswith("Number too")


# --- Rounds of several requests -------------------------------------------------------------------


def test_an_open_round_stands_in_the_way(call: Caller, control: Callable[..., Any], account: Account) -> None:
    (opened,) = control("actor", account=account.id, do="open_mines", amount=1, currency="usdt")["bets"]
    (active,) = call.user(SEED_PAIR)["activeCasinoBets"]
    assert (active["id"], active["game"]) == (opened["id"], "mines")

    refused = call.graphql(ROTATE, seed="x")
    assert refused["data"] == {"rotateSeedPair": None}
    assert refused["errors"][0]["message"] == "Finish your existing games first: mines."
    again = call.rest("mines/bet", {"amount": 1, "currency": "usdt", "minesCount": 3, "identifier": "i"}).json()
    assert again["errors"][0]["errorType"] == "existingGame"
    assert call.rest("active-bet/mines", {}).json()["user"]["activeCasinoBet"]["state"]["mines"] is None
    # Other games go on, and the round keeps its nonce.
    assert call.limbo()["data"]["limboBet"]["nonce"] == 2

    with pytest.raises(AssertionError, match="insignificantBet"):
        control("actor", account=account.id, do="finish_mines")
    step = next(tile for tile in range(25) if tile not in _mines(account))
    control("actor", account=account.id, do="step_mines", fields=[step])
    (finished,) = control("actor", account=account.id, do="finish_mines")["bets"]
    assert finished["multiplier"] == "9/8"
    assert finished["state"]["mines"] == _mines(account)
    assert call.rest("active-bet/mines", {}).json() == {"user": {"activeCasinoBet": None}}
    assert "errors" not in call.graphql(ROTATE, seed="x")


def _mines(account: Account) -> list[int]:
    seeds = Seeds(account.pair.server_seed, account.pair.client_seed, 1)
    return list(play(registry.game("mines"), seeds, {"mines": 3}).outcome.mines)


def test_mines_are_played_over_rest(call: Caller, account: Account) -> None:
    mines = _mines(account)
    safe = [tile for tile in range(25) if tile not in mines]
    opened = call.rest(
        "mines/bet", {"amount": 1, "currency": "usdt", "minesCount": 3, "fields": safe[:1], "identifier": "i"}
    ).json()["minesBet"]
    assert opened["active"] is True
    assert opened["state"]["rounds"] == [{"field": safe[0], "payoutMultiplier": 1.125}]

    call.rest("mines/next", {"fields": safe[1:2]})
    paid = call.rest("mines/cashout", {"identifier": "i"}).json()["minesCashout"]

    assert paid["active"] is False
    assert paid["payoutMultiplier"] == paid["state"]["rounds"][1]["payoutMultiplier"]
    assert paid["payout"] == pytest.approx(paid["payoutMultiplier"])
    assert call.rest("mines/cashout", {"identifier": "i"}).json()["errors"][0]["errorType"] == "notFound"


def test_a_mine_ends_the_round(call: Caller, account: Account) -> None:
    lost = call.rest(
        "mines/bet",
        {"amount": 1, "currency": "usdt", "minesCount": 3, "fields": _mines(account)[:1], "identifier": "i"},
    ).json()["minesBet"]

    assert (lost["active"], lost["payout"], lost["payoutMultiplier"]) == (False, 0, 0)
    assert lost["state"]["rounds"][-1]["payoutMultiplier"] == 0
    assert account.open_rounds == []


def test_tiles_that_cannot_be_are_refused_before_anything_is_booked(call: Caller, account: Account) -> None:
    for fields in ([25], [1, 1], list(range(23))):
        answer = call.rest(
            "mines/bet", {"amount": 1, "currency": "usdt", "minesCount": 3, "fields": fields, "identifier": "i"}
        )
        assert answer.json()["errors"]
    assert account.bets == []
