"""Counts of every result: textbook examples, SciPy, pooling; and what several tests are worth together."""

import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fairness.chance import benjamini_hochberg, cell_test, holm
from fairness.chance.special import gamma_tails
from fairness.chance.words import CANNOT
from fairness.errors import InvalidInput
from fairness.games import pump

# Upper critical values of chi-square at 5 % and 1 % (NIST/SEMATECH e-Handbook, 1.3.6.7.4).
CRITICAL = {1: (3.841, 6.635), 2: (5.991, 9.210), 5: (11.070, 15.086), 10: (18.307, 23.209), 100: (124.342, 135.807)}

EVEN = {1: Fraction(1, 2), 2: Fraction(1, 2)}


@pytest.mark.parametrize("degrees", CRITICAL)
def test_its_critical_values_are_those_of_the_tables(degrees: int) -> None:
    for level, critical in zip((0.05, 0.01), CRITICAL[degrees], strict=True):
        assert gamma_tails(degrees / 2, critical / 2).upper == pytest.approx(level, abs=2e-5)


def test_mendels_peas() -> None:
    """315, 108, 101 and 32 against 9 : 3 : 3 : 1, the textbook's example: X² = 0.470, p = 0.925."""
    ratio = {1: Fraction(9, 16), 2: Fraction(3, 16), 3: Fraction(3, 16), 4: Fraction(1, 16)}
    found = cell_test({1: 315, 2: 108, 3: 101, 4: 32}, ratio)
    assert found.degrees == 3
    assert found.chi_square == pytest.approx(0.470, abs=5e-4)
    assert found.p_value == pytest.approx(0.925, abs=5e-4)
    assert found.sentence.startswith("The results of 556 rounds, in 4 groups,")
    assert CANNOT in found.sentence


def test_weldons_dice_again() -> None:
    """26,306 throws of twelve dice by their fives and sixes (Pearson 1900), the two highest cells pooled with 10."""
    seen = dict(enumerate([185, 1149, 3265, 5475, 6114, 5194, 3067, 1331, 403, 105, 14, 4, 0]))
    fair = {k: Fraction(int(stats.binom.pmf(k, 12, 1 / 3) * 3**12 + 0.5), 3**12) for k in range(13)}
    found = cell_test(seen, fair)
    assert [(group.low, group.high) for group in found.groups] == [(k, k) for k in range(10)] + [(10, 12)]
    expected = [group.expected for group in found.groups]
    observed = [group.observed for group in found.groups]
    assert found.chi_square == pytest.approx(stats.chisquare(observed, expected).statistic, rel=1e-12)
    assert found.p_value == pytest.approx(stats.chisquare(observed, expected).pvalue, rel=1e-10)
    assert found.p_value < 2e-4


def sample(rounds: int, seed: int, distribution: dict[Decimal, Fraction]) -> Counter[Decimal]:
    picked = random.Random(seed)
    results = list(distribution)
    bounds = [float(bound) for bound in accumulate(distribution.values())]
    return Counter(picked.choices(results, cum_weights=bounds, k=rounds))


@pytest.mark.parametrize("difficulty", pump.DIFFICULTIES)
def test_pump_is_pooled_from_its_rare_results_down(difficulty: str) -> None:
    distribution = pump.GAME.distribution(pump.PumpOptions(difficulty))
    found = cell_test(sample(2_000, 1, distribution), distribution)
    assert sum(group.observed for group in found.groups) == 2_000
    assert sum(group.expected for group in found.groups) == pytest.approx(2_000)
    assert all(group.expected >= 5 for group in found.groups)
    assert found.groups[0].low == min(distribution)
    assert found.groups[-1].high == max(distribution)
    assert all(left.high < right.low for left, right in zip(found.groups, found.groups[1:], strict=False))
    pooled = stats.chisquare([group.observed for group in found.groups], [group.expected for group in found.groups])
    assert (found.chi_square, found.p_value) == pytest.approx((pooled.statistic, pooled.pvalue), rel=1e-9)


def test_fair_rounds_are_called_unusual_as_often_as_stated() -> None:
    distribution = pump.GAME.distribution(pump.PumpOptions("expert"))
    found = [cell_test(sample(500, seed, distribution), distribution).p_value for seed in range(1_500)]
    for level in (0.01, 0.05, 0.3):
        assert sum(value <= level for value in found) / len(found) == pytest.approx(level, abs=0.003 + level / 5)


def test_rounds_of_another_difficulty_are_noticed() -> None:
    expert = pump.GAME.distribution(pump.PumpOptions("expert"))
    shifted = dict(zip(expert, pump.GAME.distribution(pump.PumpOptions("hard")).values(), strict=False))
    shifted[max(shifted)] += 1 - sum(shifted.values())
    found = cell_test(sample(500, 3, shifted), expert)
    assert found.p_value < 1e-6
    assert "very unusual" in found.sentence


def test_a_low_rest_joins_the_group_above_it() -> None:
    rare_below = {1: Fraction(1, 100), 2: Fraction(49, 100), 3: Fraction(1, 2)}
    found = cell_test({2: 50, 3: 50}, rare_below)
    assert [(group.low, group.high, group.observed) for group in found.groups] == [(1, 2, 50), (3, 3, 50)]


@given(st.dictionaries(st.integers(0, 30), st.integers(1, 50), min_size=2), st.data())
def test_pooling_loses_no_round(weights: dict[int, int], data: st.DataObject) -> None:
    distribution = {cell: Fraction(weight, sum(weights.values())) for cell, weight in weights.items()}
    counts = {cell: data.draw(st.integers(0, 60)) for cell in weights}
    try:
        found = cell_test(counts, distribution)
    except InvalidInput as refused:
        assert refused.field == "counts"  # noqa: PT017 - whichever way it goes, both are checked
        return
    assert sum(group.observed for group in found.groups) == sum(counts.values())
    assert all(group.expected >= 5 for group in found.groups)
    assert 0 <= found.p_value <= 1
    assert found.chi_square >= 0


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({}, "must be from 1 to"),
        ({1: 0}, "must be from 1 to"),
        ({1: 3, 2: 2}, "must hold more rounds"),
        ({1: 50, 3: 1}, "has the result 3, which this game cannot give"),
        ({1: -1, 2: 60}, "must be from 0 to"),
        ({1: 1.5, 2: 60}, "must be a whole number"),
    ],
)
def test_it_refuses_counts_that_cannot_be_tested(counts: dict[int, int], says: str) -> None:
    with pytest.raises(InvalidInput, match=f"^counts {says}"):
        cell_test(counts, EVEN)


@pytest.mark.parametrize(
    ("distribution", "says"),
    [
        ({1: Fraction(1, 2)}, "sum to exactly 1"),
        ({}, "sum to exactly 1"),
        ({1: 0.5, 2: 0.5}, "as an exact fraction"),
        ({1: Fraction(3, 2), 2: Fraction(-1, 2)}, "below 0"),
    ],
)
def test_it_refuses_chances_that_are_none(distribution: dict[int, Fraction], says: str) -> None:
    with pytest.raises(InvalidInput, match=f"^distribution must .*{says}"):
        cell_test({1: 10, 2: 10}, distribution)


# -- several tests at once

# The example of Benjamini and Hochberg (1995), section 3.2: fifteen p-values; at 5 % their method finds four, and
# Bonferroni's, like Holm's, three.
FIFTEEN = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000),
]


def test_the_example_of_benjamini_and_hochberg() -> None:
    assert sum(value <= 0.05 for value in benjamini_hochberg(FIFTEEN).adjusted) == 4
    assert sum(value <= 0.05 for value in holm(FIFTEEN).adjusted) == 3
    assert holm(FIFTEEN).adjusted[:3] == pytest.approx((0.0015, 0.0056, 0.0247))


def test_holm_by_hand() -> None:
    """0.01, 0.04, 0.03, 0.005: times 3, 1, 2, 4, and none below a smaller one's."""
    assert holm([0.01, 0.04, 0.03, 0.005]).adjusted == pytest.approx((0.03, 0.06, 0.06, 0.02))


PS = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(PS)
def test_benjamini_and_hochberg_agrees_with_scipy(values: list[float]) -> None:
    assert benjamini_hochberg(values).adjusted == pytest.approx(tuple(stats.false_discovery_control(values)))


@given(PS)
def test_corrections_never_lower_a_p_value_nor_change_their_order(values: list[float]) -> None:
    strict, mild = holm(values), benjamini_hochberg(values)
    for found in (strict, mild):
        assert found.p_values == tuple(values)
        assert all(0 <= before <= after <= 1 for before, after in zip(values, found.adjusted, strict=True))
        in_order = [after for _, after in sorted(zip(values, found.adjusted, strict=True))]
        assert in_order == sorted(in_order)
    assert all(a <= b * (1 + 1e-12) for a, b in zip(mild.adjusted, strict.adjusted, strict=True))


@given(PS, st.randoms(use_true_random=False))
def test_corrections_do_not_depend_on_the_order_given(values: list[float], shuffler: random.Random) -> None:
    order = list(range(len(values)))
    shuffler.shuffle(order)
    for method in (holm, benjamini_hochberg):
        plain, shuffled = method(values).adjusted, method([values[index] for index in order]).adjusted
        assert [plain[index] for index in order] == list(shuffled)


def test_corrections_say_what_they_did() -> None:
    assert holm([0.02]).sentence.startswith("One test needs no correction.")
    assert "p-value of 0.5 % alone and 2 % after Holm's correction." in holm([0.01, 0.04, 0.03, 0.005]).sentence


@pytest.mark.parametrize("values", [[], [1.1], [-0.1], [float("nan")], ["0.5"], [True]])
def test_it_refuses_p_values_that_are_none(values: list[float]) -> None:
    for method in (holm, benjamini_hochberg):
        with pytest.raises(InvalidInput, match="^p_values must"):
            method(values)
