"""Moles: known answers, and the shape of every draw. What it pays has no source, so nothing is paid here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import moles
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    float_lists,
    nonces,
    plain_draw,
    plain_words,
    played_at,
)
from tests.fairness.shared import needs_vectors

COUNTS = range(1, 7)


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(moles.GAME)


@pytest.mark.parametrize(("count", "rounds", "floats"), [(1, 8, 8), (2, 9, 18), (6, 9, 54)])
def test_one_mole_has_eight_rounds_and_more_have_nine(count: int, rounds: int, floats: int) -> None:
    assert moles.rounds_of(count) == rounds
    assert moles.GAME.floats_needed(moles.MolesOptions(count)) == floats


@given(nonces, st.sampled_from(COUNTS))
def test_it_draws_as_the_plain_way_does(nonce: int, count: int) -> None:
    played = played_at(moles.GAME, nonce, {"moles": count})
    rounds = 8 if count == 1 else 9
    numbers = plain_words(nonce, rounds * count)
    expected = [plain_draw(numbers[at : at + count], 7) for at in range(0, rounds * count, count)]
    assert played.answers == {"mole_positions_by_round": expected}


@given(nonces, st.sampled_from(COUNTS), st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_picks_are_told_and_not_paid(nonce: int, count: int, picks: list[int]) -> None:
    played = played_at(moles.GAME, nonce, {"moles": count, "picks": picks})
    holes = played.answers["mole_positions_by_round"]
    assert played.answers["picked_a_mole_by_round"] == [picks[at] in holes[at] for at in range(len(picks))]
    assert (played.result, played.payout) == (None, None)
    assert moles.GAME.distribution(played.options) is None
    assert "payout is unknown" in moles.GAME.unsourced


@given(float_lists(54), st.sampled_from(COUNTS))
def test_its_steps_name_the_holes(floats: list[float], count: int) -> None:
    options = moles.MolesOptions(count)
    floats = floats[: moles.GAME.floats_needed(options)]
    steps = moles.GAME.picks(floats, options)
    assert [step.number for step in steps] == floats
    assert [step.meaning for step in steps] == [
        f"round {number}: mole in hole {hole}"
        for number, holes in enumerate(moles.GAME.play(floats, options).rounds, start=1)
        for hole in holes
    ]


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("moles", {}),
        ("moles", {"moles": 0}),
        ("moles", {"moles": 7}),
        ("picks", {"moles": 2, "picks": "7"}),
        ("picks", {"moles": 1, "picks": [0] * 9}),
        ("picks", {"moles": 2, "picks": [0] * 10}),
        ("holes", {"moles": 2, "holes": 1}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        moles.GAME.read_options(params)
    assert refused.value.field == field
