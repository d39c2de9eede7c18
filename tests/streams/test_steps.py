"""A recomputed round as a picture and as JSON: what is shown is what was computed."""

from decimal import Decimal
from fractions import Fraction

import pytest

from fairness.games import registry
from fairness.rounds import Link, Seeds, explain
from streams import exactjson, steps
from streams.example import CLIENT_SEED, SERVER_SEED

SEEDS = Seeds(SERVER_SEED, CLIENT_SEED, 5663)


def picture(game: str, **params: object) -> steps.Steps:
    return steps.as_picture(explain(registry.game(game), SEEDS, params))


def test_each_draw_shows_its_bytes_its_number_and_what_it_picked():
    shown = picture("pump", difficulty="expert")
    digests = "".join(digest for _, digest in shown.digests)
    assert [message for message, _ in shown.digests] == [f"{CLIENT_SEED}:5663:0", f"{CLIENT_SEED}:5663:1"]
    assert "".join("".join(draw.bytes) for draw in shown.draws) == digests[: 10 * 8]
    for draw in shown.draws:
        value = int("".join(draw.bytes), 16) / 2**32
        assert draw.number == f"{value:.10f}"
        assert draw.percent == f"{value * 100:.2f}"
        assert draw.meaning.startswith("pop at ")


def test_a_balloon_is_safe_up_to_its_first_pop():
    board = picture("pump", difficulty="expert").board
    assert board is not None
    assert [tile.mark for tile in board.tiles[:13]] == ["safe"] * 12 + ["first"]
    drawn = {tile.order: tile.label for tile in board.tiles if tile.order}
    assert [drawn[order] for order in range(1, 11)] == [16, 25, 20, 13, 15, 14, 23, 18, 19, 17]
    assert "smallest number drawn is 13" in board.caption


def test_a_field_marks_what_was_drawn():
    shown = picture("mines", mines=3)
    assert shown.board is not None
    answers = explain(registry.game("mines"), SEEDS, {"mines": 3}).played.answers
    assert [tile.label for tile in shown.board.tiles if tile.mark == "hit"] == answers["mine_positions_0based_sorted"]


def test_a_board_names_the_numbers_that_its_game_does():
    board = picture("keno").board
    assert board is not None
    assert [tile.label for tile in board.tiles] == list(range(1, 41))
    assert sum(tile.mark == "hit" for tile in board.tiles) == 10


def test_a_game_of_a_chain_has_picks_and_no_draws():
    shown = steps.as_picture(explain(registry.game("crash"), Link("a" * 64, "salt"), {}))
    assert (shown.is_chain, shown.draws, shown.board) == (True, (), None)
    assert shown.picks


def test_a_long_list_of_numbers_is_cut_and_says_so():
    shown = picture("floats", count=200)
    assert len(shown.draws) == steps.DRAWS_SHOWN
    assert shown.draws_left_out == 200 - steps.DRAWS_SHOWN


def test_json_keeps_every_digit_and_no_seed():
    made = steps.as_json(explain(registry.game("limbo"), SEEDS, {"target": "2"}))
    text = exactjson.dumps(made)
    assert SERVER_SEED not in text
    assert made["result"] == explain(registry.game("limbo"), SEEDS, {}).played.result
    assert made["payout"] in (0, 2)
    assert all(isinstance(number, Decimal) for number in made["steps"]["floats"])


@pytest.mark.parametrize(
    ("payout", "written"), [(Fraction(1, 3), "0.333333333333333333"), (Fraction(9, 8), "1.125"), (Fraction(0), "0")]
)
def test_a_payout_is_written_to_eighteen_decimals(payout, written):
    assert exactjson.dumps(steps.payout_number(payout)) == written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (Decimal("1.50"), "1.5"),
        ([1, 2], "1, 2"),
        ([[1, 2], [3]], "1, 2 | 3"),
        ({"a": 1, "b": [2]}, "a: 1; b: 2"),
        ("heads", "heads"),
    ],
)
def test_values_are_readable(value, text):
    assert steps.readable(value) == text
