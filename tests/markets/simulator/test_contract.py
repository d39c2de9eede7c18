"""Every path of the provider: status, body, cost and headers, as section by section documented."""

from datetime import datetime
from typing import Any

import pytest

from markets.simulator import Provider
from tests.markets.simulator.wire import ALL, Caller, credit

NBA = "/sports/basketball_nba"


@pytest.fixture
def event(call: Caller) -> dict[str, Any]:
    """The first event that is listed."""
    found: dict[str, Any] = call.get(f"{NBA}/events").json()[0]
    return found


def test_it_works(call: Caller) -> None:
    answer = call.odds()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert credit(answer) == (497, 3, 3)
    assert answer.headers["x-simulated-time"] == "2026-01-10T17:00:00Z"
    assert not {"etag", "last-modified", "x-requests-limit"} & set(answer.headers)
    first = answer.json()[0]
    assert first["sport_title"] == "NBA (simulation)"
    assert first["home_team"].startswith("Simulated ")
    assert {market["key"] for market in first["bookmakers"][0]["markets"]} == {"h2h", "spreads", "totals"}


COSTS = [
    # path, query, cost
    ("/sports", {}, 0),
    ("/sports", {"all": "true"}, 0),
    (f"{NBA}/events", {}, 0),
    (f"{NBA}/odds", {"regions": "us"}, 1),
    (f"{NBA}/odds", {"regions": "us", "markets": "h2h,spreads,totals"}, 3),
    (f"{NBA}/odds", {"regions": "us,eu", "markets": "h2h,totals"}, 4),
    (f"{NBA}/odds", {"regions": "us,us", "markets": "h2h,h2h"}, 1),
    (f"{NBA}/odds", {"bookmakers": "draftkings", "markets": "h2h,totals"}, 2),
    (f"{NBA}/odds", {"regions": "us,uk,eu,au", "bookmakers": "draftkings,pinnacle"}, 1),
    (f"{NBA}/odds", {"regions": "au"}, 0),
    (f"{NBA}/odds", {"regions": "us", "commenceTimeTo": "2020-01-01T00:00:00Z"}, 0),
    ("/sports/baseball_mlb/odds", {"regions": "us"}, 0),
    (f"{NBA}/scores", {}, 1),
    (f"{NBA}/scores", {"daysFrom": "3"}, 2),
    (f"{NBA}/participants", {}, 1),
    (f"{NBA}/events/EVENT/odds", {"regions": "us", "markets": "h2h,totals"}, 2),
    (f"{NBA}/events/EVENT/odds", {"regions": "us,eu", "markets": "h2h,player_points,alternate_spreads"}, 2),
    (f"{NBA}/events/EVENT/odds", {"regions": "us", "markets": "player_points"}, 0),
    (f"{NBA}/events/EVENT/markets", {"regions": "us"}, 1),
    ("/historical/sports/basketball_nba/odds", {"regions": "us,us2", "markets": "h2h,totals", "date": "DATE"}, 40),
    ("/historical/sports/basketball_nba/odds", {"regions": "au", "date": "DATE"}, 0),
    ("/historical/sports/basketball_nba/events", {"date": "DATE"}, 1),
    ("/historical/sports/basketball_nba/events", {"date": "DATE", "eventIds": "0" * 32}, 0),
    ("/historical/sports/basketball_nba/events/EVENT/odds", {"regions": "us", "date": "DATE"}, 10),
]


def test_every_path_costs_what_is_documented(call: Caller, event: dict[str, Any]) -> None:
    spent = 0
    for path, query, cost in COSTS:
        asked = {name: value.replace("DATE", "2026-01-10T16:58:00Z") for name, value in query.items()}
        answer = call.get(path.replace("EVENT", event["id"]), **asked)
        spent += cost
        assert (answer.status_code, credit(answer)) == (200, (500 - spent, spent, cost)), (path, query)


def test_sports_are_those_that_have_polls(call: Caller) -> None:
    active = call.get("/sports").json()
    assert [sport["key"] for sport in active] == ["basketball_nba", "soccer_epl"]
    assert active[0] == {
        "key": "basketball_nba",
        "group": "Basketball",
        "title": "NBA (simulation)",
        "description": "US Basketball",
        "active": True,
        "has_outrights": False,
    }
    everything = call.get("/sports", all="true").json()
    assert len(everything) == 8
    assert {sport["key"] for sport in everything if sport["active"]} == {"basketball_nba", "soccer_epl"}


def test_only_the_books_and_markets_that_were_asked_for_are_shown(call: Caller, event: dict[str, Any]) -> None:
    found = call.get(f"{NBA}/odds", bookmakers="fanduel,pinnacle", markets="totals", eventIds=event["id"]).json()
    assert [one["id"] for one in found] == [event["id"]]
    assert [book["key"] for book in found[0]["bookmakers"]] == ["fanduel"]
    assert [market["key"] for market in found[0]["bookmakers"][0]["markets"]] == ["totals"]


def test_prices_and_times_are_written_as_asked(provider: Provider, call: Caller) -> None:
    provider.desk.steps = False
    american, decimal = call.odds().json(), call.odds(oddsFormat=None, dateFormat="unix").json()
    for one, other in zip(american, decimal, strict=True):
        assert datetime.fromisoformat(one["commence_time"]).timestamp() == other["commence_time"]
        first, second = (event["bookmakers"][0] for event in (one, other))
        assert datetime.fromisoformat(first["last_update"]).timestamp() == second["last_update"]
        for prices in zip(*(book["markets"][0]["outcomes"] for book in (first, second)), strict=True):
            cents, price = prices[0]["price"], prices[1]["price"]
            assert isinstance(cents, int)
            assert price == round(1 + (cents / 100 if cents > 0 else 100 / -cents), 2)


def test_what_is_included_is_null_where_nobody_has_it(call: Caller) -> None:
    event = call.odds(includeLinks="true", includeSids="true", includeBetLimits="true", includeRotationNumbers="true")
    found = event.json()[0]
    assert found["home_rotation_number"] is None
    book = found["bookmakers"][0]
    outcome = book["markets"][0]["outcomes"][0]
    assert (book["link"], book["sid"], outcome["link"], outcome["bet_limit"]) == (None, None, None, None)
    assert "multiplier" not in outcome


def test_starts_can_be_asked_for(call: Caller) -> None:
    starts = sorted(event["commence_time"] for event in call.get(f"{NBA}/events").json())
    assert len(starts) > 1
    assert starts[0] < starts[-1]
    upto = call.get(f"{NBA}/events", commenceTimeFrom=starts[0], commenceTimeTo=starts[0]).json()
    assert {event["commence_time"] for event in upto} == {starts[0]}


def test_an_event_says_only_per_market_when_it_was_read(call: Caller, event: dict[str, Any]) -> None:
    found = call.get(f"{NBA}/events/{event['id']}/odds", **ALL).json()
    assert found["id"] == event["id"]
    for book in found["bookmakers"]:
        assert "last_update" not in book
        assert all("last_update" in market for market in book["markets"])
    told = call.get(f"{NBA}/events/{event['id']}/markets", **ALL).json()
    assert {book["key"]: [market["key"] for market in book["markets"]] for book in told["bookmakers"]} == {
        book["key"]: [market["key"] for market in book["markets"]] for book in found["bookmakers"]
    }


def test_history_is_the_newest_poll_at_or_before_a_date(call: Caller, event: dict[str, Any]) -> None:
    base = "/historical/sports/basketball_nba"
    call.control("clock", to="2026-01-10T17:12:00Z")
    listed = call.get(f"{base}/odds", date="2026-01-10T17:04:59Z", **ALL).json()
    assert list(listed) == ["timestamp", "previous_timestamp", "next_timestamp", "data"]
    assert [listed[name] for name in list(listed)[:3]] == [
        *("2026-01-10T17:00:00Z", "2026-01-10T16:55:00Z", "2026-01-10T17:05:00Z"),
    ]
    assert isinstance(listed["data"], list)
    one = call.get(f"{base}/events/{event['id']}/odds", date="2026-01-10T17:04:59Z", **ALL).json()
    assert isinstance(one["data"], dict)
    assert one["data"]["bookmakers"][0]["last_update"] == listed["data"][0]["bookmakers"][0]["last_update"]
    newest = call.get(f"{base}/events", date="2030-01-01T00:00:00Z").json()
    assert (newest["timestamp"], newest["next_timestamp"]) == ("2026-01-10T17:10:00Z", None)
    assert "bookmakers" not in newest["data"][0]


def test_scores_are_texts_and_go_with_the_game(call: Caller) -> None:
    call.control("clock", to="2026-01-11T01:00:00Z")
    live = [event for event in call.get(f"{NBA}/scores").json() if event["scores"]]
    assert live
    assert not any(event["completed"] for event in live)
    assert all(score["score"].isdigit() for event in live for score in event["scores"])
    call.control("clock", to="2026-01-11T12:00:00Z")
    ended = [event for event in call.get(f"{NBA}/scores", daysFrom="1").json() if event["completed"]]
    assert {event["id"] for event in live} <= {event["id"] for event in ended}
    assert not any(event["completed"] for event in call.get(f"{NBA}/scores").json())
    assert not {event["id"] for event in ended} & {event["id"] for event in call.odds().json()}


def test_participants_are_the_teams(call: Caller) -> None:
    teams = call.get(f"{NBA}/participants").json()
    names = {team["full_name"] for team in teams}
    assert all(team["id"].startswith("par_") for team in teams)
    assert {event["home_team"] for event in call.get(f"{NBA}/events").json()} <= names


def test_bodies_are_gzipped_where_that_is_asked_for(provider: Provider, call: Caller) -> None:
    provider.desk.steps = False
    packed = call.odds(headers={"Accept-Encoding": "gzip"})
    plain = call.odds(headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 5
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
