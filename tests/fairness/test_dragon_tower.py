"""Dragon Tower: known answers, the table against its formula, and the shape of every draw."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import dragon_tower
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    cents,
    float_lists,
    mean,
    nonces,
    plain_draw,
    plain_words,
    played_at,
)
from tests.fairness.shared import needs_vectors

EGGS_OF_TILES = {"easy": (3, 4), "medium": (2, 3), "hard": (1, 2), "expert": (1, 3), "master": (1, 4)}

# Antebot's sample of a bet: easy, tiles 1 and 3 picked, two rows climbed, paid 1.74.
SAMPLE = dragon_tower.TowerRound(((2, 0, 1), (1, 0, 3), (0, 1, 2)))


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(dragon_tower.GAME)


def test_it_pays_what_a_real_bet_was_paid() -> None:
    options = dragon_tower.GAME.read_options({"difficulty": "easy", "picks": "1,3"})
    assert dragon_tower.GAME.payout(SAMPLE, options) == Fraction("1.74")
    assert dragon_tower.GAME.result(SAMPLE, options) == Decimal("1.74")
    assert dragon_tower.GAME.answers(SAMPLE, options)["rows_climbed"] == 2


@pytest.mark.parametrize("difficulty", dragon_tower.DIFFICULTIES)
def test_its_table_is_its_formula(difficulty: str) -> None:
    eggs, tiles = EGGS_OF_TILES[difficulty]
    expected = [cents(Fraction(98, 100) * Fraction(tiles, eggs) ** rows) for rows in range(1, 10)]
    assert list(dragon_tower.PAYOUTS[difficulty]) == expected


def test_the_disputed_cell_is_no_tie() -> None:
    # Cut off it would be the clones' 25.11, but every other cell of their lists is rounded.
    assert Fraction(98, 100) * Fraction(3, 2) ** 8 == Fraction("25.116328125")
    assert dragon_tower.PAYOUTS["medium"][7] == Decimal("25.12")


@pytest.mark.parametrize("difficulty", dragon_tower.DIFFICULTIES)
@pytest.mark.parametrize("rows", range(1, 10))
def test_every_bet_returns_98_percent(difficulty: str, rows: int) -> None:
    chances = dragon_tower.GAME.distribution(dragon_tower.TowerOptions(difficulty, (0,) * rows))
    assert chances is not None
    assert sum(chances.values()) == 1
    # Cents round by at most half a cent, times a chance that is largest after one row.
    assert abs(mean(chances) - Fraction(98, 100)) <= Fraction(1, 200) * max(chances.values())


@pytest.mark.parametrize("difficulty", ["hard", "expert"])
def test_its_chance_counts_every_tower(difficulty: str) -> None:
    tiles = EGGS_OF_TILES[difficulty][1]
    towers = list(product(range(tiles), repeat=5))
    climbed = [dragon_tower.rows_climbed(dragon_tower.TowerRound(tuple((e,) for e in t)), (1, 0, 1)) for t in towers]
    for rows in range(4):
        counted = Fraction(sum(reached >= rows for reached in climbed), len(towers))
        assert dragon_tower.probability_at_least(difficulty, rows) == counted


def plain_rows(nonce: int, difficulty: str) -> list[list[int]]:
    eggs, tiles = EGGS_OF_TILES[difficulty]
    numbers = plain_words(nonce, 9 * eggs)
    return [plain_draw(numbers[row * eggs : row * eggs + eggs], tiles) for row in range(9)]


@given(nonces, st.sampled_from(dragon_tower.DIFFICULTIES))
def test_it_draws_as_the_plain_way_does(nonce: int, difficulty: str) -> None:
    played = played_at(dragon_tower.GAME, nonce, {"difficulty": difficulty})
    assert played.answers == {"egg_positions_by_row": plain_rows(nonce, difficulty)}
    assert (played.result, played.payout) == (None, None)


@given(nonces, st.sampled_from(dragon_tower.DIFFICULTIES), st.data())
def test_it_pays_only_a_whole_climb(nonce: int, difficulty: str, data: st.DataObject) -> None:
    picks = data.draw(st.lists(st.integers(0, EGGS_OF_TILES[difficulty][1] - 1), min_size=1, max_size=9))
    played = played_at(dragon_tower.GAME, nonce, {"difficulty": difficulty, "picks": picks})
    eggs = plain_rows(nonce, difficulty)
    missed = [row for row, pick in enumerate(picks) if pick not in eggs[row]]
    paid = Decimal(0) if missed else dragon_tower.PAYOUTS[difficulty][len(picks) - 1]
    assert played.answers["rows_climbed"] == (missed[0] if missed else len(picks))
    assert played.payout == played.result == paid
    chances = dragon_tower.GAME.distribution(played.options)
    assert chances is not None
    assert played.result in chances


@given(float_lists(27), st.sampled_from(dragon_tower.DIFFICULTIES))
def test_its_steps_name_the_tiles(floats: list[float], difficulty: str) -> None:
    options = dragon_tower.TowerOptions(difficulty)
    floats = floats[: dragon_tower.GAME.floats_needed(options)]
    steps = dragon_tower.GAME.picks(floats, options)
    assert [step.number for step in steps] == floats
    assert [step.meaning for step in steps] == [
        f"row {row}: egg on tile {egg}"
        for row, eggs in enumerate(dragon_tower.GAME.play(floats, options).rows, start=1)
        for egg in eggs
    ]


def test_it_has_no_distribution_without_picks() -> None:
    assert dragon_tower.GAME.distribution(dragon_tower.TowerOptions("easy")) is None


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("difficulty", {}),
        ("difficulty", {"difficulty": "insane"}),
        ("picks", {"difficulty": "hard", "picks": "2"}),
        ("picks", {"difficulty": "easy", "picks": ""}),
        ("picks", {"difficulty": "easy", "picks": [0] * 10}),
        ("eggs", {"difficulty": "easy", "eggs": 1}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        dragon_tower.GAME.read_options(params)
    assert refused.value.field == field


@pytest.mark.parametrize(("difficulty", "rows", "field"), [("insane", 1, "difficulty"), ("easy", 10, "rows")])
def test_it_refuses_chances_of_nothing(difficulty: str, rows: int, field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        dragon_tower.probability_at_least(difficulty, rows)
