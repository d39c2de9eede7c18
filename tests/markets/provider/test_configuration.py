"""Settings of the provider: what works, and the sentence for what does not."""

import pickle
import re

import pytest
from django.conf import settings

from markets.provider.access import Key, read_base
from markets.provider.configuration import Unfit, read
from stakepro.error_reports import RedactingFilter
from tests.stakepro.test_env_example import CHECKOUT, LISTED

DEFAULTS = {
    name: value
    for name, value in LISTED.findall((CHECKOUT / ".env.example").read_text())
    if re.match("ODDS_|POLL_|MARKETS_", name)
}
SECRET = "0123456789abcdef0123456789abcdef"


def test_the_defaults_work_and_have_no_key():
    odds = read(DEFAULTS)
    assert not odds.key
    assert (odds.base.url, odds.base.is_simulated) == ("https://api.the-odds-api.com/v4", False)
    assert odds.sports == ("basketball_nba", "basketball_ncaab", "americanfootball_nfl")
    assert odds.cadence.daily_credits == 1200
    assert odds.cadence.override is None


@pytest.mark.parametrize(
    ("name", "value", "of", "made"),
    [
        ("ODDS_API_SPORT_KEYS", " , ", "sports", ("basketball_nba",)),
        ("ODDS_API_SPORT_KEYS", "a,b,a", "sports", ("a", "b")),
        ("POLL_INTERVAL_SECONDS", "5", "cadence.override", 5),
        ("ODDS_API_TARGET_DAILY_CREDITS", "0", "cadence.daily_credits", None),
        ("ODDS_API_TARGET_DAILY_CREDITS", "-5", "cadence.daily_credits", None),
        ("ODDS_POLL_INTERVAL_IDLE_SECONDS", "10", "cadence.idle", 60),
        ("MARKETS_CLOSE_CAPTURE_ENABLED", "off", "cadence.close_capture", False),
        ("ODDS_API_BOOKMAKERS", "pinnacle, lowvig", "scope.bookmakers", ("pinnacle", "lowvig")),
    ],
)
def test_what_is_set_counts(name, value, of, made):
    found = read({**DEFAULTS, name: value})
    for part in of.split("."):
        found = getattr(found, part)
    assert found == made


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ODDS_API_KEY", "two words", "must be letters"),
        ("ODDS_API_KEY", SECRET + "\n" + "x", "must be letters"),
        ("ODDS_API_BASE_URL", "http://api.the-odds-api.com/v4", "must begin with https://"),
        ("ODDS_API_BASE_URL", "http://127.0.0.1.example.org/v4", "must begin with https://"),
        ("ODDS_API_BASE_URL", "ftp://127.0.0.1/v4", "must begin with https://"),
        ("ODDS_API_BASE_URL", "https://me:secret@example.org/v4", "must have no sign-in"),
        ("ODDS_API_BASE_URL", f"https://example.org/v4?apiKey={SECRET}", "must have no sign-in, query"),
        ("ODDS_API_BASE_URL", "https://exa mple.org", "must be an address"),
        ("ODDS_API_BASE_URL", "https://[::1", "must be an address"),
        ("ODDS_API_BASE_URL", "https://example.org:99999/", "must be an address"),
        ("ODDS_API_SPORT_KEYS", "nba/../x", "cannot be used"),
        ("ODDS_API_MARKETS", "player_points", "is none of them"),
        ("ODDS_API_MARKETS", "", "cannot be used"),
        ("ODDS_API_REGIONS", "", "cannot be used"),
        ("ODDS_API_REGIONS", "us us2", "cannot be used"),
        ("POLL_INTERVAL_SECONDS", "4", "must be from 5"),
        ("ODDS_POLL_INTERVAL_SECONDS", "soon", "must be a whole number"),
        ("ODDS_POLL_INTERVAL_SECONDS", "9" * 5000, "must be from"),
        ("ODDS_API_RETRY_BACKOFF_SECONDS", "nan", "must be from"),
        ("ODDS_API_RETRY_BACKOFF_SECONDS", "1e999", "must be from"),
        ("ODDS_API_RETRY_BACKOFF_MAX_SECONDS", "x", "must be a number"),
        ("ODDS_API_RETRY_ATTEMPTS", "0", "must be from 1"),
        ("ODDS_API_CIRCUIT_OPEN_SECONDS", "4", "must be from 5"),
        ("ODDS_API_CIRCUIT_FAILURES_TO_OPEN", "0", "must be from 1"),
        ("ODDS_API_TARGET_DAILY_CREDITS", "many", "must be a whole number"),
        ("MARKETS_CLOSE_CAPTURE_ENABLED", "perhaps", "must be true or false"),
        ("MARKETS_CLOSE_CAPTURE_MAX_EVENTS_PER_CYCLE", "0", "must be from 1"),
    ],
)
def test_what_cannot_work_is_refused_by_name(name, value, sentence):
    with pytest.raises(Unfit) as refused:
        read({**DEFAULTS, name: value})
    assert name in str(refused.value)
    assert sentence in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "url", "simulated"),
    [
        ("https://ipv6-api.the-odds-api.com/v4/", "https://ipv6-api.the-odds-api.com/v4", False),
        ("http://127.0.0.1:8123/v4", "http://127.0.0.1:8123/v4", True),
        ("http://[::1]:8123/v4", "http://[::1]:8123/v4", True),
        ("http://localhost:8123", "http://localhost:8123", True),
        ("https://127.0.0.1:8123/v4", "https://127.0.0.1:8123/v4", True),
    ],
)
def test_loopback_is_a_simulator(address, url, simulated):
    assert read_base(address) == (url, simulated)


def test_nobody_sees_the_key():
    odds = read({**DEFAULTS, "ODDS_API_KEY": SECRET})
    assert odds.key
    for shown in (repr(odds), str(odds.key), repr(odds.key), f"{odds.key}"):
        assert SECRET not in shown
    with pytest.raises(TypeError):
        pickle.dumps(odds.key)
    assert SECRET not in str(RedactingFilter().cleanse_setting("ODDS", odds))
    assert SECRET not in str(RedactingFilter().cleanse_setting("ODDS_API_KEY", SECRET))
    # The project's own settings hold it in nothing but this.
    kept = [name for name in dir(settings) if isinstance(getattr(settings, name, None), type(odds))]
    assert kept == ["ODDS"]
    assert not hasattr(settings, "ODDS_API_KEY")


def test_a_key_is_hidden_where_it_is_repeated():
    assert Key(SECRET).hide_in(f"no such key: {SECRET}") == "no such key: [redacted]"
    assert Key("").hide_in("text") == "text"
