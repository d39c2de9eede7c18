"""What each question costs at most, and how it is put."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from markets.provider import contract
from markets.provider.contract import stamp

AT = datetime(2026, 1, 10, 17, 5, 9, 999_999, tzinfo=UTC)
ONE = contract.scope(["h2h"], ["us"])
THREE = contract.scope(["spreads", "totals", "h2h"], ["us"])
WIDE = contract.scope(["spreads", "totals"], ["us", "eu"])
TEN = contract.scope(["spreads", "totals", "h2h"], ["us", "eu"], [f"book_{n}" for n in range(10)])
ELEVEN = contract.scope(["spreads"], [], [f"book_{n}" for n in range(11)])


@pytest.mark.parametrize(
    ("call", "cost"),
    [
        (contract.sports(), 0),
        (contract.events("basketball_nba"), 0),
        (contract.odds("basketball_nba", ONE), 1),
        (contract.odds("basketball_nba", THREE), 3),
        (contract.odds("basketball_nba", WIDE), 4),
        (contract.odds("basketball_nba", TEN), 3),  # bookmakers win over regions; ten are one region
        (contract.odds("basketball_nba", ELEVEN), 2),
        (contract.scores("basketball_nba"), 1),
        (contract.scores("basketball_nba", 3), 2),
        (contract.participants("basketball_nba"), 1),
        (contract.event_markets("basketball_nba", "ab12"), 1),
        (contract.event_odds("basketball_nba", "ab12", WIDE), 4),
        (contract.event_odds("basketball_nba", "ab12", ONE), 2),  # exchanges add h2h_lay to h2h
        (contract.historical_odds("basketball_nba", AT, THREE), 30),
        (contract.historical_odds("basketball_nba", AT, WIDE), 40),
        (contract.historical_events("basketball_nba", AT), 1),
        (contract.historical_event_odds("basketball_nba", "ab12", AT, WIDE), 40),
    ],
)
def test_what_a_call_costs_is_known_before(call, cost):
    assert call.credits == cost


def test_the_question_holds_what_was_asked_for_and_no_key():
    call = contract.historical_odds("basketball_nba", AT, TEN)
    assert call.path == "/historical/sports/basketball_nba/odds"
    assert dict(call.parameters) == {
        "date": "2026-01-10T17:05:09Z",
        "bookmakers": ",".join(f"book_{n}" for n in range(10)),
        "markets": "spreads,totals,h2h",
        "oddsFormat": "american",
        "dateFormat": "iso",
    }


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (AT, "2026-01-10T17:05:09Z"),
        (datetime(2026, 1, 10, 17, 5, tzinfo=timezone(timedelta(hours=-5))), "2026-01-10T22:05:00Z"),
    ],
)
def test_a_moment_is_whole_seconds_and_z(moment, text):
    assert stamp(moment) == text


@pytest.mark.parametrize(
    "ask",
    [
        lambda: stamp(datetime(2026, 1, 10)),  # noqa: DTZ001
        lambda: contract.events("nba/../../x"),
        lambda: contract.events("nba?apiKey=1"),
        lambda: contract.events(""),
        lambda: contract.event_odds("nba", "../odds", ONE),
        lambda: contract.scores("nba", 4),
        lambda: contract.scope([], ["us"]),
        lambda: contract.scope(["h2h"], []),
        lambda: contract.scope(["h2h&x=1"], ["us"]),
        lambda: contract.scope(["h2h"], ["us\x00"]),
    ],
)
def test_what_cannot_be_asked_is_refused(ask):
    with pytest.raises(ValueError, match=r"\.$"):
        ask()
