"""Flip: known answers, the word on the edge, and steps."""

import pytest
from hypothesis import given

from fairness.errors import InvalidInput
from fairness.games.flip import FLIPS, GAME, FlipOptions
from tests.fairness.playing import assert_agrees_with_vectors, float_lists, plain_words, played_at
from tests.fairness.shared import needs_vectors

OPTIONS = FlipOptions()


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@pytest.mark.parametrize("nonce", range(10))
def test_it_agrees_with_a_plain_way(nonce: int) -> None:
    values = ["heads" if word > 0x8000_0000 else "tails" for word in plain_words(nonce, FLIPS)]
    assert played_at(GAME, nonce, {}).answers == {"values": values}


def test_exactly_one_half_is_tails() -> None:
    edge = [2**31 / 2**32, (2**31 + 1) / 2**32] * (FLIPS // 2)
    assert GAME.play(edge, OPTIONS).values == ("tails", "heads") * (FLIPS // 2)


@given(float_lists(FLIPS))
def test_its_steps_lead_to_its_sides(floats: list[float]) -> None:
    assert tuple(pick.meaning for pick in GAME.picks(floats, OPTIONS)) == GAME.play(floats, OPTIONS).values


def test_what_it_pays_is_unknown() -> None:
    played = played_at(GAME, 1, {})
    assert (played.result, played.payout, GAME.distribution(OPTIONS)) == (None, None, None)
    assert "unknown" in GAME.unsourced


def test_it_refuses_options() -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options({"guesses": "heads"})
    assert refused.value.field == "guesses"
