"""Dice: known answers, the bets' strict edges, and the exact count of words behind each roll."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from fairness.errors import InvalidInput
from fairness.games.dice import CONDITIONS, GAME, ROLLS, DiceOptions, DiceRound
from tests.fairness.playing import assert_agrees_with_vectors, plain_words, played_at, words
from tests.fairness.shared import needs_vectors

ALL_ROLLS = [DiceRound(Decimal(index).scaleb(-2)) for index in range(ROLLS)]


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@pytest.mark.parametrize("nonce", range(20))
def test_it_agrees_with_a_plain_way(nonce: int) -> None:
    (word,) = plain_words(nonce, 1)
    assert played_at(GAME, nonce, {}).answers == {"roll": Decimal(word * ROLLS >> 32) / 100}


@pytest.mark.parametrize(("word", "roll"), [(0, "0.00"), (2**31, "50.00"), (2**32 - 1, "100.00")])
def test_it_rolls_from_nothing_to_a_hundred(word: int, roll: str) -> None:
    assert str(GAME.play([word / 2**32], DiceOptions()).roll) == roll


@given(words)
def test_every_roll_is_the_whole_number_division(word: int) -> None:
    assert GAME.play([word / 2**32], DiceOptions()).roll * 100 == word * ROLLS >> 32


def test_its_distribution_counts_every_word_once() -> None:
    distribution = GAME.distribution(DiceOptions())
    assert list(distribution) == [rolled.roll for rolled in ALL_ROLLS]
    assert sum(distribution.values()) == 1
    assert {chance * 2**32 for chance in distribution.values()} == {429_453, 429_454}


@pytest.mark.parametrize(
    ("condition", "target", "rolls_won", "multiplier"),
    [
        ("above", "50.5", 4950, Fraction(2)),  # Antebot's example
        ("below", "49.5", 4950, Fraction(2)),
        ("above", "50.50", 4950, Fraction(2)),
        ("below", "98", 9800, Fraction(99, 98)),
        ("above", "99.99", 1, Fraction(9900)),
        ("below", "0.01", 1, Fraction(9900)),
        ("below", "50.005", 5001, Fraction(99) / Fraction("50.005")),
    ],
)
def test_its_bets_win_strictly(condition: str, target: str, rolls_won: int, multiplier: Fraction) -> None:
    options = GAME.read_options({"condition": condition, "target": target})
    payouts = [GAME.payout(rolled, options) for rolled in ALL_ROLLS]
    assert payouts.count(multiplier) == rolls_won
    assert payouts.count(Fraction(0)) == ROLLS - rolls_won


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_roll_on_the_target_loses_both_ways(condition: str) -> None:
    options = DiceOptions(Decimal("42.42"), condition)
    assert GAME.payout(DiceRound(Decimal("42.42")), options) == 0


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("target", ["0.01", "2", "33.33", "50", "50.5", "98", "99.99"])
def test_its_bets_return_99_percent_of_10000_in_10001(target: str, condition: str) -> None:
    options = DiceOptions(Decimal(target), condition)
    paid = sum(GAME.payout(rolled, options) or 0 for rolled in ALL_ROLLS)
    assert paid / ROLLS == Fraction(99, 100) * Fraction(10_000, 10_001)


def test_without_a_bet_the_payout_is_unknown() -> None:
    played = played_at(GAME, 1, {})
    assert played.payout is None
    assert played.result == played.outcome.roll


def test_its_step_names_the_roll() -> None:
    (pick,) = GAME.picks([0.5], DiceOptions())
    assert pick == (0.5, "⌊0.5000000000 × 10001⌋ = 5000", "roll 50.00")


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("target", {"target": "0", "condition": "above"}),
        ("target", {"target": "100", "condition": "below"}),
        ("target", {"target": "half", "condition": "below"}),
        ("target", {"condition": "below"}),
        ("condition", {"target": "50"}),
        ("condition", {"target": "50", "condition": "between"}),
        ("side", {"side": "above"}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(options)
    assert refused.value.field == field
