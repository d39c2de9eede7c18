"""Floats: known answers in both forms, cursors that are not a multiple of four, and refusals."""

import hashlib
import hmac
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games.floats import GAME, FloatsOptions
from fairness.rounds import Seeds, play
from tests.fairness.playing import CLIENT_SEED, SERVER_SEED, played_at
from tests.fairness.shared import needs_vectors, records, source


def plain_stream(nonce: int, blocks: int) -> list[bytes]:
    messages = [f"{CLIENT_SEED}:{nonce}:{block}".encode() for block in range(blocks)]
    return [hmac.new(SERVER_SEED.encode(), message, hashlib.sha256).digest() for message in messages]


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    for record in records("floats"):
        answers = play(GAME, Seeds(**source(record)), record["params"]).answers
        ((form, expected),) = record["expected"].items()
        if form == "floats_12dp":
            assert answers[form] == pytest.approx([float(number) for number in expected], abs=1e-11, rel=0)
        else:
            assert answers[form] == expected


@given(cursor=st.integers(0, 1000), count=st.integers(1, 60))
def test_it_reads_the_stream_from_any_byte(cursor: int, count: int) -> None:
    stream = b"".join(plain_stream(3, 40))
    played = played_at(GAME, 3, {"byte_cursor": cursor, "count": count})
    expected = [int(stream[at : at + 4].hex(), 16) for at in range(cursor, cursor + 4 * count, 4)]
    assert list(played.outcome.words) == expected
    blocks = played.answers["hmac_hex_by_round"]
    assert blocks == [block.hex() for block in plain_stream(3, len(blocks))]
    assert 32 * (len(blocks) - 1) < cursor + 4 * count <= 32 * len(blocks)


@pytest.mark.parametrize("rounds", [1, 3, "5"])
def test_it_gives_whole_blocks(rounds: object) -> None:
    played = played_at(GAME, 4, {"hmac_rounds": rounds})
    assert played.answers["hmac_hex_by_round"] == [block.hex() for block in plain_stream(4, int(str(rounds)))]
    assert len(played.answers["floats_12dp"]) == 8 * int(str(rounds))


def test_its_steps_are_sums_that_give_the_float() -> None:
    options = FloatsOptions(byte_cursor=5, count=3)
    numbers = [word / 2**32 for word in range(0, 2**32, 2**29 + 12345)]
    for pick in GAME.picks(numbers, options):
        places, shown = pick.formula.split(" = ")
        terms = [term.split("/256^") for term in places.split(" + ")]
        assert sum(Fraction(int(byte), 256 ** int(place)) for byte, place in terms) == Fraction(pick.number)
        assert shown == f"{pick.number:.12f}"
    assert [pick.meaning for pick in GAME.picks(numbers, options)] == [
        "bytes 5 to 8",
        "bytes 9 to 12",
        "bytes 13 to 16",
    ]


def test_floats_are_no_result() -> None:
    played = played_at(GAME, 1, {"count": 1})
    assert (played.result, played.payout, GAME.distribution(played.options)) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("count", {}),
        ("count", {"count": 0}),
        ("count", {"count": 1001}),
        ("byte_cursor", {"byte_cursor": -1, "count": 1}),
        ("byte_cursor", {"byte_cursor": 1001, "count": 1}),
        ("hmac_rounds", {"hmac_rounds": 0}),
        ("hmac_rounds", {"hmac_rounds": 101}),
        ("hmac_rounds", {"hmac_rounds": 1, "count": 1}),
        ("hmac_rounds", {"hmac_rounds": 1, "byte_cursor": 4}),
        ("cursor", {"cursor": 4, "count": 1}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(options)
    assert refused.value.field == field
