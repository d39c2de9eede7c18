"""What a site changes is checked at the start, and reaches the engine."""

import json
from pathlib import Path
from typing import Any

import pytest

from markets import configured, overrides
from markets.detector_settings import BadSetting, Settings
from markets.weights import EQUAL, FORMAT, BadWeights
from tests.markets.recordings import moment

NBA, NFL = "basketball_nba", "americanfootball_nfl"
AFTER = moment("2026-08-01T00:00:00Z")


def test_without_a_word_the_defaults_hold(settings: Any) -> None:
    settings.MARKETS_SIGNALS = overrides.read(" ")
    assert configured.signal_settings(NBA) == Settings.for_sport(NBA)


def test_a_sport_has_its_own_over_those_of_every_sport(settings: Any) -> None:
    text = json.dumps({"every": {"steam.movers_least": 5, "late_most": 3}, NBA: {"steam.movers_least": 6}})
    settings.MARKETS_SIGNALS = overrides.read(text)
    assert configured.signal_settings(NBA).steam.movers_least == 6
    assert configured.signal_settings(NFL).steam.movers_least == 5
    assert {configured.signal_settings(sport).late_most for sport in (NBA, NFL)} == {3}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "must be JSON"),
        ("[" * 100_000, "must be JSON"),
        ("[]", "object of sports"),
        ('{"every": 3}', "object of sports"),
        ('{"Basketball": {}}', "no sport's key"),
        ('{"every": {"steam.nothing": 1}}', "steam.nothing"),
        ('{"every": {"steam.movers_least": "four"}}', "steam.movers_least"),
        ('{"basketball_nba": {"steam.movers_least": NaN}}', "steam.movers_least"),
        ('{"basketball_nba": {"steam.movers_least": 1e999}}', "steam.movers_least"),
        ('{"every": {"move.window_s": 3600}}', "move.cooldown_s"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(text: str, says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        overrides.read(text)


def weights(**changes: Any) -> str:
    return json.dumps(
        {
            "format": FORMAT,
            "sport": NBA,
            "source": "own polls",
            "games": 60,
            "first_start": "2026-07-14T23:00:00+00:00",
            "last_start": "2026-07-31T23:00:00+00:00",
            "half_life_seconds": None,
            "families": {"bovada": {"weight": 0.9}},
        }
        | changes
    )


def test_weights_are_equal_without_a_file(settings: Any, tmp_path: Path) -> None:
    settings.MARKETS_WEIGHTS = None
    assert configured.book_weights(NBA, before=AFTER) is EQUAL
    settings.MARKETS_WEIGHTS = tmp_path
    assert configured.book_weights(NBA, before=AFTER) is EQUAL


def test_weights_are_a_sports_own(settings: Any, tmp_path: Path) -> None:
    settings.MARKETS_WEIGHTS = tmp_path
    (tmp_path / f"{NBA}.json").write_text(weights())
    assert dict(configured.book_weights(NBA, before=AFTER).families) == {"bovada": 0.9}
    assert configured.book_weights(NFL, before=AFTER) is EQUAL


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (b"\xff\xfe", "cannot be read"),
        (b"{}", "format"),
        (weights(sport=NFL).encode(), "sport"),
        (weights(last_start="2026-08-01T00:00:00+00:00").encode(), "last_start"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(settings: Any, tmp_path: Path, held: bytes, says: str) -> None:
    settings.MARKETS_WEIGHTS = tmp_path
    (tmp_path / f"{NBA}.json").write_bytes(held)
    with pytest.raises(BadWeights, match=f"{NBA}.json.*{says}"):
        configured.book_weights(NBA, before=AFTER)
