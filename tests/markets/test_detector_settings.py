"""Settings: defaults by sport, changes by name, refusals, and one text for the same settings."""

import json
from typing import Any

import pytest

from markets.detector_settings import SPORTS, BadSetting, ByMarket, Settings
from markets.devig import Method
from markets.quotes import Market


def test_it_has_a_number_for_each_market() -> None:
    each = ByMarket(1, 2, 3)
    assert [each[market] for market in (Market.H2H, Market.SPREADS, Market.TOTALS)] == [1.0, 2.0, 3.0]
    assert each.most == 3.0


@pytest.mark.parametrize("sport", [*SPORTS, "icehockey_nhl", "no_such_sport"])
def test_every_sport_has_settings(sport: str) -> None:
    assert Settings.for_sport(sport).lookback_s == 900


def test_sports_differ_where_they_must() -> None:
    assert Settings.for_sport("basketball_nba").key_cross.numbers == (2, 3, 4, 5, 6, 7, 8, 10)
    assert Settings.for_sport("americanfootball_nfl").key_cross.numbers == (3, 6, 7, 10, 14)
    assert Settings.for_sport("baseball_mlb") == Settings()


def test_values_change_by_name() -> None:
    changed = Settings().changed(
        {
            "method": "power",
            "steam.movers_least": 5,
            "move.window_s.spreads": 300,
            "sync.step_least": 0.02,
            "key_cross.numbers": [7, 3],
            "dislocation.enabled": False,
        }
    )
    assert changed.method is Method.POWER
    assert changed.steam.movers_least == 5
    assert changed.move.window_s == ByMarket(600, 300, 900)
    assert changed.sync.step_least == ByMarket(0.02, 0.02, 0.02)
    assert changed.key_cross.numbers == (3.0, 7.0)
    assert not changed.dislocation.enabled
    assert Settings().steam.movers_least == 4, "what was given is not changed"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steam": 1}, "steam must be followed"),
        ({"steam.nothing": 1}, "no setting steam.nothing"),
        ({"steam.movers_least.more": 1}, "no setting steam.movers_least.more"),
        ({"nothing": 1}, "no setting nothing"),
        ({"": 1}, "no setting"),
        ({"steam.movers_least": 2.5}, "whole number"),
        ({"steam.movers_least": "4"}, "must be a number"),
        ({"steam.movers_least": True}, "must be a number"),
        ({"steam.agreement": float("nan")}, "must be a number"),
        ({"steam.agreement": 1e999}, "must be a number"),
        ({"steam.enabled": 1}, "true or false"),
        ({"method": "guess"}, "must be one of multiplicative"),
        ({"key_cross.numbers": 3}, "list of numbers"),
        ({"key_cross.numbers": ["3"]}, "must be a number"),
        ({"steam.cooldown_s": 60}, "steam.cooldown_s must be at least as long"),
        ({"move.window_s": 0}, "move.window_s must be above 0"),
        ({"move.window_s.spreads": -1}, "above 0"),
        ({"move.size_least": 0}, "above 0"),
        ({"sync.step_least.h2h": -0.1}, "above 0"),
        ({"sync.per_day_most": -1}, "not below 0"),
        ({"families_least": 1}, "at least 2"),
        ({"value_most": 0}, "value_most"),
        ({"gap_most_s": 0}, "gap_most_s"),
    ],
)
def test_it_refuses_what_cannot_be(values: dict[str, Any], message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        Settings().changed(values)


def test_equal_settings_have_equal_text() -> None:
    text = Settings.for_sport("basketball_nba").canonical()
    assert text == Settings.for_sport("basketball_nba").changed({"move.window_s.spreads": 600.0}).canonical()
    assert text != Settings.for_sport("americanfootball_nfl").canonical()
    assert json.loads(text)["steam"]["movers_least"] == 4
    assert " " not in text
