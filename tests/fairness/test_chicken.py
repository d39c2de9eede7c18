"""Chicken: known answers, the table against its formula, and the shape of every draw."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import chicken
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    cents,
    float_lists,
    nonces,
    plain_draw,
    plain_words,
    played_at,
)
from tests.fairness.shared import needs_vectors


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(chicken.GAME)


@pytest.mark.parametrize("difficulty", chicken.DIFFICULTIES)
def test_its_table_is_its_formula(difficulty: str) -> None:
    table = chicken.PAYOUTS[difficulty]
    assert table[0] == 1
    assert len(table) == chicken.LANES - chicken.DEATHS[difficulty] + 1
    for lanes, listed in enumerate(table[1:], start=1):
        chance = chicken.probability_at_least(difficulty, lanes)
        assert listed == cents(Fraction(98, 100) / chance), lanes
        assert abs(Fraction(listed) * chance - Fraction(98, 100)) < Fraction(1, 100), lanes


@pytest.mark.parametrize("difficulty", chicken.DIFFICULTIES)
def test_its_distribution_counts_every_draw(difficulty: str) -> None:
    draws = combinations(range(chicken.LANES), chicken.DEATHS[difficulty])
    counted = Counter(chicken.PAYOUTS[difficulty][min(draw)] for draw in draws)
    chances = chicken.GAME.distribution(chicken.ChickenOptions(difficulty))
    assert chances == {result: Fraction(count, counted.total()) for result, count in counted.items()}
    assert sum(chances.values()) == 1


@pytest.mark.parametrize("difficulty", chicken.DIFFICULTIES)
def test_every_bet_returns_98_percent(difficulty: str) -> None:
    last = chicken.LANES - chicken.DEATHS[difficulty]
    for lanes in range(1, last + 1):
        options = chicken.GAME.read_options({"difficulty": difficulty, "lanes": str(lanes)})
        returned = Fraction(0)
        for safe in range(last + 1):
            chance = chicken.probability_at_least(difficulty, safe) - chicken.probability_at_least(difficulty, safe + 1)
            outcome = chicken.ChickenRound((safe + 1,), safe + 1, safe, chicken.PAYOUTS[difficulty][safe])
            paid = chicken.GAME.payout(outcome, options)
            assert paid is not None
            returned += chance * paid
        assert returned == Fraction(98, 100)


@given(nonces, st.sampled_from(chicken.DIFFICULTIES))
def test_it_draws_as_the_plain_way_does(nonce: int, difficulty: str) -> None:
    played = played_at(chicken.GAME, nonce, {"difficulty": difficulty})
    lanes = plain_draw(plain_words(nonce, chicken.DEATHS[difficulty]), 20)
    assert played.answers == {
        "multiplier": chicken.PAYOUTS[difficulty][min(lanes)],
        "death_lane": min(lanes) + 1,
        "safe_lanes": min(lanes),
        "picks": [lane + 1 for lane in lanes],
    }
    assert played.result == played.answers["multiplier"]
    assert played.payout is None


@given(float_lists(10), st.sampled_from(chicken.DIFFICULTIES))
def test_its_steps_name_the_lanes(floats: list[float], difficulty: str) -> None:
    options = chicken.ChickenOptions(difficulty)
    steps = chicken.GAME.picks(floats, options)
    assert len(steps) == chicken.GAME.floats_needed(options) == chicken.DEATHS[difficulty]
    assert [step.meaning for step in steps] == [f"deadly lane {n}" for n in chicken.GAME.play(floats, options).picks]


@pytest.mark.parametrize(("lanes", "paid"), [(1, Fraction(98, 95)), (12, Fraction(49, 20)), (13, 0), (19, 0)])
def test_it_pays_up_to_the_last_safe_lane(lanes: int, paid: Fraction) -> None:
    outcome = chicken.ChickenRound((13,), 13, 12, Decimal("2.45"))
    assert chicken.GAME.payout(outcome, chicken.ChickenOptions("easy", lanes)) == paid


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("difficulty", {}),
        ("difficulty", {"difficulty": "Easy"}),
        ("lanes", {"difficulty": "easy", "lanes": 0}),
        ("lanes", {"difficulty": "easy", "lanes": 20}),
        ("lanes", {"difficulty": "expert", "lanes": "11"}),
        ("pumps", {"difficulty": "easy", "pumps": 1}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        chicken.GAME.read_options(params)
    assert refused.value.field == field


def test_it_refuses_chances_of_nothing() -> None:
    with pytest.raises(InvalidInput, match="difficulty"):
        chicken.probability_at_least("extreme", 1)
    with pytest.raises(InvalidInput, match="lanes"):
        chicken.probability_at_least("easy", -1)
    assert chicken.probability_at_least("easy", 21) == 0
