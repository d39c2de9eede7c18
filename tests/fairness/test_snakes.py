"""Snakes: known answers, the return of every roll, and what several rolls give."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import snakes
from tests.fairness.playing import assert_agrees_with_vectors, mean, nonces, plain_words, played_at
from tests.fairness.shared import needs_vectors

TWO_DICE = Counter(a + b for a, b in product(range(1, 7), repeat=2))


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(snakes.GAME)


def returned(fields: dict[int, Decimal]) -> Fraction:
    return sum((Fraction(fields[total]) * ways for total, ways in TWO_DICE.items()), Fraction(0)) / 36


@pytest.mark.parametrize("difficulty", snakes.DIFFICULTIES)
def test_the_edge_is_taken_once(difficulty: str) -> None:
    first, later = snakes.fields_of(difficulty, 0), snakes.fields_of(difficulty, 1)
    assert returned(first) == (Fraction(353, 360) if difficulty == "easy" else Fraction(98, 100))
    assert returned(later) == 1
    # Only the lowest multiplier changes, so no roll is a snake in one list and not in the other.
    changed = {total for total in snakes.SUMS if first[total] != later[total]}
    assert {first[total] for total in changed} == {min(value for value in first.values() if value)}


@pytest.mark.parametrize("difficulty", snakes.DIFFICULTIES)
@pytest.mark.parametrize("rolls", range(1, snakes.ROLLS + 1))
def test_any_number_of_rolls_returns_the_same(difficulty: str, rolls: int) -> None:
    chances = snakes.GAME.distribution(snakes.SnakesOptions(difficulty, rolls))
    assert chances is not None
    assert sum(chances.values()) == 1
    # A die is a floor of a 32-bit word, so its faces are equal to within a word.
    assert abs(mean(chances) - returned(snakes.FIRST_ROLL[difficulty])) < Fraction(1, 10**8)


@pytest.mark.parametrize("difficulty", snakes.DIFFICULTIES)
def test_its_chances_are_those_of_every_pair_of_rolls(difficulty: str) -> None:
    counted: dict[Decimal, Fraction] = {}
    for one, other in product(TWO_DICE, repeat=2):
        paid = snakes.FIRST_ROLL[difficulty][one] * snakes.LATER_ROLLS[difficulty][other]
        counted[paid] = counted.get(paid, Fraction(0)) + Fraction(TWO_DICE[one] * TWO_DICE[other], 36**2)
    chances = snakes.GAME.distribution(snakes.SnakesOptions(difficulty, 2))
    assert chances is not None
    assert chances.keys() == counted.keys()
    for result, chance in chances.items():
        assert abs(chance - counted[result]) < Fraction(1, 10**8)


@given(nonces, st.sampled_from(snakes.DIFFICULTIES), st.integers(1, snakes.ROLLS))
def test_it_rolls_as_the_plain_way_does(nonce: int, difficulty: str, rolls: int) -> None:
    played = played_at(snakes.GAME, nonce, {"difficulty": difficulty, "rolls": rolls})
    faces = [word * 6 // 2**32 + 1 for word in plain_words(nonce, 10)]
    assert played.answers["dice"] == faces
    assert played.answers["roll_totals"] == [faces[at] + faces[at + 1] for at in range(0, 10, 2)]
    paid = Decimal(1)
    for roll in range(rolls):
        paid *= played.answers["roll_multipliers"][roll]
    assert played.result == played.payout == paid
    chances = snakes.GAME.distribution(played.options)
    assert chances is not None
    assert chances[paid] > 0


@pytest.mark.parametrize(
    ("difficulty", "totals", "rolls", "paid"),
    [
        ("easy", (6, 6, 8, 2, 7), 1, "1.01"),
        ("easy", (6, 6, 8, 2, 7), 3, "1.178064"),  # 1.01 × 1.08 × 1.08
        ("easy", (6, 6, 8, 2, 7), 4, "2.356128"),
        ("easy", (6, 6, 8, 2, 7), 5, "0"),
        ("medium", (9, 9, 2, 2, 2), 2, "1.332"),
        ("hard", (10, 4, 2, 2, 2), 2, "2.07"),
        ("expert", (3, 11, 7, 2, 2), 2, "15.28"),
        ("expert", (3, 11, 7, 2, 2), 4, "0"),
        ("master", (12, 12, 12, 12, 12), 5, "1851776.64"),
    ],
)
def test_it_multiplies_the_rolls(difficulty: str, totals: tuple[int, ...], rolls: int, paid: str) -> None:
    options = snakes.SnakesOptions(difficulty, rolls)
    faces = [face for total in totals for face in (min(6, total - 1), total - min(6, total - 1))]
    outcome = snakes.GAME.play([(face - 0.5) / 6 for face in faces], options)
    assert outcome.totals == totals
    assert snakes.GAME.payout(outcome, options) == Fraction(paid)


def test_without_rolls_nothing_is_paid() -> None:
    played = played_at(snakes.GAME, 1, {"difficulty": "easy"})
    assert (played.result, played.payout, snakes.GAME.distribution(played.options)) == (None, None, None)


def test_its_steps_name_the_dice() -> None:
    options = snakes.SnakesOptions("easy")
    floats = [index / 10 for index in range(10)]
    steps = snakes.GAME.picks(floats, options)
    dice = snakes.GAME.play(floats, options).dice
    assert [step.meaning for step in steps] == [f"roll {at // 2 + 1}: a {face}" for at, face in enumerate(dice)]


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("difficulty", {}),
        ("difficulty", {"difficulty": "Easy"}),
        ("rolls", {"difficulty": "easy", "rolls": 0}),
        ("rolls", {"difficulty": "easy", "rolls": 6}),
        ("roll", {"difficulty": "easy", "roll": 1}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        snakes.GAME.read_options(params)
    assert refused.value.field == field
