"""Below a scan: the HMACs side by side, and the words that decide."""

import hmac
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairness.draws import NONCE_MAX
from fairness.scan import Plan, back_ends
from fairness.scanning import lanes, mappings
from fairness.scanning.arrays import WordSource
from fairness.scanning.plain import cell_of_words, words_of_nonce
from fairness.scanning.rules import rule_for
from tests.fairness.test_scan import MAPPED

needs_numba = pytest.mark.skipif("numba" not in back_ends(), reason="Numba (the extra `fast`) is not installed")
COMPILED = [False, pytest.param(True, marks=needs_numba)]


def words_by_hmac(server_seed: str, client_seed: str, nonce: int, needed: int) -> list[int]:
    digests = b"".join(
        hmac.digest(server_seed.encode(), f"{client_seed}:{nonce}:{block}".encode(), "sha256")
        for block in range(-(-needed // 8))
    )
    return [int.from_bytes(digests[4 * k : 4 * k + 4], "big") for k in range(needed)]


@pytest.mark.parametrize("compiled", COMPILED)
@settings(max_examples=30, deadline=None)
@given(
    # Keys above 64 bytes are hashed first; the message fills one block, two, or more, at every place of the digits.
    server_seed=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=90),
    client_seed=st.one_of(
        st.integers(1, 140).map(lambda length: "c" * length),
        st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=60),
    ),
    start=st.one_of(st.integers(0, NONCE_MAX), st.sampled_from([0, 9, 99, 999, 9_999, 10_000, NONCE_MAX - 3])),
    size=st.integers(1, 300),
    needed=st.integers(1, 100),
)
def test_lanes_are_hmacs(
    compiled: bool, server_seed: str, client_seed: str, start: int, size: int, needed: int
) -> None:
    plan = Plan("dice", {}, server_seed, client_seed)
    size = min(size, lanes.last_of_run(start) - start + 1, NONCE_MAX - start + 1)
    found = WordSource(plan, compiled=compiled).words(start, size, needed)
    assert found.shape == (needed, size)
    one_by_one = words_of_nonce(server_seed, client_seed, needed)
    for lane in {0, size // 2, size - 1}:
        expected = words_by_hmac(server_seed, client_seed, start + lane, needed)
        assert found[:, lane].tolist() == expected
        assert list(one_by_one(start + lane)) == expected


def test_runs_cover_a_range_once() -> None:
    covered = [nonce for first, size in lanes.runs(7, 21_234, 4_000) for nonce in range(first, first + size)]
    assert covered == list(range(7, 21_235))
    for first, size in lanes.runs(7, 1_021_234, 10_000):
        assert len(str(first)) == len(str(first + size - 1))
        assert first // 10_000 == (first + size - 1) // 10_000


def test_the_constants_are_those_of_the_standard() -> None:
    assert [hex(word) for word in lanes.CONSTANTS[:3]] == ["0x428a2f98", "0x71374491", "0xb5c0fbcf"]
    assert hex(lanes.CONSTANTS[63]) == "0xc67178f2"
    assert [hex(word) for word in lanes.INITIAL[::7]] == ["0x6a09e667", "0x5be0cd19"]


def edge_words(rule: Any) -> st.SearchStrategy[int]:
    """Words around every place where a product, a threshold or a cut changes, and any others."""
    sizes = {2, 7, 25, 37, 40, 10_001, *(number for number in rule.numbers if 0 < number <= 10_001)}
    near = st.builds(
        lambda n, k, d: max(0, min(2**32 - 1, ((k % (n + 1)) << 32) // n + d)),
        st.sampled_from(sorted(sizes)),
        st.integers(0, 10_001),
        st.integers(-2, 2),
    )
    cuts = st.builds(lambda k, d: max(0, min(2**32 - 1, (k << 8) + d)), st.integers(0, 2**24), st.integers(-1, 1))
    thresholds = [number for number in rule.numbers if 10_001 < number < 2**32 - 1] or [0]
    beside = st.builds(lambda t, d: max(0, t + d), st.sampled_from(thresholds), st.integers(-1, 1))
    ends = st.sampled_from([0, 1, 255, 256, 2**31 - 1, 2**31, 2**32 - 257, 2**32 - 256, 2**32 - 2, 2**32 - 1])
    return st.one_of(near, cuts, beside, ends, st.integers(0, 2**32 - 1))


@pytest.mark.parametrize(("game", "params"), MAPPED, ids=str)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_words_that_decide_give_what_the_game_gives(game: str, params: dict[str, Any], data: st.DataObject) -> None:
    plan = Plan.of(game=game, params=params, server_seed="a", client_seed="b")
    played = plan.seed_game
    options = played.read_options(params)
    rule = rule_for(game, options)
    assert rule is not None
    rounds = data.draw(
        st.lists(st.lists(edge_words(rule), min_size=rule.words, max_size=rule.words), min_size=1, max_size=20)
    )
    spare = [0.5] * (played.floats_needed(options) - rule.words)
    expected = [
        played.result(played.play([word / 2**32 for word in words] + spare, options), options) for words in rounds
    ]
    assert [rule.cells.decimal(cell_of_words(rule)(words)) for words in rounds] == expected
    words, numbers, table = (np.array(value, np.int64) for value in (rounds, rule.numbers, rule.table))
    words = np.ascontiguousarray(words.T)
    forms = [getattr(mappings, rule.family)]
    if "numba" in back_ends():
        from fairness.scanning import kernels

        forms.append(kernels.mapping(rule.family))
    for mapping in forms:
        assert [rule.cells.decimal(cell) for cell in mapping(words, numbers, table).tolist()] == expected
