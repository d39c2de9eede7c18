"""What goes wrong on demand, over real sockets, and what it costs."""

import json
from typing import Any

import httpx
import pytest

from markets.simulator import Fault, Provider
from markets.simulator.faults import BadFault, read_fault
from tests.markets.simulator.wire import Caller, credit


def test_a_dropped_call_was_charged_or_not(call: Caller, provider: Provider) -> None:
    provider.faults.add("drop_before", "odds")
    with pytest.raises(httpx.RemoteProtocolError):
        call.odds()
    assert credit(call.get("/sports")) == (500, 0, 0)
    provider.faults.add("drop_after", "odds")
    with pytest.raises(httpx.RemoteProtocolError):
        call.odds()
    assert credit(call.get("/sports")) == (497, 3, 0)
    # The poll that was dropped has been; the next one is five minutes later.
    assert call.odds().headers["x-simulated-time"] == "2026-01-10T17:05:00Z"
    assert [(one.operation, one.status, one.cost) for one in provider.calls] == [
        ("odds", 0, 0),
        ("sports", 200, 0),
        ("odds", 0, 3),
        ("sports", 200, 0),
        ("odds", 200, 3),
    ]


REFUSALS = [
    ("rate_limit", 429, "EXCEEDED_FREQ_LIMIT"),
    ("no_credits", 401, "OUT_OF_USAGE_CREDITS"),
    ("deactivated", 401, "DEACTIVATED_KEY"),
]


@pytest.mark.parametrize(("kind", "status", "code"), REFUSALS)
def test_a_refusal_costs_nothing(call: Caller, kind: str, status: int, code: str) -> None:
    call.control("faults", kind=kind, operation="odds")
    answer = call.odds()
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert credit(answer) == (500, 0, 0)
    assert "retry-after" not in answer.headers
    assert call.odds().status_code == 200


def test_retry_after_is_told_where_it_was_given(call: Caller) -> None:
    call.control("faults", kind="rate_limit", seconds=7)
    call.control("faults", kind="unavailable", seconds=9)
    assert [call.odds().headers["retry-after"] for _ in range(2)] == ["7", "9"]


@pytest.mark.parametrize(("kind", "status"), [("server_error", 500), ("unavailable", 503), ("not_json", 200)])
def test_a_gateway_answers_in_html(call: Caller, kind: str, status: int) -> None:
    call.control("faults", kind=kind)
    answer = call.odds()
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "x-requests-remaining" not in answer.headers
    assert call.odds().status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_body_may_be_truncated_or_cut(call: Caller, provider: Provider, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    provider.faults.add("truncate")
    answer = call.odds(headers=headers)
    assert answer.status_code == 200
    assert credit(answer) == (497, 3, 3)
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    provider.faults.add("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        call.odds(headers=headers)
    assert credit(call.odds(headers=headers)) == (491, 9, 3)


def test_an_answer_may_be_late_or_slow(call: Caller, provider: Provider) -> None:
    for kind in ("late", "slow_body"):
        provider.faults.add(kind, seconds=60)
        with pytest.raises(httpx.ReadTimeout):
            call.client.get("/v4/sports/basketball_nba/odds?apiKey=simulation&regions=us", timeout=0.2)
    provider.faults.add("slow_body", seconds=0.02)
    assert len(call.odds().json()) > 0


def test_the_schema_may_change(call: Caller) -> None:
    changes = [
        {"field": "bookmakers", "change": "renamed", "to": "books"},
        {"field": "commence_time", "change": "nulled"},
        {"field": "price", "change": "removed"},
    ]
    for change in changes:
        call.control("faults", kind="schema", operation="odds", times=1, **change)
    shaped = call.odds().json()[0]
    assert "bookmakers" not in shaped
    assert shaped["commence_time"] is None
    assert set(shaped["books"][0]["markets"][0]["outcomes"][0]) == {"name"}
    assert call.odds().json()[0]["commence_time"]


def test_the_clock_may_be_wrong(call: Caller) -> None:
    call.control("faults", kind="clock_skew", seconds=-90, times=None)
    assert call.odds().headers["x-simulated-time"] == "2026-01-10T16:58:30Z"
    assert call.odds().headers["x-simulated-time"] == "2026-01-10T17:03:30Z"
    call.client.delete("/_simulator/faults")
    assert call.get("/sports").headers["x-simulated-time"] == "2026-01-10T17:05:00Z"


def test_a_fault_waits_for_its_requests(call: Caller) -> None:
    call.control("faults", kind="server_error", operation="odds", sport="soccer_epl", skip=1, times=2)
    assert call.get("/sports").status_code == 200
    assert call.odds().status_code == 200
    assert [call.odds("soccer_epl").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert call.client.get("/_simulator/faults").json()["faults"] == []


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "kind is missing"),
    ({"kind": "fire"}, "kind must be one of"),
    ({"kind": "late", "seconds": -1}, "seconds must be from 0"),
    ({"kind": "late", "seconds": "soon"}, "seconds must be of the kind float"),
    ({"kind": "late", "seconds": 10**400}, "seconds must be of the kind float"),
    ({"kind": "late", "seconds": float("nan")}, "seconds must be from 0"),
    ({"kind": "late", "times": 0}, "times must be 1 or more"),
    ({"kind": "late", "times": True}, "times must be of the kind int"),
    ({"kind": "late", "skip": -1}, "skip must be 0"),
    ({"kind": "late", "colour": "red"}, "colour is nothing"),
    ({"kind": "late", "sport": "x" * 300}, "sport must be of the kind str"),
    ({"kind": "schema"}, "needs a field"),
    ({"kind": "schema", "field": "id", "change": "renamed"}, "to is missing"),
]


@pytest.mark.parametrize(("given", "message"), BAD)
def test_it_rejects_a_fault_that_there_is_not(given: dict[str, Any], message: str) -> None:
    with pytest.raises(BadFault, match=message):
        read_fault(given)


def test_a_fault_is_the_same_from_both_sides() -> None:
    assert read_fault({"kind": "late", "seconds": 3, "times": None}) == Fault("late", seconds=3.0, times=None)
