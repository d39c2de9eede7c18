"""Amounts are whole minor units; what is written is what is meant, or it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import AMOUNT_MAX, BadAmount, Currency, parse, show

USDT = Currency("USDT", 6)
POINTS = Currency("PTS", 0)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0", 0),
        ("1", 1_000_000),
        ("1.5", 1_500_000),
        ("1.500000", 1_500_000),
        ("1.50000000000", 1_500_000),
        ("0.000001", 1),
        ("00012", 12_000_000),
        ("99999999999.999999", 99_999_999_999_999_999),
    ],
)
def test_it_reads(text, minor):
    assert parse(text, USDT) == minor


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "-1", "+1", "1e3", "1,5", ".5", "5.", "0x1", "NaN", "Infinity", "1e999", "١", "1\n"),
        *("0.0000001", "1" * 20, "100000000000.000001", 1, 1.5, None, True, [], "1_000"),
    ],
    ids=repr,
)
def test_it_refuses(text):
    with pytest.raises(BadAmount):
        parse(text, USDT)


@given(st.integers(0, AMOUNT_MAX), st.integers(0, 12))
def test_what_is_shown_is_read_as_the_same(minor, scale):
    currency = Currency("ANY", scale)
    assert parse(show(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (-1, USDT, "-0.000001"),
        (0, USDT, "0.000000"),
        (-1_500_000, USDT, "-1.500000"),
        (7, POINTS, "7"),
        (-7, POINTS, "-7"),
    ],
)
def test_it_shows(minor, currency, text):
    assert show(minor, currency) == text


@pytest.mark.parametrize(
    "values",
    [
        *(("usdt", 6), ("U", 6), ("USDT-TRC", 6), ("USDT", -1), ("USDT", 13)),
        *(("USDT", 6, 0), ("USDT", 6, 5, 4), ("USDT", 6, 1, AMOUNT_MAX + 1)),
    ],
)
def test_a_currency_that_cannot_be(values):
    with pytest.raises(ValueError, match=r".+"):
        Currency(*values)
