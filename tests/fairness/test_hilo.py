"""Hilo: known answers, what guesses win, and the shape of every deal.

The payout stands on an assumption (see the module), so these tests show what the assumption gives, not that it holds.
"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.cards import DECK, Card, deal, names
from fairness.errors import InvalidInput
from fairness.games import hilo
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    float_lists,
    nonces,
    plain_cards,
    plain_words,
    played_at,
)
from tests.fairness.shared import needs_vectors

ORDER = ["A", *map(str, range(2, 11)), "J", "Q", "K"]


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(hilo.GAME)


def after(ranks: str, **params: object) -> Fraction | None:
    """The payout when the cards drawn begin with these ranks."""
    cards = [Card(rank, "heart") for rank in ranks.split()]
    return hilo.GAME.payout(hilo.HiloRound(tuple(cards)), hilo.GAME.read_options(params))


def test_it_pays_what_a_real_bet_was_paid() -> None:
    # The bet showed a king after the ace, then a card below it.
    assert after("K 7", start_card="A-club", guesses="higher") == Fraction("1.0725")
    assert after("K 7", start_card="A-club", guesses="higher,lower") == Fraction("1.161875")


@pytest.mark.parametrize(
    ("start", "guesses", "ranks", "paid"),
    [
        ("7-club", "higher", "7", Fraction(99, 100) * Fraction(13, 7)),  # the same card wins between ace and king
        ("7-club", "lower", "7", Fraction(99, 100) * Fraction(13, 7)),
        ("7-club", "higherEqual", "6", Fraction(0)),
        ("7-club", "lowerEqual", "8", Fraction(0)),
        ("2-club", "lower", "A", Fraction(99, 100) * Fraction(13, 2)),
        ("A-club", "higher", "A", Fraction(0)),  # but not on them
        ("K-club", "lower", "K", Fraction(0)),
        ("A-club", "equal", "A", Fraction(99, 100) * 13),
        ("K-club", "equal", "Q", Fraction(0)),
        ("7-club", "skip,higher", "A 2", Fraction(99, 100) * Fraction(13, 12)),
        ("7-club", "skip,higher", "K 2", Fraction(0)),
        ("7-club", "higher,skip,lower", "8 2 2", Fraction(99, 100) * Fraction(13, 7) * Fraction(13, 2)),
        ("7-club", "higher,lower", "6 A", Fraction(0)),  # lost with the first guess
    ],
)
def test_it_pays_for_guesses(start: str, guesses: str, ranks: str, paid: Fraction) -> None:
    assert after(ranks, start_card=start, guesses=guesses) == paid


@pytest.mark.parametrize(
    "params",
    [{}, {"start_card": "7-club"}, {"start_card": "7-club", "guesses": "skip,skip"}],
)
def test_nothing_guessed_is_not_paid(params: dict[str, object]) -> None:
    assert after("A K", **params) is None


@pytest.mark.parametrize("card", DECK)
@pytest.mark.parametrize("guess", hilo.GUESSES[:-1])
def test_every_single_guess_returns_99_percent(card: Card, guess: str) -> None:
    returned = Fraction(0)
    for drawn in DECK:
        paid = hilo.GAME.payout(hilo.HiloRound((drawn,)), hilo.HiloOptions(card, (guess,)))
        assert paid is not None
        returned += paid / len(DECK)
    assert returned == Fraction(99, 100)


@pytest.mark.parametrize("rank", ORDER)
def test_up_and_down_are_what_the_ranks_allow(rank: str) -> None:
    place = ORDER.index(rank)
    up = [12 if place == 0 else 13 - place, 12 if place == 12 else place + 1]
    card = Card(rank, "heart")
    assert [len(hilo.favourable(card, guess)) for guess in ("higher", "lower")] == up
    assert hilo.favourable(card, "higher") == hilo.favourable(card, "higherEqual")
    assert hilo.favourable(card, "lower") == hilo.favourable(card, "lowerEqual")


@given(nonces, st.sampled_from(DECK), st.lists(st.sampled_from(hilo.GUESSES), min_size=1, max_size=52))
def test_it_deals_as_the_plain_way_does(nonce: int, start: Card, guesses: list[str]) -> None:
    played = played_at(hilo.GAME, nonce, {"start_card": str(start), "guesses": guesses})
    cards = plain_cards(plain_words(nonce, 52))
    assert played.answers == {"cards": cards}
    assert played.result is None
    table = ORDER.index(start.rank)
    lost = False
    for guess, card in zip(guesses, cards, strict=False):
        drawn = ORDER.index(card.split("-")[0])
        if guess.startswith("higher"):
            lost |= drawn < max(table, 1)
        elif guess.startswith("lower"):
            lost |= drawn > min(table, 11)
        elif guess == "equal":
            lost |= drawn != table
        table = drawn
    if set(guesses) == {"skip"}:
        assert played.payout is None
    else:
        assert played.payout is not None
        assert (played.payout == 0) == lost


def test_it_says_that_the_payout_is_an_assumption() -> None:
    assert "assumes" in hilo.GAME.unsourced
    assert hilo.GAME.distribution(hilo.HiloOptions()) is None


@given(float_lists(52))
def test_its_steps_name_the_cards(floats: list[float]) -> None:
    steps = hilo.GAME.picks(floats, hilo.HiloOptions())
    assert [step.meaning for step in steps] == names(deal(floats))


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("start_card", {"start_card": "Joker"}),
        ("start_card", {"guesses": "higher"}),
        ("guesses", {"start_card": "A-club", "guesses": "up"}),
        ("guesses", {"start_card": "A-club", "guesses": ""}),
        ("guesses", {"start_card": "A-club", "guesses": ["skip"] * 53}),
        ("cards", {"cards": 5}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        hilo.GAME.read_options(params)
    assert refused.value.field == field


def test_it_refuses_to_judge_what_is_no_guess() -> None:
    with pytest.raises(InvalidInput, match="guess"):
        hilo.favourable(Card("A", "heart"), "skip")
