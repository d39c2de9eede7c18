"""Rock Paper Scissors: known answers and steps."""

import pytest
from hypothesis import given

from fairness.errors import InvalidInput
from fairness.games.rock_paper_scissors import GAME, HANDS, TURNS, RockPaperScissorsOptions
from tests.fairness.playing import assert_agrees_with_vectors, float_lists, plain_words, played_at
from tests.fairness.shared import needs_vectors

OPTIONS = RockPaperScissorsOptions()


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@pytest.mark.parametrize("nonce", range(10))
def test_it_agrees_with_a_plain_way(nonce: int) -> None:
    values = [HANDS[word * 3 >> 32] for word in plain_words(nonce, TURNS)]
    assert played_at(GAME, nonce, {}).answers == {"values": values}


def test_each_hand_has_a_third() -> None:
    thirds = [0.0, 0x5555_5555 / 2**32, 0x5555_5556 / 2**32, 0xAAAA_AAAA / 2**32, 0xAAAA_AAAB / 2**32]
    hands = GAME.play(thirds + [0.999] * (TURNS - 5), OPTIONS).values
    assert hands[:6] == ("rock", "rock", "paper", "paper", "scissors", "scissors")


@given(float_lists(TURNS))
def test_its_steps_lead_to_its_hands(floats: list[float]) -> None:
    assert tuple(pick.meaning for pick in GAME.picks(floats, OPTIONS)) == GAME.play(floats, OPTIONS).values


def test_what_it_pays_is_unknown() -> None:
    played = played_at(GAME, 1, {})
    assert (played.result, played.payout, GAME.distribution(OPTIONS)) == (None, None, None)
    assert "unknown" in GAME.unsourced


def test_it_refuses_options() -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options({"guesses": "rock"})
    assert refused.value.field == "guesses"
