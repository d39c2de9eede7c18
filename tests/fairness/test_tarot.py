"""Tarot: known answers, the return of the three cards, and the edges of every row."""

import json
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import tarot
from fairness.minima import Row
from tests.fairness.playing import assert_agrees_with_vectors, mean, nonces, plain_words, played_at
from tests.fairness.shared import FOLDER, needs_vectors

every_difficulty = pytest.mark.parametrize("difficulty", tarot.DIFFICULTIES)


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(tarot.GAME)


@needs_vectors
@every_difficulty
def test_its_lists_are_the_shared_ones(difficulty: str) -> None:
    table = json.loads((FOLDER / "tables" / "tarot.json").read_text())["table"][difficulty]
    for listed, rows in ((table["minor"], tarot.MINOR), (table["major"], tarot.MAJOR)):
        assert [[row.minimum, float(row.multiplier)] for row in rows[difficulty]] == listed


@every_difficulty
def test_it_returns_98_percent(difficulty: str) -> None:
    chances = tarot.GAME.distribution(tarot.TarotOptions(difficulty))
    assert sum(chances.values()) == 1
    # The hundred-millionths of the minima take a little off.
    assert Fraction("0.9799") < mean(chances) < Fraction("0.98")


def plain_chances(rows: tuple[Row, ...]) -> dict[Decimal, Fraction]:
    """By the minima as written, as if floats were real numbers."""
    minima = [Fraction(1), *(Fraction(str(row.minimum)) for row in rows)]
    return {row.multiplier: above - low for row, (above, low) in zip(rows, pairwise(minima), strict=True)}


@every_difficulty
def test_its_chances_are_those_of_the_minima(difficulty: str) -> None:
    minor, major = plain_chances(tarot.MINOR[difficulty]), plain_chances(tarot.MAJOR[difficulty])
    counted: dict[Decimal, Fraction] = {}
    for one, two, three in product(minor, major, minor):
        result = one * two * three
        counted[result] = counted.get(result, Fraction(0)) + minor[one] * major[two] * minor[three]
    chances = tarot.GAME.distribution(tarot.TarotOptions(difficulty))
    assert chances.keys() == counted.keys()
    for result, chance in chances.items():
        assert abs(chance - counted[result]) < Fraction(1, 10**9)


@every_difficulty
def test_a_row_begins_at_its_minimum(difficulty: str) -> None:
    for position, rows in enumerate(tarot.lists_of(difficulty)):
        assert [row.minimum for row in rows] == sorted((row.minimum for row in rows), reverse=True)
        for row, below in pairwise(rows):
            for number, paid in ((row.minimum, row.multiplier), (row.minimum - 2**-32, below.multiplier)):
                floats = [0.5] * 3
                floats[position] = number
                assert tarot.GAME.play(floats, tarot.TarotOptions(difficulty)).multipliers[position] == paid


@given(nonces, st.sampled_from(tarot.DIFFICULTIES))
def test_it_multiplies_its_cards(nonce: int, difficulty: str) -> None:
    played = played_at(tarot.GAME, nonce, {"difficulty": difficulty})
    one, two, three = played.answers["multipliers"]
    assert played.payout == played.result == played.answers["multiplier"] == one * two * three
    assert played.result in tarot.GAME.distribution(played.options)
    floats = [word / 2**32 for word in plain_words(nonce, 3)]
    steps = tarot.GAME.picks(floats, played.options)
    assert [step.meaning for step in steps] == [
        f"minor arcana, ×{one}",
        f"major arcana, ×{two}",
        f"minor arcana, ×{three}",
    ]


@pytest.mark.parametrize(
    ("difficulty", "floats", "paid"),
    [
        ("easy", (0.95, 0.95, 0.95), "20"),
        ("easy", (0.1, 0.95, 0.95), "0"),
        ("medium", (0.2, 0.0, 0.2), "0.09"),
        ("hard", (0.7, 0.99, 0.7), "2.42"),
        ("expert", (0.99, 0.999, 0.99), "5000"),
        ("expert", (0.99, 0.999, 0.0), "0"),
    ],
)
def test_it_pays_as_listed(difficulty: str, floats: tuple[float, ...], paid: str) -> None:
    options = tarot.TarotOptions(difficulty)
    assert tarot.GAME.payout(tarot.GAME.play(floats, options), options) == Fraction(paid)


@pytest.mark.parametrize(
    ("field", "params"),
    [("difficulty", {}), ("difficulty", {"difficulty": "master"}), ("risk", {"difficulty": "easy", "risk": "low"})],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        tarot.GAME.read_options(params)
    assert refused.value.field == field
