"""Wheel: known answers, the table against its source and its mean, and the exact distribution."""

import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games.wheel import GAME, PAYOUTS, RISKS, SIZES, WheelOptions
from tests.fairness.playing import assert_agrees_with_vectors, mean, plain_words, played_at, words
from tests.fairness.shared import FOLDER, needs_vectors

WHEELS = [WheelOptions(risk, size) for size in SIZES for risk in RISKS]


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@needs_vectors
def test_its_table_is_the_venue_s() -> None:
    table = json.loads((FOLDER / "tables" / "wheel.json").read_text(), parse_float=Decimal)["table"]
    assert {str(size): {risk: list(wheel) for risk, wheel in risks.items()} for size, risks in PAYOUTS.items()} == table


@pytest.mark.parametrize("nonce", range(10))
def test_it_agrees_with_a_plain_way(nonce: int) -> None:
    (word,) = plain_words(nonce, 1)
    for options in WHEELS:
        played = played_at(GAME, nonce, {"risk": options.risk, "segments": options.segments})
        segment = word * options.segments >> 32
        multiplier = PAYOUTS[options.segments][options.risk][segment]
        assert played.answers == {"multiplier": multiplier, "segment_index": segment}
        assert played.payout == Fraction(multiplier)
        assert played.result == multiplier


@pytest.mark.parametrize("options", WHEELS, ids=str)
def test_its_wheels_return_99_percent(options: WheelOptions) -> None:
    wheel = PAYOUTS[options.segments][options.risk]
    assert len(wheel) == options.segments
    assert sum(map(Fraction, wheel)) / options.segments == Fraction(99, 100)


@pytest.mark.parametrize("options", WHEELS, ids=str)
def test_its_distribution_counts_every_word_once(options: WheelOptions) -> None:
    distribution = GAME.distribution(options)
    assert sum(distribution.values()) == 1
    assert set(distribution) == set(PAYOUTS[options.segments][options.risk])
    # A word more or less per segment moves the return by less than this.
    assert abs(mean(distribution) - Fraction(99, 100)) < Fraction(50, 2**32)


@given(word=words, options=st.sampled_from(WHEELS))
def test_its_step_leads_to_its_segment(word: int, options: WheelOptions) -> None:
    outcome = GAME.play([word / 2**32], options)
    assert 0 <= outcome.segment < options.segments
    (pick,) = GAME.picks([word / 2**32], options)
    assert pick.meaning == f"segment {outcome.segment} pays {outcome.multiplier}"


def test_it_reads_segments_from_text() -> None:
    assert GAME.read_options({"risk": "low", "segments": "30"}) == WheelOptions("low", 30)


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("risk", {"segments": 10}),
        ("risk", {"risk": "expert", "segments": 10}),
        ("segments", {"risk": "low"}),
        ("segments", {"risk": "low", "segments": 15}),
        ("segments", {"risk": "low", "segments": 60}),
        ("rows", {"risk": "low", "segments": 10, "rows": 8}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(options)
    assert refused.value.field == field
