"""Video poker: known answers, hands and their chances, and the shape of every draw."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.cards import DECK, RANKS, SUITS, Card, names
from fairness.errors import InvalidInput
from fairness.games import video_poker
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    float_lists,
    mean,
    nonces,
    plain_draw,
    plain_words,
    played_at,
)
from tests.fairness.shared import needs_vectors

LETTERS = {"D": "diamond", "H": "heart", "S": "spade", "C": "club"}

HANDS = {
    "AH KH QH JH 10H": "royal flush",
    "10C AC JC KC QC": "royal flush",
    "KH QH JH 10H 9H": "straight flush",
    "AS 2S 3S 4S 5S": "straight flush",
    "2D 2H 2S 2C 3D": "four of a kind",
    "2D 2H 2S 3C 3D": "full house",
    "2D 4D 6D 8D 10D": "flush",
    "QD KD AD 2D 3D": "flush",
    "AD KH QH JH 10H": "straight",
    "AD 2H 3H 4H 5H": "straight",
    "9D 8H 10H 7H 6H": "straight",
    "QD KH AH 2H 3H": "nothing",  # a straight does not go round the corner
    "KD AH 2H 3H 4H": "nothing",
    "7D 7H 7S 2H 3H": "three of a kind",
    "7D 7H 2S 2H 3H": "two pair",
    "JD JH 2S 3H 4H": "pair of jacks or better",
    "2D 3H AS AH 4H": "pair of jacks or better",
    "10D 10H AS KH QH": "nothing",  # a pair, but of tens
    "2D 4H 6S 8H 10H": "nothing",
}


def hand(text: str) -> tuple[Card, ...]:
    return tuple(Card(card[:-1], LETTERS[card[-1]]) for card in text.split())


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(video_poker.GAME)


@pytest.mark.parametrize(("text", "rank"), HANDS.items())
def test_it_names_a_hand(text: str, rank: str) -> None:
    assert video_poker.rank_of(hand(text)) == rank
    assert video_poker.rank_of(hand(text)[::-1]) == rank


def test_it_pays_as_listed() -> None:
    assert set(HANDS.values()) == set(video_poker.PAYOUTS)
    assert list(video_poker.PAYOUTS.values()) == [800, 60, 22, 9, 6, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("held", "final"),
    [
        ("", "3D 4D 5D 6D 7D"),
        ("0,1,2,3,4", "AH 2S AC KD KH"),
        ("2,0", "AH 3D AC 4D 5D"),
        ([3, 4], "3D 4D 5D KD KH"),
    ],
)
def test_it_replaces_what_is_not_held_from_left_to_right(held: object, final: str) -> None:
    played = video_poker.VideoPokerRound(hand("AH 2S AC KD KH"), hand("3D 4D 5D 6D 7D"))
    options = video_poker.GAME.read_options({"held": held})
    answers = video_poker.GAME.answers(played, options)
    assert answers["final_hand"] == names(hand(final))
    paid = video_poker.PAYOUTS[answers["hand_rank"]]
    assert video_poker.GAME.payout(played, options) == video_poker.GAME.result(played, options) == paid


def counted_hands() -> Counter[str]:
    """All hands of five by their ranks: how many choices of suits, and how many of those are one suit."""
    counts: Counter[str] = Counter()
    for ranks in combinations_with_replacement(RANKS, 5):
        times = Counter(ranks)
        if max(times.values()) > len(SUITS):
            continue
        ways = prod(comb(len(SUITS), count) for count in times.values())
        suits = Counter[str]()
        mixed = []
        for rank in ranks:
            mixed.append(Card(rank, SUITS[suits[rank] if times[rank] > 1 else len(suits) % 2]))
            suits[rank] += 1
        if len(times) == 5:
            counts[video_poker.rank_of([Card(rank, "heart") for rank in ranks])] += len(SUITS)
            ways -= len(SUITS)
        counts[video_poker.rank_of(mixed)] += ways
    return counts


def test_its_chances_count_every_hand() -> None:
    counts = counted_hands()
    assert counts.total() == comb(52, 5)
    assert video_poker.probabilities() == {rank: Fraction(counts[rank], comb(52, 5)) for rank in video_poker.PAYOUTS}


def test_its_chances_are_the_published_counts() -> None:
    # The standard table of poker probabilities; of its 1,098,240 pairs, four ranks of thirteen pay.
    published = [4, 36, 624, 3744, 5108, 10200, 54912, 123552, 1098240 * 4 // 13]
    found = [chance * 2598960 for chance in video_poker.probabilities().values()]
    assert found == [*published, 2598960 - sum(published)]


@pytest.mark.parametrize("held", [(), (0,), (1, 4), (0, 1, 2, 3, 4)])
def test_positions_fixed_beforehand_return_the_same(held: tuple[int, ...]) -> None:
    chances = video_poker.GAME.distribution(video_poker.VideoPokerOptions(held))
    assert chances is not None
    assert sum(chances.values()) == 1
    assert mean(chances) == Fraction(
        4 * 800 + 36 * 60 + 624 * 22 + 3744 * 9 + 5108 * 6 + 10200 * 4 + 54912 * 3 + 123552 * 2 + 337920, 2598960
    )


@given(nonces)
def test_it_draws_as_the_plain_way_does(nonce: int) -> None:
    played = played_at(video_poker.GAME, nonce, {})
    cards = [str(DECK[place]) for place in plain_draw(plain_words(nonce, 10), 52)]
    assert played.answers == {"initial_hand": cards[:5], "coming_hand": cards[5:]}
    assert (played.result, played.payout) == (None, None)
    assert video_poker.GAME.distribution(played.options) is None


@given(nonces, st.lists(st.integers(0, 4), max_size=5, unique=True))
def test_every_final_hand_has_its_shape(nonce: int, held: list[int]) -> None:
    played = played_at(video_poker.GAME, nonce, {"held": held})
    initial, final = played.answers["initial_hand"], played.answers["final_hand"]
    assert len(set(final)) == 5
    assert all((final[place] == initial[place]) == (place in held) for place in range(5))
    assert isinstance(played.result, Decimal)
    assert played.payout == played.result
    assert played.result in video_poker.PAYOUTS.values()


@given(float_lists(10))
def test_its_steps_name_the_cards(floats: list[float]) -> None:
    options = video_poker.VideoPokerOptions()
    outcome = video_poker.GAME.play(floats, options)
    steps = video_poker.GAME.picks(floats, options)
    assert [step.meaning for step in steps] == names(outcome.initial_hand + outcome.coming_hand)


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("held", {"held": "5"}),
        ("held", {"held": "1,1"}),
        ("held", {"held": "A-club"}),
        ("hold", {"hold": "1"}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        video_poker.GAME.read_options(params)
    assert refused.value.field == field
