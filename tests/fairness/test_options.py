"""Options that are lists in order: what is read, and what is refused by name."""

from decimal import Decimal
from itertools import repeat

import pytest

from fairness.errors import InvalidInput
from fairness.options import numbers_in_order, words_in_order


@pytest.mark.parametrize("value", ["2,0,2", " 2, 0 ,2", [2, 0, 2], ("2", Decimal(0), 2), iter([2, 0, 2])])
def test_it_reads_numbers_in_their_order(value: object) -> None:
    assert numbers_in_order({"picks": value}, "picks", low=0, high=2, most=3) == (2, 0, 2)


@pytest.mark.parametrize("value", ["up, down,up", ["up", "down", "up"]])
def test_it_reads_words_in_their_order(value: object) -> None:
    assert words_in_order({"guesses": value}, "guesses", ("up", "down"), most=3) == ("up", "down", "up")


def test_a_list_may_be_left_out() -> None:
    assert numbers_in_order({}, "picks", low=0, high=2, most=3) is None
    assert words_in_order({"guesses": None}, "guesses", ("up",), most=3) is None


@pytest.mark.parametrize(
    "value",
    ["", [], "0,,1", "3", [-1], [True], [1.5], [[1]], "0,0,0,0", repeat(1), "1," * 10_000_000, 1, {"0": 1}, b"0"],
)
def test_it_refuses_numbers_by_naming_the_field(value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        numbers_in_order({"picks": value}, "picks", low=0, high=2, most=3)
    assert refused.value.field == "picks"
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("value", ["", [], "up,", "UP", [None], [["up"]], "up,up,up,up", repeat("up"), 1, {"up": 1}])
def test_it_refuses_words_by_naming_the_field(value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        words_in_order({"guesses": value}, "guesses", ("up", "down"), most=3)
    assert refused.value.field == "guesses"
