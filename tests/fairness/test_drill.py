"""Drill: known answers, the ends of its range, and chances that change at exactly the right word."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.exact import WORDS
from fairness.games.drill import DRILLS, GAME, DrillOptions, chance_at_least
from tests.fairness.playing import assert_agrees_with_vectors, float_lists, plain_words, played_at
from tests.fairness.shared import needs_vectors


def reached(word: int) -> Decimal:
    return GAME.play([word / WORDS] * DRILLS, DrillOptions()).multipliers[0]


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@pytest.mark.parametrize("nonce", range(30))
def test_it_agrees_with_a_plain_way(nonce: int) -> None:
    expected = [max(100, 98 * WORDS // (WORDS - word)) for word in plain_words(nonce, DRILLS)]
    assert played_at(GAME, nonce, {}).answers == {"multipliers": [Decimal(cents) / 100 for cents in expected]}


@pytest.mark.parametrize(
    ("word", "multiplier"),
    [
        (0, "1.00"),
        (85_899_345, "1.00"),  # the last word under 0.02
        (85_899_346, "1.00"),  # the first above: 0.98 / 0.98, and no more before it is floored
        (2**31, "1.96"),
        (WORDS - 2104, "2000000.00"),
        (WORDS - 2105, "1999557.22"),
        (WORDS - 1, "2000000.00"),
    ],
)
def test_it_reaches_from_1_to_two_million(word: int, multiplier: str) -> None:
    assert str(reached(word)) == multiplier


@pytest.mark.parametrize("target", ["1.01", "1.02", "1.5", "2", "9.8", "1000", "123456.78", "2000000"])
def test_chances_change_exactly_at_the_first_word_that_reaches(target: str) -> None:
    count = chance_at_least(Decimal(target)) * WORDS
    assert count.denominator == 1
    assert reached(WORDS - int(count)) >= Decimal(target)
    assert reached(WORDS - int(count) - 1) < Decimal(target)


def test_chances_are_certain_below_and_impossible_above() -> None:
    assert chance_at_least(Decimal(1)) == 1
    assert chance_at_least(Decimal("2000000.01")) == 0


def test_its_bets_return_98_percent_less_what_a_word_is_worth() -> None:
    for hundredths in range(101, 200_000_001, 1_999_999):
        target = Fraction(hundredths, 100)
        returned = chance_at_least(target) * target
        assert Fraction(98, 100) - target / WORDS < returned <= Fraction(98, 100), hundredths


@given(
    floats=float_lists(DRILLS),
    pick=st.integers(1, DRILLS),
    target=st.decimals("1.01", "2000000", places=2),
)
def test_the_picked_drill_decides(floats: list[float], pick: int, target: Decimal) -> None:
    options = GAME.read_options({"pick": pick, "target": str(target)})
    outcome = GAME.play(floats, options)
    result = GAME.result(outcome, options)
    assert result == outcome.multipliers[pick - 1]
    assert GAME.payout(outcome, options) == (Fraction(target) if result >= target else 0)
    meanings = [f"drill {drill} reaches {reached}" for drill, reached in enumerate(outcome.multipliers, start=1)]
    assert [step.meaning for step in GAME.picks(floats, options)] == meanings


def test_without_a_pick_there_is_no_one_result() -> None:
    played = played_at(GAME, 1, {})
    assert (played.result, played.payout) == (None, None)
    picked = played_at(GAME, 1, {"pick": "2"})
    assert (picked.result, picked.payout) == (played.outcome.multipliers[1], None)


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("pick", {"pick": 0}),
        ("pick", {"pick": 4}),
        ("pick", {"target": "2"}),
        ("target", {"pick": 1, "target": "1"}),
        ("target", {"pick": 1, "target": "2000000.01"}),
        ("drill", {"drill": 1}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(options)
    assert refused.value.field == field
