"""Counts of words and decimals, each against its plain definition."""

from decimal import Decimal
from fractions import Fraction
from math import floor, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.exact import WORDS, ceil_hundredths, floor_hundredths, hundredths, index_chances, word_of, words_from


@given(st.integers(0, WORDS - 1))
def test_a_word_survives_its_float(word: int) -> None:
    assert word_of(word / WORDS) == word


@given(st.floats(0, 1))
def test_words_from_a_minimum_begin_where_the_comparison_does(minimum: float) -> None:
    first = WORDS - words_from(minimum)
    if first < WORDS:
        assert first / WORDS >= minimum
    if first > 0:
        assert (first - 1) / WORDS < minimum


@pytest.mark.parametrize(("minimum", "count"), [(0.0, WORDS), (0.5, WORDS // 2), (1.0, 0), (-1.0, WORDS), (2.0, 0)])
def test_words_from_known_minima(minimum: float, count: int) -> None:
    assert words_from(minimum) == count


def test_words_from_tells_neighbouring_doubles_apart() -> None:
    assert words_from(0.5) - words_from(nextafter(0.5, 1)) == 1


@given(choices=st.integers(1, 20_000), data=st.data())
def test_index_chances_are_those_of_the_floor(choices: int, data: st.DataObject) -> None:
    chances = index_chances(choices)
    assert len(chances) == choices
    assert sum(chances) == 1
    index = data.draw(st.integers(0, choices - 1))
    first = int(sum(chances[:index]) * WORDS)
    last = int(sum(chances[: index + 1]) * WORDS) - 1
    assert int(first / WORDS * choices) == int(last / WORDS * choices) == index


def test_index_chances_are_equal_for_a_power_of_two() -> None:
    assert index_chances(8) == (Fraction(1, 8),) * 8


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0.00"), (7, "0.07"), (100, "1.00"), (1741, "17.41"), (-250, "-2.50"), (10**40, f"{10**38}.00")],
)
def test_it_writes_hundredths(count: int, text: str) -> None:
    assert str(hundredths(count)) == text


@given(st.fractions())
def test_it_floors_to_hundredths(value: Fraction) -> None:
    floored = floor_hundredths(value)
    assert 0 <= value - Fraction(floored) < Fraction(1, 100)
    assert floored.as_tuple().exponent == -2
    assert -ceil_hundredths(-value) == floor(value * 100)


def test_it_rounds_a_target_up() -> None:
    assert [ceil_hundredths(Decimal(text)) for text in ("2", "2.00", "2.001", "1.99")] == [200, 200, 201, 199]
