"""House Dice: exactly equal chances, words that do not count, and exactly the return it says."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games.house_dice import CONDITIONS, COUNTED, GAME, ROLLS, WORDS_READ, HouseDiceOptions, HouseDiceRound
from tests.fairness.playing import float_lists, plain_words, played_at

OPTIONS = HouseDiceOptions()
LAST = 2**32 - 1
ALL_ROLLS = [HouseDiceRound(Decimal(index).scaleb(-2), 1) for index in range(ROLLS)]


def rolled(*words: int) -> HouseDiceRound:
    return GAME.play([word / 2**32 for word in (*words, *[0] * (WORDS_READ - len(words)))], OPTIONS)


@pytest.mark.parametrize("nonce", range(30))
def test_it_agrees_with_a_plain_way(nonce: int) -> None:
    first = next(word for word in plain_words(nonce, WORDS_READ) if word < 4_294_960_000)
    assert played_at(GAME, nonce, {}).result == Decimal(first % 10_000) / 100


def test_every_roll_has_as_many_words_as_any_other() -> None:
    # The words that count are 429,496 full turns through the rolls, and what is left over makes no further one.
    assert COUNTED == 429_496 * ROLLS
    assert 0 <= 2**32 - COUNTED < ROLLS
    distribution = GAME.distribution(OPTIONS)
    assert sum(distribution.values()) == 1
    assert set(distribution.values()) == {Fraction(1, ROLLS)}
    assert list(distribution) == [each.roll for each in ALL_ROLLS]


@pytest.mark.parametrize(
    ("words", "roll", "read"),
    [
        ((0,), "0.00", 1),
        ((9_999,), "99.99", 1),
        ((10_000,), "0.00", 1),
        ((COUNTED - 1,), "99.99", 1),
        ((COUNTED, 4_242), "42.42", 2),
        ((LAST, LAST, 1), "0.01", 3),
        ((LAST,) * 7 + (5_000,), "50.00", 8),
    ],
)
def test_words_beyond_the_last_full_turn_do_not_count(words: tuple[int, ...], roll: str, read: int) -> None:
    assert rolled(*words) == HouseDiceRound(Decimal(roll), read)


def test_a_round_without_a_word_that_counts_is_void() -> None:
    void = rolled(*[LAST] * WORDS_READ)
    assert void == HouseDiceRound(None, WORDS_READ)
    assert GAME.result(void, OPTIONS) is None
    assert GAME.payout(void, OPTIONS) is None
    assert GAME.payout(void, HouseDiceOptions(100, Decimal(50), "above")) == 1
    assert Fraction(2**32 - COUNTED, 2**32) ** WORDS_READ < Fraction(1, 10**46)


@pytest.mark.parametrize("edge_bp", [0, 100, 275])
@pytest.mark.parametrize(
    ("target", "condition"),
    [
        ("0.01", "below"),
        ("0.00", "above"),
        ("33.33", "below"),
        ("49.99", "above"),
        ("50.00", "below"),
        ("99.98", "above"),
    ],
)
def test_its_bets_return_exactly_what_it_says(target: str, condition: str, edge_bp: int) -> None:
    options = GAME.read_options({"target": target, "condition": condition, "edge_bp": edge_bp})
    payouts = [GAME.payout(each, options) for each in ALL_ROLLS]
    assert sum(payout or 0 for payout in payouts) / ROLLS == Fraction(10_000 - edge_bp, 10_000)
    assert sum(payout != 0 for payout in payouts) == options.rolls_won


def test_every_bet_there_is_returns_exactly_99_percent() -> None:
    for hundredths in range(ROLLS):
        for condition, won in (("above", ROLLS - 1 - hundredths), ("below", hundredths)):
            options = HouseDiceOptions(100, Decimal(hundredths).scaleb(-2), condition)
            assert options.rolls_won == won
            winning = HouseDiceRound(Decimal("99.99") if condition == "above" else Decimal("0.00"), 1)
            if won:
                assert (GAME.payout(winning, options) or 0) * won / ROLLS == Fraction(99, 100)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_roll_on_the_target_loses_both_ways(condition: str) -> None:
    options = HouseDiceOptions(100, Decimal("42.42"), condition)
    assert GAME.payout(HouseDiceRound(Decimal("42.42"), 1), options) == 0


@given(st.one_of(float_lists(WORDS_READ), st.lists(st.sampled_from([LAST / 2**32, 0.5]), min_size=8, max_size=8)))
def test_its_steps_lead_to_its_roll(floats: list[float]) -> None:
    outcome = GAME.play(floats, OPTIONS)
    picks = GAME.picks(floats, OPTIONS)
    assert len(picks) == outcome.words_read
    assert {pick.meaning for pick in picks[:-1]} <= {"does not count"}
    assert picks[-1].meaning == ("does not count" if outcome.roll is None else f"roll {outcome.roll}")


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("edge_bp", {"edge_bp": 10_000}),
        ("target", {"target": "0", "condition": "below"}),
        ("target", {"target": "99.99", "condition": "above"}),
        ("target", {"target": "100", "condition": "below"}),
        ("target", {"target": "50.005", "condition": "below"}),
        ("target", {"condition": "below"}),
        ("condition", {"target": "50"}),
        ("condition", {"target": "50", "condition": "at"}),
        ("edge", {"edge": 1}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(options)
    assert refused.value.field == field
