"""The control path: time, credits and faults for programs on this machine, sentences for what makes no sense."""

from typing import Any

import pytest

from markets.simulator import Provider
from tests.markets.simulator.wire import Caller


def test_it_tells_how_things_are(call: Caller) -> None:
    call.odds()
    assert call.client.get("/_simulator/").json() == {
        "simulator": True,
        "simulated_time": "2026-01-10T17:00:00Z",
        "speed": 0,
        "sports": {"basketball_nba": {"ended": False}, "soccer_epl": {"ended": False}},
        "credits": {"remaining": 497, "used": 3},
        "key_state": "active",
        "free_plan": False,
        "calls": 1,
    }
    assert call.client.get("/_simulator/calls").json()["calls"] == [
        {"operation": "odds", "sport": "basketball_nba", "at": "2026-01-10T17:00:00Z", "status": 200, "cost": 3}
    ]


def test_time_goes_on_when_it_is_told_to(call: Caller, provider: Provider) -> None:
    provider.desk.steps = False
    times = [
        call.control("clock", **given)["simulated_time"][11:19]
        for given in ({"step": "basketball_nba"}, {"step": "basketball_nba"}, {"seconds": 90})
    ]
    assert times == ["17:00:00", "17:05:00", "17:06:30"]
    assert call.control("clock", to="2026-01-10T18:00:00+00:00")["simulated_time"] == "2026-01-10T18:00:00Z"
    assert {call.odds().headers["x-simulated-time"] for _ in range(2)} == {"2026-01-10T18:00:00Z"}


BAD: list[tuple[str, Any]] = [
    ("clock", {}),
    ("clock", {"seconds": 1, "to": "2026-01-10T18:00:00Z"}),
    ("clock", {"seconds": -1}),
    ("clock", {"seconds": 1.5}),
    ("clock", {"seconds": 10**30}),
    ("clock", {"to": "2026-01-10T18:00:00"}),
    ("clock", {"to": 7}),
    ("clock", {"step": "chess"}),
    ("clock", {"step": ["basketball_nba"]}),
    ("account", {"remaining": -1}),
    ("account", {"remaining": None}),
    ("account", {"key_state": "lost"}),
    ("account", {"key_state": []}),
    ("account", {"free_plan": 1}),
    ("account", {"password": "x"}),
    ("faults", {"kind": "fire"}),
    ("faults", {"kind": ["late"]}),
    ("faults", [1]),
]


def test_what_makes_no_sense_gets_a_sentence(call: Caller) -> None:
    before = call.client.get("/_simulator/").json()
    for path, given in BAD:
        answer = call.client.post(f"/_simulator/{path}", json=given)
        assert answer.status_code == 400, (path, given)
        assert answer.json()["error"].endswith("."), (path, given)
    assert call.client.post("/_simulator/clock", content=b"[" * 100_000).status_code == 400
    for hostile in (b'{"to": NaN}', b'{"to": "\\ud800"}', b'{"to": "\\u0000"}', b'{"seconds": 1e999}', b"\xff"):
        assert call.client.post("/_simulator/clock", content=hostile).status_code == 400, hostile
    assert call.client.get("/_simulator/nowhere").status_code == 404
    assert call.client.get("/_simulator/").json() == before


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
def test_pages_of_a_browser_are_not_let_in(call: Caller, header: str) -> None:
    answer = call.client.post("/_simulator/account", json={"remaining": 1}, headers={header: "http://127.0.0.1"})
    assert answer.status_code == 403
    assert call.get("/sports").headers["x-requests-remaining"] == "500"


def test_large_and_broken_requests_are_refused(call: Caller) -> None:
    assert call.client.post("/_simulator/clock", content=b" " * 1_000_001).status_code == 413
    answer = call.client.post("/_simulator/clock", content=iter([b"{}"]))
    assert answer.status_code == 411
