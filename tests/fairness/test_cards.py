"""Cards: the deck's order, the deal, and reading a card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.cards import DECK, Card, deal, names, read_card
from fairness.errors import InvalidInput
from fairness.games import cards
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    float_lists,
    nonces,
    plain_cards,
    plain_words,
    played_at,
)
from tests.fairness.shared import needs_vectors


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(cards.GAME)


def test_the_deck_runs_from_twos_to_aces_and_from_diamonds_to_clubs() -> None:
    assert len(set(DECK)) == len(DECK) == 52
    assert names(DECK[:5]) == ["2-diamond", "2-heart", "2-spade", "2-club", "3-diamond"]
    assert names(DECK[-1:]) == ["A-club"]


def test_a_float_picks_its_fifty_second_of_the_deck() -> None:
    assert deal([place / 52 + 1e-9 for place in range(52)]) == DECK
    assert deal([0.0, 1 - 2**-32]) == (Card("2", "diamond"), Card("A", "club"))


@given(nonces, st.integers(1, 60))
def test_it_deals_as_the_plain_way_does(nonce: int, count: int) -> None:
    played = played_at(cards.GAME, nonce, {"count": count})
    assert played.answers == {"cards": plain_cards(plain_words(nonce, count))}
    assert (played.result, played.payout) == (None, None)


@given(float_lists(9))
def test_its_steps_name_the_cards(floats: list[float]) -> None:
    options = cards.GAME.read_options({"count": "9"})
    steps = cards.GAME.picks(floats, options)
    assert [step.meaning for step in steps] == names(cards.GAME.play(floats, options).cards)


@pytest.mark.parametrize("card", DECK)
def test_it_reads_what_it_writes(card: Card) -> None:
    assert read_card({"start_card": str(card)}, "start_card") == card


def test_a_card_may_be_left_out() -> None:
    assert read_card({}, "start_card") is None


@pytest.mark.parametrize("text", ["", "1-heart", "10-hearts", "a-club", "A", 5, ["A-club"], {}])
def test_it_refuses_what_is_no_card(text: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_card({"start_card": text}, "start_card")
    assert refused.value.field == "start_card"


@pytest.mark.parametrize("params", [{}, {"count": 0}, {"count": cards.COUNT_MAX + 1}, {"count": "ten"}])
def test_it_refuses_by_naming_the_field(params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        cards.GAME.read_options(params)
    assert refused.value.field == "count"
