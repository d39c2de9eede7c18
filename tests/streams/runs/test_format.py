"""How figures of a run are written."""

from datetime import timedelta

import pytest

from streams.templatetags.run_format import milliseconds, roughly, two_digits


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "–"), (58, "58 ms"), (1234, "1.2 s"), (61_000, "1 min 1 s"), (120_000, "2 min")],
)
def test_durations(value, text):
    assert milliseconds(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.01, "0.1 s"), (9.94, "9.9 s"), (59.4, "59 s"), (59.6, "1 min"), (3600, "1 h"), (90_061, "25 h 1 min")],
)
def test_time_left(seconds, text):
    assert roughly(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(None, "–"), (7.4, "7"), (57_543.2, "58,000"), (5_612_345.0, "5,600,000"), (99.6, "100")]
)
def test_rates(rate, text):
    assert two_digits(rate) == text
