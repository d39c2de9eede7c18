"""What the venue refuses: with status 200, an error of a known type, and nothing done."""

from typing import Any

import pytest

from stake.simulator import Simulator
from stake.simulator.facts import Account
from tests.stake.simulator.wire import BETS, LIMBO, Caller, body


@pytest.mark.parametrize(
    ("game", "changed", "error_type"),
    [
        ("dice", {"amount": 1e7}, "insufficientBalance"),
        ("dice", {"amount": 0.00001}, "insignificantBet"),
        ("dice", {"amount": -1}, "numberTooSmall"),
        ("dice", {"amount": 1e15}, "invalidAmount"),
        ("dice", {"amount": True}, "graphQL"),
        ("dice", {"amount": "1"}, "graphQL"),
        ("dice", {"amount": None}, "graphQL"),
        ("dice", {"amount": 1e-300}, "insignificantBet"),
        ("dice", {"currency": "gold"}, "graphQL"),
        ("dice", {"currency": None}, "graphQL"),
        ("dice", {"identifier": None}, "graphQL"),
        ("dice", {"target": 100}, "invalidInput"),
        ("dice", {"condition": "over"}, "invalidInput"),
        ("limbo", {"multiplierTarget": 1}, "invalidInput"),
        ("pump", {"round": 23}, "invalidInput"),
        ("pump", {"round": 1.5}, "graphQL"),
        ("pump", {"difficulty": "master"}, "invalidInput"),
        ("keno", {"numbers": []}, "invalidInput"),
        ("keno", {"numbers": [40]}, "invalidInput"),
        ("keno", {"numbers": [1] * 101}, "graphQL"),
        ("bars", {"tiles": [1, 1]}, "invalidInput"),
        ("wheel", {"segments": 11}, "invalidInput"),
        ("baccarat", {"banker": 0}, "insignificantBet"),
        ("roulette", {"colors": [{"value": "colorBlue", "amount": 1}]}, "invalidInput"),
        ("roulette", {"colors": [{"value": "colorRed"}]}, "graphQL"),
        ("roulette", {"colors": []}, "insignificantBet"),
        ("dragon_tower", {"eggs": [4]}, "invalidInput"),
    ],
)
def test_a_bet_is_refused(game: str, changed: dict[str, Any], error_type: str, call: Caller, account: Account) -> None:
    before = dict(account.available)
    answer = call.rest(BETS[game][0], body(game) | changed)

    assert answer.status_code == 200
    assert set(answer.json()) == {"errors"}
    (error,) = answer.json()["errors"]
    assert error["errorType"] == error_type
    assert error["message"].endswith(".")
    assert account.bets == []
    assert account.available == before


def test_graphql_refuses_beside_a_null(call: Caller) -> None:
    answer = call.limbo(amount=1e7)

    assert answer == {
        "data": {"limboBet": None},
        "errors": [
            {
                "message": "You do not have enough balance to do that.",
                "errorType": "insufficientBalance",
                "path": ["limboBet"],
            }
        ],
    }


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ user { id nope } }", 'Cannot query field "nope" on type "User".'),
        ("{ nope }", 'Cannot query field "nope" on type "Query".'),
        ("mutation { limboBet(amount: 1) { id } }", 'argument "multiplierTarget" of type "Float!" is required'),
        ("{ user(nope: 1) { id } }", 'Unknown argument "nope" on field "Query.user".'),
        ("{ user }", 'Field "user" of type "User" must have a selection of subfields.'),
        ("{ user { id { x } } }", 'Field "id" must not have a selection since type "String!" has no subfields.'),
        ("{ user { ...x } }", 'Unknown fragment "x".'),
        ("{ user { ... on CasinoBet { id } } }", 'objects of type "User" can never be of type "CasinoBet"'),
        ("query($a: Nope) { user(name: $a) { id } }", 'of type "Nope" used in position expecting type "String".'),
        ("{ user(name: $a) { id } }", 'Variable "$a" is not defined.'),
        ("{ user { id }", 'Syntax Error: Unexpected "<EOF>".'),
        ("", 'Syntax Error: Unexpected "<EOF>".'),
        ("{ user { id } } %", "Syntax Error: Unexpected character at"),
        ("subscription { user { id } }", 'Syntax Error: Unexpected Name "subscription".'),
        ("query a { user { id } } query b { user { id } }", "Must provide operation name"),
        (
            "{ bet { bet { ... on CasinoBet { state { ... on CasinoGamePump { difficulty }"
            " ... on CasinoGameBars { difficulty } } } } } }",
            'Fields "difficulty" conflict because they return conflicting types',
        ),
        (LIMBO.replace("$amount: Float!", "$amount: Float"), 'Variable "$amount" of type "Float" used in position'),
        (LIMBO.replace("CurrencyEnum!", "String!"), 'Variable "$currency" of type "String!" used in position'),
        (LIMBO.replace("identifier: $identifier", ""), 'argument "identifier" of type "String!" is required'),
        ("{ user " + "{ user " * 40 + "}" * 41 + "}", "Syntax Error: the document is too deep."),
        ("{ user { ...a } } fragment a on User { ...a ...a }", "Syntax Error: the document"),
    ],
)
def test_validation_names_what_is_wrong(document: str, message: str, call: Caller, account: Account) -> None:
    answer = call.graphql(document)

    assert set(answer) == {"errors"}
    assert answer["errors"][0]["errorType"] == "graphQL"
    assert message in answer["errors"][0]["message"]
    assert account.bets == []


def test_a_variable_of_another_kind_is_named(call: Caller, account: Account) -> None:
    answer = call.graphql(LIMBO, amount="1", multiplierTarget=2, currency="usdt", identifier="i")

    assert answer["errors"][0]["message"] == 'Variable "$amount" got invalid value: expected type "Float!".'
    assert account.bets == []


def test_an_operation_is_chosen_by_its_name(call: Caller, account: Account) -> None:
    document = "query a { user { id } } query b { user { name } }"
    answer = call.client.post("/_api/graphql", json={"query": document, "operationName": "b"})

    assert answer.json() == {"data": {"user": {"name": account.name}}}


def test_every_error_type_can_be_scripted(simulator: Simulator, call: Caller, account: Account) -> None:
    for error_type in ("parallelCasinoBet", "existingGame", "notFound", "internalError", "hiloNoRoundsPlayed"):
        simulator.faults.add("error", "place", error_type=error_type)
        assert call.place("dice").json()["errors"][0]["errorType"] == error_type
    assert account.bets == []
