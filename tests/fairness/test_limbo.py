"""Limbo: known answers, both forms, and chances counted over every draw that matters."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.exact import WORDS
from fairness.games.limbo import DRAWS, GAME, LimboOptions, LimboRound, chance_at_least
from fairness.rounds import Seeds, explain, play
from tests.fairness.shared import needs_vectors, records, source

SEEDS = Seeds("a1b2c3", "limbo", 7)


def at(word: int) -> LimboRound:
    return GAME.play([word / WORDS], LimboOptions())


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    for record in records("limbo"):
        answers = play(GAME, Seeds(**source(record)), record["params"]).answers
        assert set(record["expected"]) == {"multiplier"}
        assert answers["multiplier"] == record["expected"]["multiplier"], record
        assert answers["page_form"] == record["expected"]["multiplier"], record


def test_it_gives_the_double_that_the_api_sends() -> None:
    # A result in Antebot's documentation; of 2^24 draws only this one gives it.
    assert at(425_021 << 8).unrounded == 39.07902141536203
    assert at(425_021 << 8).multiplier == Decimal("39.07")


@pytest.mark.parametrize(
    ("word", "multiplier", "page_form"),
    [
        (0, "16609443.84", None),  # the 24-bit form has a largest multiplier, the page's has none
        (1, "16609443.84", "4252017623.04"),
        (255, "16609443.84", "16674578.91"),
        (256, "8304721.92", "16609443.84"),
        (2**31, "1.97", "1.98"),  # one draw of a thousand or so differs by 0.01 in the middle, too
        (2**32 - 1, "1.00", "1.00"),
    ],
)
def test_the_two_forms_differ_where_they_should(word: int, multiplier: str, page_form: str | None) -> None:
    played = at(word)
    assert played.multiplier == Decimal(multiplier)
    assert played.page_form == (None if page_form is None else Decimal(page_form))


def test_the_forms_differ_in_three_rounds_of_a_thousand() -> None:
    rounds = [at(word) for word in range(0, WORDS, WORDS // 100_003)]
    differing = sum(played.multiplier != played.page_form for played in rounds)
    assert 0.002 < differing / len(rounds) < 0.004


@pytest.mark.parametrize("target", ["1.01", "1.5", "2", "39.07", "100", "9999.99", "1000000", "16609443.84"])
def test_chances_change_exactly_at_the_last_draw_that_reaches(target: str) -> None:
    reaching = chance_at_least(Decimal(target)) * DRAWS
    assert reaching.denominator == 1
    assert at((int(reaching) - 1) << 8).multiplier >= Decimal(target)
    assert at(int(reaching) << 8).multiplier < Decimal(target)


def test_chances_are_certain_below_and_impossible_above() -> None:
    assert chance_at_least(Decimal(0)) == chance_at_least(Decimal(1)) == 1
    assert chance_at_least(Decimal("16609443.85")) == 0


def test_its_bets_return_99_percent_less_what_a_draw_is_worth() -> None:
    for hundredths in range(101, 100_001, 7):
        target = Fraction(hundredths, 100)
        returned = chance_at_least(target) * target
        assert Fraction(99, 100) - target / DRAWS < returned <= Fraction(99, 100), hundredths


@given(word=st.integers(0, WORDS - 1), target=st.decimals("1.01", "1000000", places=2))
def test_a_bet_is_won_when_the_shown_result_reaches_it(word: int, target: Decimal) -> None:
    options = LimboOptions(target)
    played = at(word)
    won = played.multiplier >= target
    assert GAME.payout(played, options) == (Fraction(target) if won else 0)


def test_a_finer_target_is_decided_by_the_unfloored_multiplier() -> None:
    played = at(425_021 << 8)
    assert GAME.payout(played, LimboOptions(Decimal("39.079"))) == Fraction("39.079")
    assert GAME.payout(played, LimboOptions(Decimal("39.0791"))) == 0


def test_without_a_target_the_payout_is_unknown() -> None:
    played = play(GAME, SEEDS, {})
    assert played.payout is None
    assert played.result == played.answers["multiplier"]
    assert GAME.distribution(LimboOptions()) is None


@given(st.integers(0, WORDS - 1))
def test_every_round_has_its_shape(word: int) -> None:
    played = at(word)
    assert 0 <= played.draw < DRAWS
    assert Decimal(1) <= played.multiplier <= Decimal("16609443.84")
    assert played.multiplier.as_tuple().exponent == -2
    assert abs(Fraction(played.unrounded) / played.exact - 1) < Fraction(1, 2**50)


def test_its_steps_lead_to_its_result() -> None:
    explained = explain(GAME, SEEDS, {})
    (pick,) = explained.picks
    assert pick.number == explained.floats[0]
    assert pick.meaning == f"multiplier {explained.played.result}"
    assert str(explained.played.outcome.draw + 1) in pick.formula


@pytest.mark.parametrize(
    ("field", "given_options"),
    [
        ("target", {"target": "1"}),
        ("target", {"target": "1000000.01"}),
        ("target", {"target": "two"}),
        ("target", {"target": "NaN"}),
        ("target", {"target": True}),
        ("targets", {"targets": "2"}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, given_options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(given_options)
    assert refused.value.field == field
