"""Every error that the provider documents: its status, its body, and that it costs nothing."""

import json
from typing import Any

import pytest

from markets.simulator import Account, Generated, Provider
from markets.simulator.refusals import CODES, GUIDE
from markets.simulator.wire import Request
from tests.markets.recordings import ODDS_API, needs_recordings
from tests.markets.simulator.wire import KEY, Caller, credit

NBA = "/sports/basketball_nba"
OLD = "/historical/sports/basketball_nba"
US = {"regions": "us"}
NOBODY = "0" * 32

CASES: list[tuple[str, int, str, dict[str, Any]]] = [
    ("MISSING_KEY", 401, "/sports", {"key": None}),
    ("MISSING_KEY", 401, f"{NBA}/odds", {"key": ""}),
    ("INVALID_KEY", 401, "/sports", {"key": "another"}),
    ("INVALID_KEY", 401, "/sports", {"key": "sïmulation\x00"}),
    ("UNKNOWN_SPORT", 404, "/sports/chess_blitz/odds", US),
    ("UNKNOWN_SPORT", 404, "/historical/sports/chess_blitz/odds", {**US, "date": "2026-01-10T16:00:00Z"}),
    ("INVALID_SPORT", 422, "/sports/Chess!/events", {}),
    ("EVENT_NOT_FOUND", 404, f"{NBA}/events/{NOBODY}/odds", US),
    ("EVENT_NOT_FOUND", 404, f"{NBA}/events/{NOBODY}/markets", US),
    ("EVENT_NOT_FOUND", 404, f"{OLD}/events/{NOBODY}/odds", {**US, "date": "2026-01-10T16:00:00Z"}),
    ("INVALID_EVENT_ID", 422, f"{NBA}/events/first/odds", US),
    ("INVALID_EVENT_IDS", 422, f"{NBA}/odds", {**US, "eventIds": "first"}),
    ("INVALID_EVENT_IDS", 422, f"{NBA}/events", {"eventIds": ","}),
    ("MISSING_REGION", 422, f"{NBA}/odds", {}),
    ("MISSING_REGION", 422, f"{NBA}/odds", {"regions": "", "bookmakers": ""}),
    ("INVALID_REGION", 422, f"{NBA}/odds", {"regions": "us,mars"}),
    ("INVALID_BOOKMAKERS", 422, f"{NBA}/odds", {"bookmakers": "draftkings,nobody"}),
    ("MISSING_MARKET", 422, f"{NBA}/odds", {**US, "markets": ""}),
    ("INVALID_MARKET", 422, f"{NBA}/odds", {**US, "markets": "h2h,player_pass_yds"}),
    ("INVALID_MARKET", 422, f"{NBA}/events/{{event}}/odds", {**US, "markets": "nonsense"}),
    ("INVALID_MARKET_COMBO", 422, f"{NBA}/odds", {**US, "markets": "h2h,outrights"}),
    ("INVALID_ODDS_FORMAT", 422, f"{NBA}/odds", {**US, "oddsFormat": "fractional"}),
    ("INVALID_DATE_FORMAT", 422, f"{NBA}/odds", {**US, "dateFormat": "us"}),
    ("INVALID_ALL_SPORTS_PARAM", 422, "/sports", {"all": "yes"}),
    ("INVALID_SCORES_DAYS_FROM", 422, f"{NBA}/scores", {"daysFrom": "4"}),
    ("INVALID_SCORES_DAYS_FROM", 422, f"{NBA}/scores", {"daysFrom": "1e999"}),
    ("MISSING_HISTORICAL_TIMESTAMP", 422, f"{OLD}/odds", US),
    ("INVALID_HISTORICAL_TIMESTAMP", 422, f"{OLD}/odds", {**US, "date": "2026-01-10T16:00:00.000Z"}),
    ("INVALID_HISTORICAL_TIMESTAMP", 422, f"{OLD}/odds", {**US, "date": "2026-01-10T16:00:00+00:00"}),
    ("INVALID_HISTORICAL_TIMESTAMP", 422, f"{OLD}/events", {"date": "2026-02-30T16:00:00Z"}),
    ("INVALID_COMMENCE_TIME_FROM", 422, f"{NBA}/events", {"commenceTimeFrom": "today"}),
    ("INVALID_COMMENCE_TIME_TO", 422, f"{NBA}/events", {"commenceTimeTo": "2026-01-10T16:00:00.5Z"}),
    (
        *("INVALID_COMMENCE_TIME_RANGE", 422, f"{NBA}/events"),
        {"commenceTimeFrom": "2026-01-11T00:00:00Z", "commenceTimeTo": "2026-01-10T00:00:00Z"},
    ),
    (
        *("HISTORICAL_MARKETS_UNAVAILABLE_AT_DATE", 422, "/historical/sports/baseball_mlb/odds"),
        {**US, "date": "2020-01-01T00:00:00Z"},
    ),
    ("INVALID_INCLUDE_LINKS", 422, f"{NBA}/odds", {**US, "includeLinks": "1"}),
    ("INVALID_INCLUDE_SIDS", 422, f"{NBA}/odds", {**US, "includeSids": "yes"}),
    ("INVALID_INCLUDE_BET_LIMITS", 422, f"{NBA}/odds", {**US, "includeBetLimits": ""}),
    ("INVALID_INCLUDE_MULTIPLIERS", 422, f"{NBA}/odds", {**US, "includeMultipliers": "TRUE"}),
    ("INVALID_INCLUDE_ROTATION_NUMBERS", 422, f"{NBA}/odds", {**US, "includeRotationNumbers": "no"}),
]
# These depend on the account and not on what is asked; each has its own test below.
OF_THE_ACCOUNT = {
    *("DEACTIVATED_KEY", "OUT_OF_USAGE_CREDITS", "HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN", "EXCEEDED_FREQ_LIMIT"),
}


def body(code: str, message: str) -> dict[str, str]:
    """What the provider says with a code."""
    return {"message": message, "error_code": code, "details_url": GUIDE + code.lower().replace("_", "-")}


def test_every_refusal_has_its_status_and_body_and_is_free(call: Caller) -> None:
    event = call.get(f"{NBA}/events").json()[0]["id"]
    for code, status, path, query in CASES:
        answer = call.get(path.replace("{event}", event), **query)
        told = answer.json()
        assert (answer.status_code, told["error_code"]) == (status, code), (path, query)
        assert told == body(code, told["message"])
        assert told["message"]
        assert credit(answer) == (500, 0, 0)
        assert "x-simulated-time" in answer.headers


def test_no_refusal_is_left_out() -> None:
    assert {case[0] for case in CASES} | OF_THE_ACCOUNT == set(CODES)


@needs_recordings
def test_the_documented_errors_are_ours() -> None:
    documented = json.loads((ODDS_API / "errors.json").read_text())
    # Nothing that we simulate is asked for by participant.
    assert {error["error_code"] for error in documented} - {"INVALID_PARTICIPANT_ID"} == set(CODES)


@needs_recordings
def test_bodies_that_were_seen_are_answered_word_for_word(call: Caller) -> None:
    documented = {error["error_code"]: error for error in json.loads((ODDS_API / "errors.json").read_text())}
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "INVALID_KEY": ("/sports", {"key": "another"}),
        "UNKNOWN_SPORT": ("/sports/chess_blitz/odds", US),
        "MISSING_REGION": (f"{NBA}/odds", {}),
        "INVALID_MARKET": (f"{NBA}/odds", {**US, "markets": "player_pass_yds"}),
        "OUT_OF_USAGE_CREDITS": (f"{NBA}/odds", US),
    }
    assert set(asked) == {code for code, error in documented.items() if error["body"]}
    call.control("account", remaining=0)
    for code, (path, query) in asked.items():
        answer = call.get(path, **query)
        assert (answer.status_code, answer.json()) == (documented[code]["status"], documented[code]["body"])


def test_a_deactivated_key_is_told_so(call: Caller) -> None:
    call.control("account", key_state="deactivated")
    answer = call.get("/sports")
    assert (answer.status_code, answer.json()["error_code"]) == (401, "DEACTIVATED_KEY")
    call.control("account", key_state="active")
    assert call.get("/sports").status_code == 200


def test_credits_run_out_and_free_calls_still_work(call: Caller) -> None:
    call.control("account", remaining=2, used=498)
    assert credit(call.odds()) == (0, 501, 3)
    answer = call.odds()
    assert (answer.status_code, answer.json()["error_code"]) == (401, "OUT_OF_USAGE_CREDITS")
    assert credit(answer) == (0, 501, 0)
    assert call.get("/sports").status_code == 200
    assert call.get(f"{NBA}/events").status_code == 200
    assert call.get(f"{NBA}/scores").status_code == 401
    call.control("account", remaining=20_000, used=0)
    assert credit(call.odds()) == (19_997, 3, 3)


def test_time_does_not_go_on_without_an_answer(call: Caller) -> None:
    first = call.odds().headers["x-simulated-time"]
    call.control("account", remaining=0)
    assert call.odds().headers["x-simulated-time"] == first
    assert call.odds(regions=None).headers["x-simulated-time"] == first


def test_a_free_plan_has_no_history(call: Caller) -> None:
    call.control("account", free_plan=True)
    for path in (f"{OLD}/odds", f"{OLD}/events", f"{OLD}/events/{NOBODY}/odds"):
        answer = call.get(path, **US, date="2026-01-10T16:00:00Z")
        assert answer.status_code == 401
        assert answer.json()["error_code"] == "HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN"


def test_more_than_thirty_calls_a_second_are_too_many(generated: Generated) -> None:
    now = 100.0
    provider = Provider(generated, account=Account(KEY, calls_a_second=30), monotonic=lambda: now)
    asked = Request("/v4/sports", {"apiKey": KEY})
    assert [provider.respond(asked).status for _ in range(31)] == [200] * 30 + [429]
    assert json.loads(provider.respond(asked).body)["error_code"] == "EXCEEDED_FREQ_LIMIT"
    now = 101.0
    assert provider.respond(asked).status == 200


@pytest.mark.parametrize("path", ["/", "/v4", "/v4/sports/a/b/c/d", "/v3/sports", "/v4/sports//odds"])
def test_other_paths_are_not_found(call: Caller, path: str) -> None:
    answer = call.client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


PARAMETERS = [
    (f"/v4{NBA}/odds?apiKey={KEY}&", ("regions", "bookmakers")),
    (
        f"/v4{NBA}/odds?apiKey={KEY}&regions=us&",
        ("markets", "eventIds", "commenceTimeFrom", "oddsFormat", "dateFormat"),
    ),
    (f"/v4{NBA}/odds?apiKey={KEY}&regions=us&", ("commenceTimeTo", "includeLinks", "bookmakers")),
    (f"/v4{NBA}/scores?apiKey={KEY}&", ("daysFrom", "eventIds")),
    (f"/v4{OLD}/odds?apiKey={KEY}&regions=us&", ("date",)),
    ("/v4/sports?", ("apiKey",)),
]
HOSTILE = ["%00", "%ff%fe", "1e999", "NaN", "../../etc/passwd", "a" * 20_000, "%ED%A0%80", "9" * 400]


def test_hostile_requests_are_refused(call: Caller) -> None:
    for text in HOSTILE:
        for path, names in PARAMETERS:
            for name in names:
                answer = call.client.get(f"{path}{name}={text}")
                assert answer.status_code == (401 if name == "apiKey" else 422), (path, name, text[:20])
        found = call.client.get(f"/v4/sports/{text.replace('/', '')}/odds?apiKey={KEY}")
        assert found.status_code in (404, 422)
    assert call.client.post(f"/v4{NBA}/odds?apiKey={KEY}", content=b"x").status_code == 405
    assert call.client.get("/v4/sports", headers={"Host": "example.com"}).status_code == 421
    assert call.get("/sports").status_code == 200
