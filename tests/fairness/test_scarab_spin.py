"""Scarab Spin: known answers, the reels, and which bonus rounds were won."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import scarab_spin
from fairness.rounds import Seeds, play
from tests.fairness.playing import CLIENT_SEED, SERVER_SEED, assert_agrees_with_vectors, nonces, plain_words, played_at
from tests.fairness.shared import FOLDER, needs_vectors, records, source

LENGTHS = [30, 30, 30, 30, 41]


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(scarab_spin.GAME)


@needs_vectors
def test_the_page_shows_bonus_rounds_that_were_won() -> None:
    # The page of 2021 showed any round that was asked for; the present one shows what the spin led to.
    bonus = [
        record
        for record in records("scarab_spin")
        if record["params"]["round"] > 0 and record["source"].startswith("provably-fair-betting/")
    ]
    assert bonus
    for record in bonus:
        assert play(scarab_spin.GAME, Seeds(**source(record)), record["params"]).answers["was_won"], record


@needs_vectors
def test_its_reels_are_the_shared_ones() -> None:
    listed = json.loads((FOLDER / "tables" / "scarab_spin.json").read_text())["reels"]
    assert [list(reel) for reel in scarab_spin.REELS] == [listed[str(number)] for number in range(5)]


def test_its_reels_have_one_scatter_each() -> None:
    assert [len(reel) for reel in scarab_spin.REELS] == LENGTHS
    assert [reel.count("scatter") for reel in scarab_spin.REELS] == [1] * 5
    assert len({symbol for reel in scarab_spin.REELS for symbol in reel}) == 13


def test_a_reel_is_a_ring() -> None:
    reel = ("a", "b", "c", "d")
    assert scarab_spin.in_view(reel, 0) == ("d", "a", "b")
    assert scarab_spin.in_view(reel, 1) == ("a", "b", "c")
    assert scarab_spin.in_view(reel, 3) == ("c", "d", "a")


@given(nonces, st.integers(0, scarab_spin.BONUS_ROUNDS_MAX))
def test_it_stops_as_the_plain_way_does(nonce: int, number: int) -> None:
    played = played_at(scarab_spin.GAME, nonce, {"round": number})
    own = plain_words(nonce, 5 * number + 5)[5 * number :]
    centers = [word * length >> 32 for word, length in zip(own, LENGTHS, strict=True)]
    assert played.answers["center_indices"] == centers
    for reel, center, shown in zip(scarab_spin.REELS, centers, played.answers["reels"], strict=True):
        assert shown == [(reel * 3)[len(reel) + center + step] for step in (-1, 0, 1)]
    assert played.answers["scatters"] == sum(symbols.count("scatter") for symbols in played.answers["reels"])
    assert (played.result, played.payout) == (None, None)
    assert scarab_spin.GAME.distribution(played.options) is None


def spin(scatters: int) -> list[float]:
    """The floats of a round with this many scatters in view, each in the centre of its reel."""
    return [
        ((reel.index("scatter") + (0 if number < scatters else 5)) % len(reel) + 0.5) / len(reel)
        for number, reel in enumerate(scarab_spin.REELS)
    ]


@pytest.mark.parametrize(
    ("scatters", "number", "won"),
    [
        ([0], 0, True),  # the spin itself is paid for
        ([2], 1, False),
        ([3], 1, True),
        ([5], 15, True),
        ([3], 16, False),
        ([3, 0, 4], 16, True),
        ([3, 0, 4], 30, True),
        ([3, 0, 4], 31, False),
        ([3] * 100, 180, True),
    ],
)
def test_it_tells_which_rounds_were_won(scatters: list[int], number: int, won: bool) -> None:
    floats = [stop for count in scatters for stop in spin(count)] + spin(0) * 181
    options = scarab_spin.ReelsOptions(number)
    outcome = scarab_spin.GAME.play(floats[: 5 * number + 5], options)
    answers = scarab_spin.GAME.answers(outcome, options)
    assert answers["was_won"] is won
    assert answers["wins_bonus_rounds"] is (answers["scatters"] >= 3)


def test_it_wins_no_more_than_180_rounds() -> None:
    options = scarab_spin.ReelsOptions(180)
    assert scarab_spin.GAME.play(spin(5) * 181, options).bonus_rounds_before == 180


def test_its_steps_name_the_centres() -> None:
    options = scarab_spin.ReelsOptions(2)
    floats = [word / 2**32 for word in plain_words(7, 15)]
    played = play(scarab_spin.GAME, Seeds(SERVER_SEED, CLIENT_SEED, 7), {"round": 2})
    steps = scarab_spin.GAME.picks(floats, options)
    assert [step.number for step in steps] == floats[10:]
    assert [step.meaning for step in steps] == [f"{reel[1]} in the centre" for reel in played.answers["reels"]]


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("round", {}),
        ("round", {"round": -1}),
        ("round", {"round": 181}),
        ("round", {"round": "1.5"}),
        ("rounds", {"round": 0, "rounds": 1}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        scarab_spin.GAME.read_options(params)
    assert refused.value.field == field


def test_it_says_that_its_pays_are_not_known() -> None:
    assert scarab_spin.GAME.unsourced.endswith(".")
