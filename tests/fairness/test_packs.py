"""Packs: known answers, the list row by row, and what the disputed card changes."""

import json
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given

from fairness.errors import InvalidInput
from fairness.exact import WORDS
from fairness.games import packs
from fairness.minima import row_words
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    float_lists,
    mean,
    nonces,
    plain_words,
    played_at,
    unit_floats,
)
from tests.fairness.shared import FOLDER, needs_vectors

OPTIONS = packs.PacksOptions()
INDEX = packs.DISPUTED_CARD - 1


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(packs.GAME)


@needs_vectors
def test_its_list_is_the_shared_one() -> None:
    listed = json.loads((FOLDER / "tables" / "packs.json").read_text())["table"]
    rows = [[row.minimum, card, float(row.multiplier)] for card, row in enumerate(packs.PAYOUTS, start=1)]
    assert rows == listed


def test_its_list_falls_to_zero() -> None:
    assert len(packs.PAYOUTS) == packs.CARDS
    assert packs.PAYOUTS[-1].minimum == 0
    for above, below in pairwise(packs.PAYOUTS):
        assert above.minimum > below.minimum
        assert above.multiplier >= below.multiplier or below is packs.PAYOUTS[INDEX]


def test_what_it_returns_depends_on_the_disputed_card() -> None:
    words = row_words(packs.PAYOUTS)
    one = sum((Fraction(row.multiplier) * won for row, won in zip(packs.PAYOUTS, words, strict=True)), Fraction(0))
    listed = packs.PACK * one / WORDS
    as_neighbours = listed - packs.PACK * (32 - 12) * Fraction(words[INDEX], WORDS)
    assert round(float(listed), 4) == 0.9995
    assert round(float(as_neighbours), 4) == 0.9795
    # No row is at another's expense: the mean of the sums is the sum of the means.
    assert mean(packs.GAME.distribution(OPTIONS)) == listed


def test_a_pack_with_the_disputed_card_says_so() -> None:
    minimum = packs.PAYOUTS[INDEX].minimum
    with_it = packs.GAME.play([0.5, 0.5, minimum, 0.5, 0.5], OPTIONS)
    without = packs.GAME.play([0.5, 0.5, minimum - 2**-32, 0.5, 0.5], OPTIONS)
    assert packs.GAME.answers(with_it, OPTIONS) == {
        "card_ids": [31, 198, 198, 198, 198],
        "multipliers": [Decimal(32), *[Decimal("0.02")] * 4],
        "multiplier": Decimal("32.08"),
        "is_disputed": True,
    }
    assert packs.GAME.answers(without, OPTIONS)["is_disputed"] is False
    assert packs.GAME.payout(without, OPTIONS) == Fraction("12.08")
    assert "31" in packs.GAME.unsourced


def test_its_chances_are_those_of_the_cards() -> None:
    chances = packs.GAME.distribution(OPTIONS)
    assert sum(chances.values()) == 1
    words = row_words(packs.PAYOUTS)
    # The smallest sum is five cards of 0.01, the largest five of the first card.
    assert chances[Decimal("0.05")] == Fraction(sum(words[210:]), WORDS) ** 5
    assert chances[Decimal(50_000)] == Fraction(words[0], WORDS) ** 5
    assert (min(chances), max(chances)) == (Decimal("0.05"), Decimal(50_000))
    # 0.06 is four of 0.01 and one of 0.02, which may be any of the five.
    assert chances[Decimal("0.06")] == 5 * Fraction(sum(words[210:]), WORDS) ** 4 * Fraction(sum(words[190:210]), WORDS)


@given(unit_floats)
def test_a_float_wins_the_card_it_reaches(number: float) -> None:
    (card,) = set(packs.GAME.play([number] * 5, OPTIONS).cards)
    assert packs.PAYOUTS[card - 1].minimum <= number
    assert card == 1 or number < packs.PAYOUTS[card - 2].minimum


@given(nonces)
def test_it_pays_the_sum_of_its_cards(nonce: int) -> None:
    played = played_at(packs.GAME, nonce, {})
    floats = [word / 2**32 for word in plain_words(nonce, 5)]
    minima = [row.minimum for row in packs.PAYOUTS]
    cards = sorted(1 + sum(number < minimum for minimum in minima) for number in floats)
    assert played.answers["card_ids"] == cards
    assert played.payout == played.result == sum(packs.PAYOUTS[card - 1].multiplier for card in cards)


@given(float_lists(5))
def test_its_steps_name_the_cards_in_the_order_drawn(floats: list[float]) -> None:
    steps = packs.GAME.picks(floats, OPTIONS)
    named = [int(step.meaning.split()[1].rstrip(",")) for step in steps]
    assert sorted(named) == list(packs.GAME.play(floats, OPTIONS).cards)


@pytest.mark.parametrize("name", ["cards", "difficulty"])
def test_it_refuses_by_naming_the_field(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        packs.GAME.read_options({name: "1"})
    assert refused.value.field == name
