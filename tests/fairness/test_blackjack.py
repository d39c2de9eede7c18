"""Blackjack: known answers, what hands are worth, and the shape of every deal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.cards import DECK, RANKS, Card, names
from fairness.errors import InvalidInput
from fairness.games import blackjack
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
    assert_agrees_with_vectors(blackjack.GAME)


@pytest.mark.parametrize(
    ("ranks", "total", "soft"),
    [
        ("", 0, False),
        ("10 7", 17, False),
        ("A K", 21, True),
        ("A 6", 17, True),
        ("A 6 10", 17, False),
        ("A A", 12, True),
        ("A A 9", 21, True),
        ("A A A A", 14, True),
        ("A A K", 12, False),
        ("J Q K", 30, False),
        ("5 6 10", 21, False),
    ],
)
def test_it_counts_a_hand(ranks: str, total: int, soft: bool) -> None:
    assert blackjack.hand_value([Card(rank, "heart") for rank in ranks.split()]) == (total, soft)


@given(st.lists(st.sampled_from(DECK), min_size=1, max_size=12))
def test_a_hand_is_worth_the_best_way_to_count_its_aces(cards: list[Card]) -> None:
    aces = sum(card.rank == "A" for card in cards)
    rest = sum(min(RANKS.index(card.rank) + 2, 10) for card in cards if card.rank != "A")
    ways = [rest + aces + 10 * elevens for elevens in range(aces + 1)]
    best = max([way for way in ways if way <= 21], default=rest + aces)
    assert blackjack.hand_value(cards) == (best, best > rest + aces)


@pytest.mark.parametrize(
    ("ranks", "natural"), [("A K", True), ("10 A", True), ("A 9", False), ("7 7 7", False), ("A 9 A", False)]
)
def test_a_natural_is_21_with_two_cards(ranks: str, natural: bool) -> None:
    assert blackjack.is_natural([Card(rank, "club") for rank in ranks.split()]) is natural


@given(nonces)
def test_it_deals_as_the_plain_way_does(nonce: int) -> None:
    played = played_at(blackjack.GAME, nonce, {})
    cards = plain_cards(plain_words(nonce, 52))
    hands = {"player_cards": cards[:2], "dealer_cards": cards[2:4], "remaining_cards": cards[4:]}
    assert played.answers == played.answers | hands
    for who in ("player", "dealer"):
        worth = sorted(card.split("-")[0] for card in hands[f"{who}_cards"])
        natural = worth[1] == "A" and worth[0] in ("10", "J", "K", "Q") or worth in (["A", "J"], ["A", "K"], ["A", "Q"])
        assert played.answers[f"{who}_natural"] is natural
        assert (played.answers[f"{who}_value"] == 21) is natural
        assert 4 <= played.answers[f"{who}_value"] <= 21


def test_it_says_that_the_payout_is_unknown() -> None:
    played = played_at(blackjack.GAME, 1, {})
    assert (played.result, played.payout, blackjack.GAME.distribution(played.options)) == (None, None, None)
    assert "payout is unknown" in blackjack.GAME.unsourced


@given(float_lists(52))
def test_its_steps_name_the_cards(floats: list[float]) -> None:
    options = blackjack.BlackjackOptions()
    outcome = blackjack.GAME.play(floats, options)
    steps = [step.meaning for step in blackjack.GAME.picks(floats, options)]
    assert steps[:2] == [f"player: {card}" for card in names(outcome.player)]
    assert steps[2:4] == [f"dealer: {card}" for card in names(outcome.dealer)]
    assert steps[4:] == [f"next: {card}" for card in names(outcome.remaining)]


def test_it_refuses_options() -> None:
    with pytest.raises(InvalidInput) as refused:
        blackjack.GAME.read_options({"hands": 2})
    assert refused.value.field == "hands"
