"""Plinko: known answers, the return of every list, and the way of every ball."""

import json
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import plinko
from tests.fairness.playing import assert_agrees_with_vectors, mean, nonces, plain_words, played_at
from tests.fairness.shared import FOLDER, needs_vectors

ROWS = range(plinko.ROWS_MIN, plinko.ROWS_MAX + 1)

every_list = pytest.mark.parametrize(("risk", "rows"), list(product(plinko.RISKS, ROWS)))


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(plinko.GAME)


@needs_vectors
@every_list
def test_its_lists_are_the_shared_ones(risk: str, rows: int) -> None:
    listed = json.loads((FOLDER / "tables" / "plinko.json").read_text(), parse_float=Decimal)["table"][str(rows)][risk]
    options = plinko.PlinkoOptions(risk, rows)
    assert [plinko.multiplier_of(options, bucket) for bucket in range(rows + 1)] == listed


@every_list
def test_every_list_returns_what_is_known(risk: str, rows: int) -> None:
    half = plinko.HALVES[risk][rows]
    assert len(half) == rows // 2 + 1
    assert list(half) == sorted(half, reverse=True)
    chances = plinko.GAME.distribution(plinko.PlinkoOptions(risk, rows))
    assert sum(chances.values()) == 1
    assert Fraction("0.9890") < mean(chances) < Fraction("0.9917")


def test_the_disputed_cell_would_return_too_much() -> None:
    # 27 instead of 26 in the two buckets of C(16, 2) = 120 ways each adds 240 of 65536.
    returned = mean(plinko.GAME.distribution(plinko.PlinkoOptions("high", 16)))
    assert returned < Fraction("0.99") < Fraction("0.9917") < returned + Fraction(240, 2**16)


@pytest.mark.parametrize("rows", [8, 9])
@pytest.mark.parametrize("risk", plinko.RISKS)
def test_its_chances_are_those_of_every_way(risk: str, rows: int) -> None:
    options = plinko.PlinkoOptions(risk, rows)
    counted: dict[Decimal, Fraction] = {}
    for floats in product((0.25, 0.75), repeat=rows):
        paid = plinko.GAME.play(floats, options).multiplier
        counted[paid] = counted.get(paid, Fraction(0)) + Fraction(1, 2**rows)
    assert plinko.GAME.distribution(options) == counted


@given(nonces, st.sampled_from(plinko.RISKS), st.sampled_from(ROWS))
def test_it_falls_as_the_plain_way_does(nonce: int, risk: str, rows: int) -> None:
    played = played_at(plinko.GAME, nonce, {"risk": risk, "rows": str(rows)})
    rights = [word >> 31 for word in plain_words(nonce, rows)]
    assert played.answers["path"] == ["LR"[right] for right in rights]
    assert played.answers["bucket_index_from_left"] == sum(rights)
    assert played.result == played.answers["multiplier"] == played.payout
    steps = plinko.GAME.picks([word / 2**32 for word in plain_words(nonce, rows)], played.options)
    assert [step.meaning[0].upper() for step in steps] == played.answers["path"]


@pytest.mark.parametrize(
    ("risk", "rows", "rights", "paid"),
    [
        ("medium", 16, 9, "0.5"),  # a bet that Antebot documents
        ("expert", 16, 0, "10000"),
        ("expert", 16, 16, "10000"),
        ("high", 16, 2, "26"),
        ("low", 9, 4, "0.7"),
        ("low", 9, 5, "0.7"),
        ("low", 8, 4, "0.5"),
    ],
)
def test_it_pays_as_listed(risk: str, rows: int, rights: int, paid: str) -> None:
    options = plinko.PlinkoOptions(risk, rows)
    outcome = plinko.GAME.play([0.5] * rights + [0.49] * (rows - rights), options)
    assert plinko.GAME.payout(outcome, options) == Fraction(paid)


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("risk", {"rows": 8}),
        ("risk", {"rows": 8, "risk": "extreme"}),
        ("rows", {"risk": "low"}),
        ("rows", {"risk": "low", "rows": 7}),
        ("rows", {"risk": "low", "rows": 17}),
        ("rows", {"risk": "low", "rows": "8.5"}),
        ("row", {"risk": "low", "rows": 8, "row": 8}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        plinko.GAME.read_options(params)
    assert refused.value.field == field
