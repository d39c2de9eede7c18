"""Lists of minima: which row a float wins, how many words do, and what several lists give together."""

from decimal import Decimal
from fractions import Fraction
from itertools import product
from operator import add, mul

from hypothesis import given
from hypothesis import strategies as st

from fairness.exact import WORDS
from fairness.minima import Row, add_up, chances, combine, first_row, multiplier_words, read_rows, row_words
from tests.fairness.playing import unit_floats

ROWS = read_rows("0.75:4 0.50000001:1.5 0.5:1.5 0:0")

small_counts = st.dictionaries(
    st.integers(0, 300).map(lambda cents: Decimal(cents) / 100), st.integers(1, 9), min_size=1, max_size=4
)


def test_it_reads_rows() -> None:
    assert ROWS[0] == Row(0.75, Decimal(4))
    assert [row.minimum for row in ROWS] == [0.75, 0.50000001, 0.5, 0.0]


@given(unit_floats)
def test_a_float_wins_the_first_row_it_reaches(number: float) -> None:
    found = first_row(ROWS, number)
    assert number >= ROWS[found].minimum
    assert all(number < row.minimum for row in ROWS[:found])


def test_it_counts_the_words_of_rows() -> None:
    # 0.50000001 is 42.9 words above one half, so 43 words lie between.
    assert row_words(ROWS) == (WORDS // 4, WORDS // 4 - 43, 43, WORDS // 2)
    assert multiplier_words(ROWS) == {Decimal(4): WORDS // 4, Decimal("1.5"): WORDS // 4, Decimal(0): WORDS // 2}


@given(st.lists(small_counts, min_size=1, max_size=4), st.sampled_from([add, mul]))
def test_it_combines_as_counting_every_case_does(parts: list[dict[Decimal, int]], join: object) -> None:
    assert callable(join)
    expected: dict[Decimal, int] = {}
    for case in product(*parts):
        value, cases = case[0], parts[0][case[0]]
        for part, found in zip(parts[1:], case[1:], strict=True):
            value, cases = join(value, found), cases * part[found]
        expected[value] = expected.get(value, 0) + cases
    assert combine(parts, join) == expected


def test_chances_sum_to_one() -> None:
    assert chances(add_up([(Decimal(1), 2), (Decimal("1.0"), 1), (Decimal(3), 3)])) == {
        Decimal(1): Fraction(1, 2),
        Decimal(3): Fraction(1, 2),
    }
