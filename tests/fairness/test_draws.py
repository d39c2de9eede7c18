"""Bytes, floats and draws, each against an answer of its own."""

import hashlib
import hmac
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.draws import blocks, draw_without_repeats, floats
from fairness.errors import InvalidInput

SEEDS = {"server_seed": "s3", "client_seed": "zoë", "nonce": 7}


def test_a_block_is_the_hmac_of_its_message() -> None:
    assert list(islice(blocks(**SEEDS), 2)) == [
        hmac.new(b"s3", f"zoë:7:{block}".encode(), hashlib.sha256).digest() for block in (0, 1)
    ]


def test_a_float_is_four_bytes_as_digits_of_256() -> None:
    stream = b"".join(islice(blocks(**SEEDS), 3))
    expected = [
        sum(byte / 256**place for place, byte in enumerate(stream[start : start + 4], start=1))
        for start in range(0, len(stream), 4)
    ]
    assert list(islice(floats(**SEEDS), 24)) == expected
    assert len(expected) == 24


def test_bad_seeds_are_refused_before_the_first_block() -> None:
    with pytest.raises(InvalidInput):
        blocks(server_seed="", client_seed="c", nonce=1)


@pytest.mark.parametrize(
    ("numbers", "drawn"),
    [
        ([0.0, 0.0, 0.0, 0.0], (0, 1, 2, 3)),
        ([0.999, 0.999, 0.999, 0.999], (3, 2, 1, 0)),
        # After position 1 is gone, later items move up; putting the last in its place would give (1, 3, 2, 0).
        ([0.25, 0.34, 0.5, 0.0], (1, 2, 3, 0)),
    ],
)
def test_it_draws_by_removal(numbers: list[float], drawn: tuple[int, ...]) -> None:
    assert draw_without_repeats(numbers, pool_size=4, picks=4) == drawn


@given(
    numbers=st.lists(st.floats(0, 1, exclude_max=True), min_size=52, max_size=52),
    pool_size=st.integers(0, 52),
)
def test_a_full_draw_is_a_permutation(numbers: list[float], pool_size: int) -> None:
    drawn = draw_without_repeats(numbers, pool_size=pool_size, picks=pool_size)
    assert sorted(drawn) == list(range(pool_size))


@given(numbers=st.lists(st.floats(0, 1, exclude_max=True), min_size=25, max_size=25), picks=st.integers(0, 25))
def test_a_short_draw_begins_a_longer_one(numbers: list[float], picks: int) -> None:
    whole = draw_without_repeats(numbers, pool_size=25, picks=25)
    assert draw_without_repeats(numbers, pool_size=25, picks=picks) == whole[:picks]


@pytest.mark.parametrize("picks", [-1, 26])
def test_it_refuses_more_picks_than_the_pool_has(picks: int) -> None:
    with pytest.raises(InvalidInput, match="picks"):
        draw_without_repeats([0.5] * 30, pool_size=25, picks=picks)
