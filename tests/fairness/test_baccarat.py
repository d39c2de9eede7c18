"""Baccarat: known answers, the third-card rules, the exact chances, and the shape of every deal."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.cards import DECK, Card, names
from fairness.errors import InvalidInput
from fairness.games import baccarat
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    float_lists,
    mean,
    nonces,
    plain_cards,
    plain_words,
    played_at,
)
from tests.fairness.shared import needs_vectors

# The card that punto banco prints for its tables: the banker's total, then one letter for each third card 0 to 9
# of the player (D draws, S stands), then what happens when the player stood.
PRINTED = {
    0: ("DDDDDDDDDD", "D"),
    1: ("DDDDDDDDDD", "D"),
    2: ("DDDDDDDDDD", "D"),
    3: ("DDDDDDDDSD", "D"),
    4: ("SSDDDDDDSS", "D"),
    5: ("SSSSDDDDSS", "D"),
    6: ("SSSSSSDDSS", "S"),
    7: ("SSSSSSSSSS", "S"),
}


def plain_winner(values: tuple[int, ...]) -> tuple[int, int]:
    """The totals of a round from the values of six cards, by the printed card."""
    player, banker = (values[0] + values[1]) % 10, (values[2] + values[3]) % 10
    if player >= 8 or banker >= 8:
        return player, banker
    if player >= 6:
        return player, (banker + values[4]) % 10 if PRINTED[banker][1] == "D" else banker
    drawn, last = values[4:6]
    return (player + drawn) % 10, (banker + last) % 10 if PRINTED[banker][0][drawn] == "D" else banker


def float_of(value: int) -> float:
    """A float that deals a card of this value."""
    place = next(place for place, card in enumerate(DECK) if baccarat.card_value(card) == value)
    return (place + 0.5) / 52


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(baccarat.GAME)


@pytest.mark.parametrize(("rank", "value"), [("A", 1), ("2", 2), ("9", 9), ("10", 0), ("J", 0), ("Q", 0), ("K", 0)])
def test_it_counts_a_card(rank: str, value: int) -> None:
    assert baccarat.card_value(Card(rank, "spade")) == value


@pytest.mark.parametrize("total", PRINTED)
def test_the_banker_draws_as_printed(total: int) -> None:
    after, stood = PRINTED[total]
    assert ["SD"[baccarat.banker_draws(total, third)] for third in range(10)] == list(after)
    assert "SD"[baccarat.banker_draws(total, None)] == stood


@pytest.mark.parametrize(
    ("values", "thirds", "totals", "winner"),
    [
        # player 1, player 2, banker 1, banker 2, third, third
        ((4, 4, 0, 0, 9, 9), (False, False), (8, 0), "player"),
        ((0, 0, 4, 5, 9, 9), (False, False), (0, 9), "banker"),
        ((4, 4, 9, 9, 1, 1), (False, False), (8, 8), "tie"),
        ((0, 6, 0, 5, 3, 9), (False, True), (6, 8), "banker"),  # the player stands: the banker's is the fifth card
        ((0, 7, 0, 6, 3, 9), (False, False), (7, 6), "player"),
        ((0, 5, 0, 3, 8, 9), (True, False), (3, 3), "tie"),
        ((0, 5, 0, 3, 9, 9), (True, True), (4, 2), "player"),
        ((0, 2, 0, 6, 6, 1), (True, True), (8, 7), "player"),
        ((0, 2, 0, 7, 6, 1), (True, False), (8, 7), "player"),
    ],
)
def test_third_cards_come_in_order_of_need(
    values: tuple[int, ...], thirds: tuple[bool, bool], totals: tuple[int, int], winner: str
) -> None:
    played = baccarat.GAME.play([float_of(value) for value in values], baccarat.BaccaratOptions())
    assert (played.player_third is not None, played.banker_third is not None) == thirds
    assert (played.player_total, played.banker_total) == totals == plain_winner(values)
    assert played.winner == winner


def test_its_chances_count_every_round() -> None:
    # In whole numbers: of thirteen ranks four count 0, the other values one each.
    weight = [4, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    pairs = Counter[int]()
    for first, second in product(range(10), repeat=2):
        pairs[(first + second) % 10] += weight[first] * weight[second]
    ways = Counter[str]()
    for (player, often), (banker, times) in product(pairs.items(), repeat=2):
        for third, last in product(range(10), repeat=2):
            totals = plain_winner((player, 0, banker, 0, third, last))
            ways[baccarat.winner_of(*totals)] += often * times * weight[third] * weight[last]
    assert ways.total() == 13**6
    assert baccarat.probabilities() == {who: Fraction(count, 13**6) for who, count in ways.items()}


@pytest.mark.parametrize(("winner", "of_eight_decks"), [("banker", 0.458597), ("player", 0.446247), ("tie", 0.095156)])
def test_its_chances_are_near_those_of_eight_decks(winner: str, of_eight_decks: float) -> None:
    assert float(baccarat.probabilities()[winner]) == pytest.approx(of_eight_decks, abs=5e-4)


@pytest.mark.parametrize(("on", "edge"), [("player", 0.0124), ("banker", 0.0106), ("tie", 0.1436)])
def test_its_return_is_near_that_of_eight_decks(on: str, edge: float) -> None:
    chances = baccarat.GAME.distribution(baccarat.BaccaratOptions(on))
    assert chances is not None
    assert sum(chances.values()) == 1
    assert 1 - float(mean(chances)) == pytest.approx(edge, abs=5e-3)


@pytest.mark.parametrize(
    ("on", "winner", "paid"),
    [
        ("player", "player", "2"),
        ("player", "banker", "0"),
        ("player", "tie", "1"),
        ("banker", "banker", "1.95"),
        ("banker", "player", "0"),
        ("banker", "tie", "1"),
        ("tie", "tie", "9"),
        ("tie", "player", "0"),
        ("tie", "banker", "0"),
    ],
)
def test_it_pays_as_listed(on: str, winner: str, paid: str) -> None:
    assert baccarat.multiplier(on, winner) == Decimal(paid)


@given(nonces, st.sampled_from([None, *baccarat.BETS]))
def test_it_deals_as_the_plain_way_does(nonce: int, on: str | None) -> None:
    played = played_at(baccarat.GAME, nonce, {} if on is None else {"on": on})
    cards = plain_cards(plain_words(nonce, 6))
    values = tuple(
        {"A": 1}.get(rank, int(rank) % 10 if rank.isdigit() else 0) for rank in (c.split("-")[0] for c in cards)
    )
    totals = plain_winner(values)
    winner = "player" if totals[0] > totals[1] else "banker" if totals[1] > totals[0] else "tie"
    answers = played.answers
    assert (answers["player_cards"], answers["banker_cards"], answers["third_cards"]) == (
        cards[:2],
        cards[2:4],
        cards[4:],
    )
    assert (answers["player_total"], answers["banker_total"], answers["winner"]) == (*totals, winner)
    taken = [card for card in (answers["player_third_card"], answers["banker_third_card"]) if card is not None]
    assert taken == cards[4 : 4 + len(taken)]
    assert played.payout == played.result == (None if on is None else baccarat.multiplier(on, winner))


@given(float_lists(6))
def test_its_steps_name_the_cards(floats: list[float]) -> None:
    options = baccarat.BaccaratOptions()
    outcome = baccarat.GAME.play(floats, options)
    owners = ["player", "player", "banker", "banker", "third card", "third card"]
    cards = names(outcome.player + outcome.banker + outcome.third_cards)
    steps = baccarat.GAME.picks(floats, options)
    assert [step.meaning for step in steps] == [f"{who}: {card}" for who, card in zip(owners, cards, strict=True)]


def test_it_has_no_distribution_without_a_bet() -> None:
    assert baccarat.GAME.distribution(baccarat.BaccaratOptions()) is None


@pytest.mark.parametrize(("field", "params"), [("on", {"on": "draw"}), ("on", {"on": 1}), ("bet", {"bet": "tie"})])
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        baccarat.GAME.read_options(params)
    assert refused.value.field == field
