"""How figures are written: exact, and with the tier they belong to."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from streams.templatetags import stream_format


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0"),
        (1000, "1,000"),
        (Decimal("0E-18"), "0"),
        (Decimal("100"), "100"),
        (Decimal("1E+3"), "1,000"),
        (Decimal("0.000000000000000001"), "0.000000000000000001"),
        (Decimal("3203384.80"), "3,203,384.8"),
        (Decimal("12345678901234567890.500000000000000000"), "12,345,678,901,234,567,890.5"),
    ],
)
def test_exact(value, text):
    assert stream_format.exact(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (Decimal(0), "0"), (Decimal("1.50"), "+1.5"), (Decimal("-2"), "−2")]
)
def test_signed(value, text):
    assert stream_format.signed(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "–"), (Decimal(0), "0"), (Decimal("0.5"), "50"), (Decimal("0.99999"), "99.9"), (Decimal(1), "100")],
)
def test_percent_never_claims_all_for_less(share, text):
    assert stream_format.percent(share) == text


@pytest.mark.parametrize(
    ("result", "level"),
    [
        (None, 0),
        ("29.99", 0),
        ("34.68", 1),
        ("164.72", 2),
        ("400.02", 3),
        ("1066.73", 4),
        ("3200.18", 5),
        ("11200.65", 6),
        ("3203384.8", 6),
    ],
)
def test_the_results_people_watch_fall_into_a_tier_each(result, level):
    value = None if result is None else Decimal(result)
    assert stream_format.tier(value) == level


def test_a_badge_says_its_tier_in_words():
    badge = stream_format.result_badge(Decimal("1066.73"))
    assert 'title="tier 4 of 6: 1,000× and over"' in badge
    assert "1,066.73×" in badge


@pytest.mark.parametrize(
    ("result", "games", "shown"),
    [
        ("1066.73", "pump", "1,066.73×"),
        ("2.9547777278083602", "limbo", "2.95×"),
        ("0.000123456", "limbo", "0.000123456×"),
        ("1.0208", "pump", "1.0208×"),
        ("71.47", "dice", "71.47"),
        ("71.47", ["dice", "limbo"], "71.47"),
        ("3", "roulette", "3"),
        ("3", "a game of tomorrow", "3×"),
        ("3", [], "3×"),
    ],
)
def test_a_result_is_shown_as_its_game_draws_it(result, games, shown):
    assert stream_format.times(Decimal(result), games) == shown
    assert f">{shown}<" in stream_format.result_badge(Decimal(result), games).replace("</span>" + shown, ">" + shown)


def test_digits_that_are_cut_off_are_told():
    assert "2.9547777278083602×" in stream_format.result_badge(Decimal("2.9547777278083602"), "limbo")


def test_a_moment_is_written_in_utc_with_milliseconds():
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    written = stream_format.when(moment, "clock")
    assert written == '<time datetime="2026-01-02T03:04:05.678Z" data-style="clock">2026-01-02 03:04:05 UTC</time>'
