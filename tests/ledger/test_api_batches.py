"""Many requests in one body: read whole before any is done, decided in order, told in order."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from ledger import checks, queries
from tests.ledger.client import Answer, Api

Opener = Callable[..., int]


@pytest.fixture
def api(ledger: None) -> Api:
    return Api("ledger", "read")


def wager(amount: Any = "1", **more: Any) -> dict[str, Any]:
    return {"client_id": str(uuid4()), "amount": amount, **more}


def told(answer: Answer) -> list[tuple[int, str]]:
    """Each answer's status, and its code or what is available after it."""
    assert answer.status == 200
    return [
        (each["status"], each["error"]["code"] if "error" in each else each["available"])
        for each in answer.body["answers"]
    ]


def test_answers_come_in_order(api: Api, wallet: Opener) -> None:
    ann = wallet("ann")
    api.ask(f"wallets/{ann}/deposits", amount="5")
    holds = [wager("2"), wager("4"), wager("1"), wager("20"), wager("2", expected_version=3)]
    answer = api.post(f"wallets/{ann}/holds:batch", {"holds": holds})
    refused, late = (402, "INSUFFICIENT_FUNDS"), (409, "VERSION_CONFLICT")
    assert told(answer) == [(200, "3.00"), refused, (200, "2.00"), (422, "LIMIT"), (200, "0.00")]
    assert [each["client_id"] for each in answer.body["answers"]] == [each["client_id"] for each in holds]
    again = api.post(f"wallets/{ann}/holds:batch", {"holds": list(reversed(holds))})
    assert [each.pop("replayed") for each in again.body["answers"]] == [True] * 5
    first = [{name: value for name, value in each.items() if name != "replayed"} for each in answer.body["answers"]]
    assert again.body["answers"] == list(reversed(first))
    assert told(api.post(f"wallets/{ann}/holds:batch", {"holds": [wager("1", expected_version=3)]})) == [late]
    assert checks.check() == []


def test_wagers_of_several_wallets(api: Api, wallet: Opener) -> None:
    ann, bob = wallet("ann"), wallet("bob", "BTC")
    for number, amount in ((ann, "5"), (bob, "0.00000003")):
        api.ask(f"wallets/{number}/deposits", amount=amount)
    holds = [
        wager("5", wallet_id=ann),
        wager("0.00000001", wallet_id=bob),
        wager("1.123456789012", wallet_id=10**15),
        wager("0.00000002", wallet_id=bob),
        wager("0.01", wallet_id=ann),
    ]
    answer = api.post("holds:batch", {"holds": holds})
    # A wallet that is not there refuses its own request, not the others.
    assert told(answer) == [
        (200, "0.00"),
        (200, "0.00000002"),
        (404, "NOT_FOUND"),
        (200, "0.00000000"),
        (402, "INSUFFICIENT_FUNDS"),
    ]
    assert answer.body["answers"][2]["error"]["which"] == "wallet"
    assert told(api.post("holds:batch", {"holds": [wager(wallet_id=10**15)]})) == [(404, "NOT_FOUND")]


def test_requests_of_every_kind(api: Api, wallet: Opener) -> None:
    ann, bob = wallet("ann"), wallet("bob")
    won, lost, undone = (str(uuid4()) for _ in range(3))
    operations: list[dict[str, Any]] = [
        {"kind": "deposit", "client_id": undone, "amount": "5"},
        {"kind": "place", "client_id": won, "amount": "1"},
        {"kind": "win", "client_id": str(uuid4()), "hold": won, "payout": "3"},
        {"kind": "place", "client_id": lost, "amount": "1"},
        {"kind": "lose", "client_id": str(uuid4()), "hold": lost},
        {"kind": "transfer", "client_id": str(uuid4()), "to": bob, "amount": "1"},
        {"kind": "reverse", "client_id": str(uuid4()), "undone": undone},
    ]
    answer = api.post("operations:batch", {"operations": [{"wallet_id": ann, **each} for each in operations]})
    assert [available for _, available in told(answer)] == ["5.00", "4.00", "7.00", "6.00", "6.00", "5.00", "0.00"]
    # One transaction: one journal, and one version after the other.
    entries = queries.entries(ann).entries
    assert [entry.version for entry in entries] == [1, 2, 3, 4, 5, 6, 7]
    assert len({entry.journal_no for entry in entries}) == 1
    assert checks.check() == []


def test_the_same_client_id_twice_is_one_request(api: Api, wallet: Opener) -> None:
    ann = wallet("ann")
    twice = {"kind": "deposit", "wallet_id": ann, **wager()}
    answer = api.post("operations:batch", {"operations": [twice, twice, {**twice, "amount": "2"}]})
    assert told(answer) == [(200, "1.00"), (200, "1.00"), (409, "IDEMPOTENCY_MISMATCH")]
    assert [each["replayed"] for each in answer.body["answers"]] == [False, True, False]
    assert api.get(f"wallets/{ann}").body["available"] == "1.00"


def test_one_field_that_cannot_be_read_refuses_all(api: Api, wallet: Opener) -> None:
    ann = wallet("ann")
    api.ask(f"wallets/{ann}/deposits", amount="5")
    one = f"wallets/{ann}/holds:batch"
    any_kind = {"wallet_id": ann, "client_id": str(uuid4()), "amount": "1"}
    cases: list[tuple[str, Any, set[str]]] = [
        (one, {"holds": [wager()] * 17 + [wager("-1")]}, {"holds.17.amount"}),
        (one, {"holds": [wager(), wager(wallet_id=ann)]}, {"holds.1.wallet_id"}),
        (one, {"holds": [wager(0.5), {}]}, {"holds.0.amount", "holds.1.amount", "holds.1.client_id"}),
        (one, {"holds": [wager(), 7]}, {"holds.1"}),
        (one, {"holds": [wager()], "atomic": True}, {"atomic"}),
        (one, {"holds": []}, {"holds"}),
        (one, {"holds": {"0": wager()}}, {"holds"}),
        (one, {}, {"holds"}),
        (one, [wager()], {"body"}),
        ("holds:batch", {"holds": [wager()]}, {"holds.0.wallet_id"}),
        *(
            ("holds:batch", {"holds": [wager(wallet_id=ann), wager(wallet_id=bad)]}, {"holds.1.wallet_id"})
            for bad in (str(ann), -1, True, 1.0, 2**63, None, [ann])
        ),
        ("holds:batch", {"holds": [wager(wallet_id=10**15, stake=1)]}, {"holds.0.stake"}),
        *(
            ("operations:batch", {"operations": [{**any_kind, "kind": bad}]}, {"operations.0.kind"})
            for bad in (None, "adjust", "counterpart", "", 1, ["deposit"])
        ),
        ("operations:batch", {"operations": [{**any_kind, "kind": "deposit", "payout": "1"}]}, {"operations.0.payout"}),
    ]
    for path, body, named in cases:
        answer = api.post(path, body)
        assert (answer.status, set(answer.fields)) == (422, named), body
    # Of a thousand wrong ones the first few are named.
    assert 1 <= len(api.post("holds:batch", {"holds": [{}] * 1_000}).fields) <= 20
    assert api.get(f"wallets/{ann}").body["version"] == 1


def test_a_thousand_are_taken_and_one_more_is_not(api: Api, wallet: Opener) -> None:
    ann = wallet("ann")
    deposits = [{"kind": "deposit", "wallet_id": ann, **wager("0.01")} for _ in range(1_001)]
    refused = api.post("operations:batch", {"operations": deposits})
    assert (refused.status, refused.fields) == (422, {"operations": "must be a list of 1 to 1,000 requests."})
    taken = api.post("operations:batch", {"operations": deposits[:1_000]})
    assert taken.body["answers"][-1]["available"] == "10.00"
    longest = {"ref_type": "r" * 60, "ref_id": "r" * 60, "reason": "\u2028" * 500}
    largest = [{**each, "client_id": str(uuid4()), **longest} for each in deposits[:1_000]]
    assert api.post("operations:batch", {"operations": largest}).body["answers"][-1]["available"] == "20.00"


def test_a_body_beyond_all_measure(api: Api) -> None:
    assert api.post("operations:batch", b" " * 10_000_000).status == 413
    assert api.post("operations:batch", b'{"operations": [' + b"[" * 200_000).status == 422


def test_a_full_queue_says_busy_of_each(api: Api, wallet: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = wallet("ann")
    monkeypatch.setattr("ledger.engine.QUEUE_MAX", 1)
    deposits = [{"kind": "deposit", "wallet_id": ann, **wager()} for _ in range(2)]
    assert told(api.post("operations:batch", {"operations": deposits})) == [(503, "BUSY")] * 2
    assert api.get(f"wallets/{ann}").body["version"] == 0
