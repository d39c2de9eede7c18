"""Prices in four formats: read exactly, shown as documented, refused with a sentence."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets import odds
from markets.odds import BadOdds, Format

american_odds = st.integers(100, 10**8) | st.integers(-(10**8), -101)
prices = st.fractions(Fraction(1_000_001, 10**6), Fraction(1_000_001), max_denominator=10**9)


@pytest.mark.parametrize(
    ("american", "price", "decimal", "fractional", "probability"),
    [
        (-110, Fraction(21, 11), "1.9091", "10/11", "0.5238"),
        (+150, Fraction(5, 2), "2.5", "3/2", "0.4"),
        (-120, Fraction(11, 6), "1.8333", "5/6", "0.5455"),
        (+100, Fraction(2), "2", "1/1", "0.5"),
        (-300, Fraction(4, 3), "1.3333", "1/3", "0.75"),
        (+250, Fraction(7, 2), "3.5", "5/2", "0.2857"),
        (-10_000, Fraction(101, 100), "1.01", "1/100", "0.9901"),
        (10**8, Fraction(1_000_001), "1000001", "1000000/1", "0"),
        (-(10**8), Fraction(1_000_001, 10**6), "1.0001", "1/1000000", "1"),
    ],
)
def test_one_price_in_every_format(
    american: int, price: Fraction, decimal: str, fractional: str, probability: str
) -> None:
    assert odds.read_american(american) == price
    assert odds.show(price, Format.AMERICAN) == f"{american:+d}"
    assert odds.show(price, Format.DECIMAL) == decimal
    assert odds.show(price, Format.FRACTIONAL) == fractional
    assert odds.show(price, Format.PROBABILITY) == probability
    assert odds.read_fractional(fractional) == price
    assert odds.probability(price) == 1 / price


@pytest.mark.parametrize(
    ("style", "text", "price"),
    [
        (Format.AMERICAN, "+150", Fraction(5, 2)),
        (Format.AMERICAN, "150", Fraction(5, 2)),
        (Format.AMERICAN, " -120 ", Fraction(11, 6)),
        (Format.AMERICAN, "\N{MINUS SIGN}120", Fraction(11, 6)),
        (Format.AMERICAN, -100, Fraction(2)),
        (Format.AMERICAN, "even", Fraction(2)),
        (Format.AMERICAN, -110.0, Fraction(21, 11)),
        (Format.AMERICAN, Decimal("-110"), Fraction(21, 11)),
        (Format.DECIMAL, "1.91", Fraction(191, 100)),
        (Format.DECIMAL, 1.91, Fraction(191, 100)),
        (Format.DECIMAL, 2, Fraction(2)),
        (Format.DECIMAL, 2.0, Fraction(2)),
        (Format.DECIMAL, Decimal("1.9100"), Fraction(191, 100)),
        (Format.DECIMAL, Decimal("1E+2"), Fraction(100)),
        (Format.FRACTIONAL, "5/2", Fraction(7, 2)),
        (Format.FRACTIONAL, "100/30", Fraction(13, 3)),
        (Format.FRACTIONAL, "EVS", Fraction(2)),
        (Format.PROBABILITY, "0.4", Fraction(5, 2)),
        (Format.PROBABILITY, 0.4, Fraction(5, 2)),
        (Format.PROBABILITY, Fraction(3, 4), Fraction(4, 3)),
        (Format.PROBABILITY, 0.0012345678901234567, Fraction(10**19, 12345678901234567)),
    ],
)
def test_reading_is_exact(style: Format, text: object, price: Fraction) -> None:
    assert odds.READ[style](text) == price


NOT_NUMBERS = [None, True, [], {}, b"1.9", object(), "", " ", "x", "1,5", "nan", "inf", "1e999", "\0", "\ud800", "２.5"]
NOT_FINITE = [float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")]
TOO_LARGE = [10**5000, -(10**5000), "9" * 19, "9" * 5000, 1e300, Decimal("1E+999999"), Decimal("1E-999999")]


NEVER = [*NOT_NUMBERS, *NOT_FINITE, *TOO_LARGE, 0, 0.0, "0", -0.0, Decimal(0), "-1", "1/0"]


@pytest.mark.parametrize("style", Format)
@pytest.mark.parametrize("bad", NEVER, ids=[f"{type(bad).__name__}-{at}" for at, bad in enumerate(NEVER)])
def test_what_is_no_price_is_refused_in_every_format(style: Format, bad: object) -> None:
    with pytest.raises(BadOdds, match=r"^must .*\.$"):
        odds.READ[style](bad)


@pytest.mark.parametrize(
    ("style", "bad", "sentence"),
    [
        (Format.AMERICAN, 99, "-100 or less"),
        (Format.AMERICAN, -99, "-100 or less"),
        (Format.AMERICAN, "+50", "-100 or less"),
        (Format.AMERICAN, 0, "-100 or less"),
        (Format.AMERICAN, 110.5, "whole number"),
        (Format.AMERICAN, 10**8 + 1, "between"),
        (Format.AMERICAN, -1e9, "between"),
        (Format.AMERICAN, "1.91", "such as"),
        (Format.DECIMAL, 1, "above 1"),
        (Format.DECIMAL, "1.000", "above 1"),
        (Format.DECIMAL, 0.5, "above 1"),
        (Format.DECIMAL, -110, "above 1"),
        (Format.DECIMAL, "-110", "such as"),
        (Format.DECIMAL, "1.0000009", "millionth"),
        (Format.DECIMAL, "1000001.01", "million times"),
        (Format.DECIMAL, "1." + "1" * 31, "such as"),
        (Format.FRACTIONAL, 2.5, "such as"),
        (Format.FRACTIONAL, "0/5", "zero"),
        (Format.FRACTIONAL, "5/0", "zero"),
        (Format.FRACTIONAL, "-5/2", "such as"),
        (Format.FRACTIONAL, "1/1000001", "millionth"),
        (Format.FRACTIONAL, "1000001/1", "million times"),
        (Format.PROBABILITY, 1, "between 0 and 1"),
        (Format.PROBABILITY, "1.5", "between 0 and 1"),
        (Format.PROBABILITY, Fraction(-1, 2), "between 0 and 1"),
        (Format.PROBABILITY, 1e-7, "million times"),
        (Format.PROBABILITY, "0.9999999", "millionth"),
    ],
)
def test_a_refusal_says_what_is_wrong(style: Format, bad: object, sentence: str) -> None:
    with pytest.raises(BadOdds, match=sentence):
        odds.READ[style](bad)


@settings(max_examples=60, deadline=None)
@given(american_odds)
def test_american_odds_come_back_unchanged(american: int) -> None:
    price = odds.read_american(american)
    assert odds.american(price) == american
    assert odds.read_american(odds.show(price, Format.AMERICAN)) == price
    assert odds.read_fractional(odds.fractional(price)) == price
    assert odds.read_probability(odds.probability(price)) == price


@settings(max_examples=60, deadline=None)
@given(st.integers(100, 10**8) | st.integers(-9_999, -101))
def test_six_decimals_are_enough_for_american_odds_above_minus_ten_thousand(american: int) -> None:
    assert odds.american(odds.read_decimal(odds.decimal(odds.read_american(american), 6))) == american


@settings(max_examples=60, deadline=None)
@given(prices, st.integers(1, 18))
def test_showing_rounds_to_the_nearest_and_never_to_no_price(price: Fraction, places: int) -> None:
    unit = Fraction(1, 10**places)
    shown = Fraction(odds.decimal(price, places))
    assert shown > 1
    assert abs(shown - price) <= unit / 2 or shown == 1 + unit
    nearest = odds.american(price)
    assert abs(nearest) >= 100
    profit = price - 1
    assert abs(nearest - (100 * profit if nearest > 0 else -100 / profit)) <= Fraction(1, 2)


@settings(max_examples=60, deadline=None)
@given(st.decimals("1.01", "1000", places=3))
def test_decimal_odds_come_back_unchanged(given_odds: Decimal) -> None:
    assert odds.decimal(odds.read_decimal(given_odds), 3) == given_odds
    assert odds.read_decimal(float(given_odds)) == Fraction(given_odds)


def test_halves_go_to_the_even_digit() -> None:
    assert [odds.american(1 + Fraction(profit, 200)) for profit in (201, 203)] == [100, 102]
    assert [str(odds.decimal(Fraction(text), 2)) for text in ("1.905", "1.915")] == ["1.90", "1.92"]


def test_showing_does_not_depend_on_the_callers_context() -> None:
    with localcontext() as context:
        context.prec = 2
        assert str(odds.decimal(Fraction(123_457, 100), 6)) == "1234.570000"
        assert odds.show(odds.read_american(-110), Format.PROBABILITY) == "0.5238"


def test_a_fraction_with_a_small_denominator_is_the_nearest_and_never_zero() -> None:
    assert odds.fractional(Fraction("1.9091"), 20) == "10/11"
    assert odds.fractional(Fraction("1.0001"), 20) == "1/20"
    with pytest.raises(ValueError, match="1 or more"):
        odds.fractional(Fraction(2), 0)


@pytest.mark.parametrize("places", [0, -1, 19])
def test_places_outside_one_to_eighteen_are_refused(places: int) -> None:
    with pytest.raises(ValueError, match="1 to 18 places"):
        odds.decimal(Fraction(2), places)


@pytest.mark.parametrize("bad", [Fraction(1), Fraction(0), Fraction(-2), Fraction(10**7), 1.9, 2])
def test_a_price_made_by_hand_meets_the_same_limits(bad: Fraction) -> None:
    for function in (odds.american, odds.decimal, odds.fractional, odds.probability):
        with pytest.raises(BadOdds, match="must"):
            function(bad)


def test_minus_110_on_both_sides() -> None:
    sides = [odds.read_american(-110)] * 2
    assert odds.booksum(sides) == Fraction(22, 21)
    assert odds.overround(sides) == Fraction(1, 21)
    assert odds.hold(sides) == Fraction(1, 22)
    assert (round(float(odds.overround(sides)) * 100, 4), round(float(odds.hold(sides)) * 100, 4)) == (4.7619, 4.5455)


@pytest.mark.parametrize(
    ("texts", "booksum"),
    [
        (("4.20", "3.70", "1.95"), "1.021186"),
        (("2.45", "3.70", "2.90"), "1.023261"),
        (("2.05", "3.20", "3.80"), "1.063463"),
    ],
)
def test_known_booksums(texts: tuple[str, ...], booksum: str) -> None:
    assert f"{float(odds.booksum([odds.read_decimal(text) for text in texts])):.6f}" == booksum


def test_an_arbitrage_has_a_hold_below_zero() -> None:
    best = [odds.read_decimal("1.90"), odds.read_decimal("2.20")]
    assert odds.overround(best) < 0
    assert f"{-float(odds.hold(best)) * 100:.3f}" == "1.951"


@settings(max_examples=40, deadline=None)
@given(st.lists(prices, min_size=2, max_size=6))
def test_hold_and_overround_are_the_same_thing_said_twice(market: list[Fraction]) -> None:
    book = odds.booksum(market)
    assert odds.hold(market) == odds.overround(market) / book
    assert odds.booksum(market[::-1]) == book


@pytest.mark.parametrize("count", [0, 1, odds.OUTCOMES_MOST + 1])
def test_a_market_has_two_to_five_hundred_outcomes(count: int) -> None:
    with pytest.raises(BadOdds, match="outcomes"):
        odds.hold([Fraction(2)] * count)
