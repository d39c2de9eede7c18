"""Everything that can be scripted to go wrong, met through real sockets."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from stake.simulator import Simulator
from stake.simulator.facts import Account
from tests.stake.simulator.wire import BALANCES, LIMBO, NO_TLS, PUMP, SEED_PAIR, Caller

NOWHERE_NEAR = 600.0  # seconds; nothing here waits that long, it is called off or hurried up


@pytest.mark.parametrize(
    ("kind", "details", "status", "in_body", "booked"),
    [
        ("cloudflare", {}, 403, "Just a moment...", False),
        ("unauthorized", {}, 401, "invalidSession", False),
        ("rate_limit", {}, 429, "Please try again in a few minutes.", False),
        ("unavailable", {}, 503, "<!DOCTYPE html>", False),
        ("unavailable", {"booked": True}, 503, "<!DOCTYPE html>", True),
        ("server_error", {}, 500, "Internal Server Error", False),
        ("server_error", {"booked": True}, 500, "Internal Server Error", True),
        ("redirect", {}, 302, "", False),
        ("not_json", {}, 200, "<!DOCTYPE html>", False),
        ("error", {}, 200, "internalError", False),
        ("error", {"booked": True}, 200, "internalError", True),
        ("error", {"error_type": "parallelCasinoBet"}, 200, "You can only place one bet at a time.", False),
        ("error_beside", {}, 200, '"limboBet":{', True),
        ("null_data", {}, 200, '{"data":{"limboBet":null}}', False),
        ("null_data", {"booked": True}, 200, '{"data":{"limboBet":null}}', True),
        ("expire_token", {}, 401, "invalidSession", False),
        ("late", {"seconds": 0.01}, 200, '"limboBet":{', True),
        ("late", {"seconds": 0.01, "booked": True}, 200, '"limboBet":{', True),
        ("process_slowly", {"seconds": 0.01}, 200, '"limboBet":{', True),
        ("slow_body", {"seconds": 0.05}, 200, '"limboBet":{', True),
    ],
)
def test_an_answer_goes_wrong(
    kind: str,
    details: dict[str, Any],
    status: int,
    in_body: str,
    booked: bool,
    simulator: Simulator,
    call: Caller,
    account: Account,
) -> None:
    simulator.faults.add(kind, "limboBet", **details)
    assert "balances" in call.user(BALANCES)  # other operations are not met

    answer = call.client.post(
        "/_api/graphql",
        json={
            "query": LIMBO,
            "variables": {"amount": 1, "multiplierTarget": 2, "currency": "usdt", "identifier": "i"},
        },
    )

    assert answer.status_code == status
    assert in_body in answer.text
    assert len(account.bets) == booked
    assert simulator.faults.waiting() == []


@pytest.mark.parametrize(
    ("kind", "booked"), [("drop_before", False), ("drop_after", True), ("cut", True), ("truncate", True)]
)
def test_an_answer_is_lost(kind: str, booked: bool, simulator: Simulator, call: Caller, account: Account) -> None:
    simulator.faults.add(kind, "place")

    error = ValueError if kind == "truncate" else httpx.RemoteProtocolError
    with pytest.raises(error):
        call.place("dice").json()

    assert len(account.bets) == booked
    assert call.place("dice").json()["diceRoll"]["amount"] == 0.01


def test_a_bet_is_booked_after_its_answer_was_lost(simulator: Simulator, call: Caller, account: Account) -> None:
    simulator.faults.add("book_late", "pumpBet", seconds=NOWHERE_NEAR)
    with pytest.raises(httpx.RemoteProtocolError):
        call.graphql(PUMP, amount=1, difficulty="easy", currency="usdt", identifier="i", round=1)
    assert simulator.waits.pending == 1
    # Meanwhile the nonce stands still, and others may bet.
    assert call.user(SEED_PAIR)["activeServerSeed"]["nonce"] == 0
    assert call.limbo()["data"]["limboBet"]["nonce"] == 1

    assert simulator.settle(now=True)

    assert [(bet.game, bet.nonce) for bet in account.bets] == [("limbo", 1), ("pump", 2)]


def test_a_late_booking_can_be_called_off(simulator: Simulator, call: Caller, account: Account) -> None:
    simulator.faults.add("book_late", seconds=NOWHERE_NEAR)
    with pytest.raises(httpx.RemoteProtocolError):
        call.place("dice")

    assert simulator.waits.cancel() == 1

    assert simulator.settle()
    assert account.bets == []


def test_a_bet_that_is_processed_slowly_keeps_others_out(simulator: Simulator, call: Caller, account: Account) -> None:
    simulator.faults.add("process_slowly", "diceRoll", seconds=NOWHERE_NEAR)
    slow = threading.Thread(target=call.place, args=("dice",))
    slow.start()
    deadline = time.monotonic() + 10
    while not account.in_flight.locked():
        assert time.monotonic() < deadline

    assert call.place("plinko").json()["errors"][0]["errorType"] == "parallelCasinoBet"
    assert simulator.settle(now=True)
    slow.join(10)

    assert [bet.game for bet in account.bets] == ["dice"]


def test_who_gave_up_waiting_has_placed_a_bet(simulator: Simulator, call: Caller, account: Account) -> None:
    simulator.faults.add("late", seconds=NOWHERE_NEAR)
    with pytest.raises(httpx.ReadTimeout):
        call.client.post(
            "/_api/casino/diamonds/bet", json={"amount": 1, "currency": "usdt", "identifier": "i"}, timeout=0.2
        )
    assert account.bets == []

    assert simulator.settle(now=True)

    assert len(account.bets) == 1


def test_retry_after_is_told(simulator: Simulator, call: Caller) -> None:
    simulator.faults.add("rate_limit", seconds=7)

    assert call.place("dice").headers["retry-after"] == "7"


@pytest.mark.parametrize(
    ("change", "graphql", "rest"),
    [
        ("refused", 'Cannot query field "payout" on type "CasinoBet".', '"payout":'),
        ("removed", '"payoutMultiplier":', '"payoutMultiplier":'),
        ("renamed", 'Cannot query field "payout" on type "CasinoBet".', '"paid":'),
    ],
)
def test_the_schema_changes(
    change: str, graphql: str, rest: str, simulator: Simulator, call: Caller, account: Account
) -> None:
    simulator.faults.add("schema", field="payout", change=change, to="paid", times=None)

    answer = call.limbo()
    if change == "removed":
        assert "payout" not in answer["data"]["limboBet"]
        assert "payoutMultiplier" in answer["data"]["limboBet"]
    else:
        assert answer["errors"][0] == {"message": graphql, "errorType": "graphQL"}
        assert account.bets == []
    text = call.place("dice").text
    assert rest in text
    assert ('"payout":' in text) == (change == "refused")


def test_lasting_faults_come_with_another(simulator: Simulator, call: Caller) -> None:
    simulator.faults.add("schema", field="nonce", times=None)
    simulator.faults.add("cloudflare", "place", times=2, skip=1)

    assert [call.place("dice").status_code for _ in range(4)] == [200, 403, 403, 200]
    assert "Cannot query" in call.limbo()["errors"][0]["message"]


def test_a_fault_may_be_of_one_account(simulator: Simulator, call: Caller, account: Account) -> None:
    other = simulator.world.open_account("bob")
    simulator.faults.add("unauthorized", account=other.id)

    assert call.place("dice").status_code == 200
    with httpx.Client(verify=NO_TLS, base_url=simulator.base_url, headers={"x-access-token": other.token}) as client:
        assert Caller(client).place("dice").status_code == 401


def test_a_token_can_expire_and_be_renewed(
    simulator: Simulator, call: Caller, control: Callable[..., Any], account: Account
) -> None:
    control("token", account=account.id, do="expire")
    assert call.place("dice").status_code == 401

    token = control("token", account=account.id, do="renew")["token"]
    call.client.headers["x-access-token"] = token
    assert call.place("dice").status_code == 200


def test_the_gate_wants_clearance_and_user_agent_together(call: Caller, control: Callable[..., Any]) -> None:
    control("gate", clearance="passed", user_agent="Browser/1")
    asked = {"amount": 1, "currency": "usdt", "identifier": "i"}

    def status(cookie: str, agent: str) -> int:
        headers = {"Cookie": cookie, "User-Agent": agent}
        return call.client.post("/_api/casino/packs/bet", json=asked, headers=headers).status_code

    assert status("cf_clearance=passed", "Browser/1") == 200
    assert status("a=b; cf_clearance=passed", "Browser/1") == 200
    assert status("cf_clearance=passed", "Browser/2") == 403
    assert status("cf_clearance=old", "Browser/1") == 403
    control("gate")
    assert status("", "Browser/2") == 200


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, "kind"),
        ({"kind": "explode"}, "kind"),
        ({"kind": "late", "seconds": -1}, "seconds"),
        ({"kind": "late", "seconds": "1"}, "seconds"),
        ({"kind": "late", "times": 0}, "times"),
        ({"kind": "late", "times": True}, "times"),
        ({"kind": "late", "nope": 1}, "nope"),
        ({"kind": "schema"}, "field"),
        ({"kind": "schema", "field": "a", "change": "renamed"}, "to"),
        ({"kind": "late", "skip": -1}, "skip"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(given: dict[str, Any], names: str, simulator: Simulator) -> None:
    answer = httpx.post(f"{simulator.base_url}/_simulator/faults", verify=NO_TLS, json=given)

    assert answer.status_code == 400
    assert names in answer.json()["error"]


def test_faults_are_scripted_over_http(simulator: Simulator, call: Caller, control: Callable[..., Any]) -> None:
    listed = control("faults", kind="error", operation="place", error_type="existingGame", times=None, booked=False)
    assert [fault["kind"] for fault in listed["faults"]] == ["error"]
    assert call.place("dice").json()["errors"][0]["errorType"] == "existingGame"

    assert httpx.delete(f"{simulator.base_url}/_simulator/faults", verify=NO_TLS).json()["faults"] == []
    assert "diceRoll" in call.place("dice").json()
