"""Mines: known answers, the payout against a count of all boards, and the shape of every draw."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import mines
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


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(mines.GAME)


def test_it_pays_what_a_real_bet_was_paid() -> None:
    assert mines.multiplier(3, 1) == Fraction("1.125")


@pytest.mark.parametrize(
    ("count", "gems"), [(1, 1), (1, 24), (2, 5), (3, 1), (3, 22), (4, 9), (22, 3), (23, 2), (24, 1)]
)
def test_its_chance_counts_every_board(count: int, gems: int) -> None:
    boards = list(combinations(range(25), count))
    without = sum(not set(range(gems)) & set(board) for board in boards)
    assert mines.probability_at_least(count, gems) == Fraction(without, len(boards))


@pytest.mark.parametrize("count", range(1, 25))
def test_every_bet_returns_99_percent(count: int) -> None:
    for gems in range(1, 26 - count):
        chances = mines.GAME.distribution(mines.MinesOptions(count, tuple(range(gems))))
        assert chances is not None
        assert len(chances) == 2
        assert sum(chances.values()) == 1
        assert mines.multiplier(count, gems) * mines.probability_at_least(count, gems) == Fraction(99, 100)
        # The result is the payout to 17 digits.
        assert abs(mean(chances) - Fraction(99, 100)) < Fraction(1, 10**16)


@given(nonces, st.integers(1, 24))
def test_it_draws_as_the_plain_way_does(nonce: int, count: int) -> None:
    played = played_at(mines.GAME, nonce, {"mines": count})
    tiles = plain_draw(plain_words(nonce, count), 25)
    assert played.answers == {
        "mine_positions_0based_sorted": sorted(tiles),
        "mine_positions_0based_draw_order": tiles,
    }
    assert (played.result, played.payout) == (None, None)


@given(nonces, st.integers(1, 24), st.data())
def test_it_pays_only_when_no_mine_is_opened(nonce: int, count: int, data: st.DataObject) -> None:
    picks = data.draw(st.lists(st.integers(0, 24), min_size=1, max_size=25 - count, unique=True))
    params = {"mines": count, "picks": ",".join(map(str, picks))}
    played = played_at(mines.GAME, nonce, params)
    chances = mines.GAME.distribution(played.options)
    assert chances is not None
    assert played.result in chances
    hit = any(tile in picks for tile in plain_draw(plain_words(nonce, count), 25))
    assert (played.payout == 0) == (played.result == 0) == hit
    if not hit:
        assert played.payout == mines.multiplier(count, len(picks))
        assert played.result is not None
        assert abs(Fraction(played.result) / played.payout - 1) < Fraction(1, 10**16)


@given(float_lists(24), st.integers(1, 24))
def test_its_steps_name_the_tiles(floats: list[float], count: int) -> None:
    options = mines.MinesOptions(count)
    steps = mines.GAME.picks(floats, options)
    assert len(steps) == mines.GAME.floats_needed(options) == count
    assert [step.meaning for step in steps] == [f"mine on tile {n}" for n in mines.GAME.play(floats, options).mines]


def test_its_result_is_exact_where_decimals_end() -> None:
    assert mines.GAME.result(mines.MinesRound((1, 2, 3)), mines.MinesOptions(3, (0,))) == Decimal("1.125")


def test_it_has_no_distribution_without_a_bet() -> None:
    assert mines.GAME.distribution(mines.MinesOptions(3)) is None


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("mines", {}),
        ("mines", {"mines": 0}),
        ("mines", {"mines": 25}),
        ("mines", {"mines": "3.0"}),
        ("picks", {"mines": 3, "picks": []}),
        ("picks", {"mines": 3, "picks": [25]}),
        ("picks", {"mines": 3, "picks": [1, 1]}),
        ("picks", {"mines": 24, "picks": [1, 2]}),
        ("bombs", {"mines": 3, "bombs": 3}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        mines.GAME.read_options(params)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("count", "gems", "field"), [(0, 1, "mines"), (25, 1, "mines"), (3, 23, "gems"), (3, 0, "gems")]
)
def test_it_refuses_multipliers_of_nothing(count: int, gems: int, field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        mines.multiplier(count, gems)


def test_it_refuses_chances_of_more_tiles_than_there_are() -> None:
    with pytest.raises(InvalidInput, match="gems"):
        mines.probability_at_least(3, 26)
