"""The control path: accounts, the second actor, and the truth to compare with."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from stake.simulator import Simulator
from stake.simulator.facts import Account
from tests.stake.simulator.wire import BALANCES, NO_TLS, Caller


def test_an_account_is_asked_for(simulator: Simulator, control: Callable[..., Any]) -> None:
    made = control("accounts", name="eve", balances={"btc": "0.00000001", "usdt": 5})

    assert made["name"] == "simulated-eve"
    assert len(made["token"]) == 96
    assert control("accounts", name="eve")["name"] == "simulated-eve-2"
    with httpx.Client(verify=NO_TLS, base_url=simulator.base_url, headers={"x-access-token": made["token"]}) as client:
        rows = Caller(client).user(BALANCES)["balances"]
    amounts = {row["available"]["currency"]: row["available"]["amount"] for row in rows}
    assert {name: amount for name, amount in amounts.items() if amount} == {"btc": 1e-08, "usdt": 5}


def test_the_second_actor_bets_and_rotates(call: Caller, control: Callable[..., Any], account: Account) -> None:
    call.limbo()
    options = {"difficulty": "easy", "round": 1}
    control("actor", account=account.id, game="pump", amount=0.5, currency="usdt", options=options, times=2)
    control("actor", account=account.id, do="rotate", client_seed="theirs")
    call.limbo()

    told = httpx.get(f"{call.client.base_url}/_simulator/state", verify=NO_TLS, params={"account": account.id}).json()

    assert [(bet["game"], bet["nonce"], bet["by"]) for bet in told["bets"]] == [
        ("limbo", 1, "self"),
        ("pump", 2, "actor"),
        ("pump", 3, "actor"),
        ("limbo", 1, "self"),
    ]
    retired, active = told["pairs"]
    assert (retired["nonce"], active["nonce"]) == (3, 1)
    assert retired["server_seed"] is not None
    assert active["server_seed"] is None
    assert active["client_seed"] == "theirs"
    assert told["balances"]["usdt"]["available"] == str(account.available["usdt"])


def test_the_truth_holds_no_secret(call: Caller, account: Account) -> None:
    call.limbo()
    text = httpx.get(f"{call.client.base_url}/_simulator/state", verify=NO_TLS, params={"account": account.id}).text

    for secret in (account.token, account.pair.server_seed, account.next_server_seed):
        assert secret not in text
        assert secret not in repr(account)


@pytest.mark.parametrize(
    ("path", "given", "names"),
    [
        ("accounts", {"name": 1}, "name"),
        ("accounts", {"name": "x" * 41}, "name"),
        ("accounts", {"balances": {"gold": 1}}, "gold"),
        ("accounts", {"balances": {"btc": -1}}, "btc"),
        ("accounts", {"balances": {"btc": "much"}}, "balances"),
        ("accounts", {"balances": []}, "balances"),
        ("actor", {}, "account"),
        ("actor", {"account": "nobody"}, "account"),
        ("token", {"account": "?", "do": "lose"}, "do"),
        ("actor", {"account": "?", "do": "dance"}, "do"),
        ("actor", {"account": "?", "game": "hilo"}, "game"),
        ("actor", {"account": "?", "game": "dice", "currency": "usdt", "times": 0}, "times"),
        ("actor", {"account": "?", "game": "dice", "currency": "usdt"}, "amount"),
        ("actor", {"account": "?", "game": "dice", "currency": "gold", "amount": 1}, "target"),
        ("actor", {"account": "?", "do": "open_mines", "currency": "usdt", "amount": "x"}, "amount"),
        ("balance", {"account": "?", "currency": "usdt", "amount": 1e15}, "exceeded"),
        ("settle", {"now": 1}, "now"),
    ],
)
def test_bad_input_is_named(
    path: str, given: dict[str, Any], names: str, simulator: Simulator, account: Account
) -> None:
    if given.get("account") == "?":
        given = {**given, "account": account.id}
    answer = httpx.post(f"{simulator.base_url}/_simulator/{path}", verify=NO_TLS, json=given)

    assert answer.status_code == 400
    assert names in answer.json()["error"]


def test_money_is_given(control: Callable[..., Any], account: Account) -> None:
    control("balance", account=account.id, currency="xrp", amount="1.5")

    assert str(account.available["xrp"]) == "1.50000000"


def test_it_says_that_it_is_a_simulator(simulator: Simulator) -> None:
    assert httpx.get(f"{simulator.base_url}/_simulator/", verify=NO_TLS).json()["simulator"] is True
    assert httpx.get(f"{simulator.base_url}/_simulator/nope", verify=NO_TLS).status_code == 404
