"""Tome of Life: known answers; the reels are tested with Scarab Spin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import scarab_spin, tome_of_life
from fairness.rounds import Seeds, play
from tests.fairness.playing import assert_agrees_with_vectors, nonces, played_at
from tests.fairness.shared import needs_vectors, records, source


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(tome_of_life.GAME)


@needs_vectors
def test_the_page_shows_bonus_rounds_that_were_won() -> None:
    bonus = [record for record in records("tome_of_life") if record["params"]["round"] > 0]
    assert bonus
    for record in bonus:
        assert play(tome_of_life.GAME, Seeds(**source(record)), record["params"]).answers["was_won"], record


@given(nonces, st.integers(0, scarab_spin.BONUS_ROUNDS_MAX))
def test_it_is_played_on_the_reels_of_scarab_spin(nonce: int, number: int) -> None:
    played = played_at(tome_of_life.GAME, nonce, {"round": number})
    assert played.game == "tome_of_life"
    assert played.answers == played_at(scarab_spin.GAME, nonce, {"round": number}).answers
    assert (played.result, played.payout) == (None, None)


@pytest.mark.parametrize(("field", "params"), [("round", {}), ("round", {"round": 181}), ("reel", {"reel": 1})])
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        tome_of_life.GAME.read_options(params)
    assert refused.value.field == field


def test_it_says_that_its_pays_are_not_known() -> None:
    assert tome_of_life.GAME.unsourced
