"""Keno: known answers, the return of every line of the table, and the shape of every draw."""

from decimal import Decimal
from fractions import Fraction
from math import comb, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import keno
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    float_lists,
    mean,
    nonces,
    plain_draw,
    plain_words,
    played_at,
)
from tests.fairness.shared import needs_vectors

ROUND = keno.KenoRound((40, 1, 7, 9, 12, 14, 16, 21, 23, 30))


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(keno.GAME)


def test_its_table_has_a_cell_for_every_count_of_hits() -> None:
    for risk in keno.RISKS:
        assert [len(line) for line in keno.PAYOUTS[risk]] == [picked + 1 for picked in range(1, 11)]
        for line in keno.PAYOUTS[risk]:
            # More hits never pay less.
            assert list(line) == sorted(line)


@pytest.mark.parametrize("risk", keno.RISKS)
@pytest.mark.parametrize("picked", range(1, 11))
def test_every_bet_returns_what_is_known(risk: str, picked: int) -> None:
    chances = keno.GAME.distribution(keno.KenoOptions(tuple(range(1, picked + 1)), risk))
    assert chances is not None
    assert sum(chances.values()) == 1
    assert Fraction("0.9865") < mean(chances) < Fraction("0.9907")


@pytest.mark.parametrize(
    ("risk", "picked", "returned"),
    [
        ("classic", 1, Fraction("0.99")),
        ("low", 1, Fraction("0.9875")),
        ("medium", 1, Fraction("0.9875")),
        ("high", 2, Fraction(513, 520)),
        ("high", 3, Fraction(489, 494)),
    ],
)
def test_some_returns_are_exact(risk: str, picked: int, returned: Fraction) -> None:
    chances = keno.GAME.distribution(keno.KenoOptions(tuple(range(1, picked + 1)), risk))
    assert chances is not None
    assert mean(chances) == returned


def plain_chance(picked: int, count: int) -> Fraction:
    """Draw number by number: `count` hits first, then misses, times the orders in which they can come."""
    hit = prod((Fraction(picked - i, 40 - i) for i in range(count)), start=Fraction(1))
    missed = prod((Fraction(40 - picked - i, 40 - count - i) for i in range(10 - count)), start=Fraction(1))
    return comb(10, count) * hit * missed


@pytest.mark.parametrize("picked", range(1, 11))
def test_its_chances_are_those_of_drawing_one_by_one(picked: int) -> None:
    found = [keno.probability_of_hits(picked, count) for count in range(picked + 1)]
    assert found == [plain_chance(picked, count) for count in range(picked + 1)]
    assert sum(found) == 1
    assert keno.probability_of_hits(picked, picked + 1) == keno.probability_of_hits(picked, -1) == 0


@given(nonces)
def test_it_draws_as_the_plain_way_does(nonce: int) -> None:
    played = played_at(keno.GAME, nonce, {})
    numbers = [number + 1 for number in plain_draw(plain_words(nonce, 10), 40)]
    assert played.answers == {"numbers_1based_sorted": sorted(numbers), "numbers_1based_draw_order": numbers}
    assert (played.result, played.payout) == (None, None)


@given(nonces, st.lists(st.integers(1, 40), min_size=1, max_size=10, unique=True), st.sampled_from(keno.RISKS))
def test_it_pays_by_hits(nonce: int, picks: list[int], risk: str) -> None:
    played = played_at(keno.GAME, nonce, {"picks": picks, "risk": risk})
    chances = keno.GAME.distribution(played.options)
    assert chances is not None
    assert played.result in chances
    assert played.payout == played.result == keno.PAYOUTS[risk][len(picks) - 1][played.answers["hits"]]


@pytest.mark.parametrize(
    ("picks", "risk", "paid"),
    [
        ("1,7,9", "classic", "10.4"),
        ("1,7,2", "classic", "3.1"),
        ("40", "low", "1.85"),
        ("39", "low", "0.7"),
        ("2,3,4,5,6,8,10,11,1,7", "medium", "0"),  # 2 hits of 10, as in a bet of Antebot's samples
    ],
)
def test_it_pays_as_listed(picks: str, risk: str, paid: str) -> None:
    options = keno.GAME.read_options({"picks": picks, "risk": risk})
    assert keno.GAME.payout(ROUND, options) == Fraction(paid)
    assert keno.GAME.result(ROUND, options) == Decimal(paid)


@pytest.mark.parametrize("params", [{}, {"picks": "1,2"}, {"risk": "low"}])
def test_half_a_bet_is_not_paid(params: dict[str, object]) -> None:
    options = keno.GAME.read_options(params)
    assert keno.GAME.payout(ROUND, options) is None
    assert keno.GAME.result(ROUND, options) is None
    assert keno.GAME.distribution(options) is None


@given(float_lists(10))
def test_its_steps_name_the_numbers(floats: list[float]) -> None:
    options = keno.KenoOptions()
    steps = keno.GAME.picks(floats, options)
    assert [step.meaning for step in steps] == [f"number {n}" for n in keno.GAME.play(floats, options).numbers]


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("picks", {"picks": "0,1"}),
        ("picks", {"picks": "41"}),
        ("picks", {"picks": "5,5"}),
        ("picks", {"picks": ""}),
        ("picks", {"picks": list(range(1, 12))}),
        ("risk", {"risk": "extreme"}),
        ("numbers", {"numbers": "1"}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        keno.GAME.read_options(params)
    assert refused.value.field == field


def test_it_refuses_chances_of_nothing() -> None:
    with pytest.raises(InvalidInput, match="picks"):
        keno.probability_of_hits(11, 1)
