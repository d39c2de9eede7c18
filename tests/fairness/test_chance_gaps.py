"""Gaps and streaks: the figures known for Pump, exact quantiles, and a test that does not cry wolf."""

import random
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, isclose, log, log1p, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special as scipy_special
from scipy import stats

from fairness.chance import binomial_test, gap_between, gap_fit, gap_law, gap_quantile, gap_test, streak
from fairness.chance.inputs import Probability
from fairness.chance.words import CANNOT
from fairness.errors import InvalidInput
from fairness.games import pump

# Expert: safe pumps → (expected gap, median, 95th percentile, chance of a gap within 400 of the expected one).
TIERS = {10: (1088.5, 755, 3260, 0.277), 11: (3265.5, 2264, 9782, 0.09), 12: (11429.2, 7922, 34238, 0.026)}

# The other expected gaps of expert tiers.
EXPECTED_GAPS = {6: 35.4, 7: 74.7, 8: 168.1, 9: 408.2, 13: 49526.7, 14: 297160, 15: 3268760}

CHANCES = st.one_of(
    st.fractions(Fraction(1, 10**7), 1 - Fraction(1, 10**7)), st.floats(1e-12, 1 - 1e-9, allow_subnormal=False)
)


@pytest.mark.parametrize("pumps", TIERS)
def test_it_gives_the_known_figures_of_pump(pumps: int) -> None:
    p = pump.probability_at_least("expert", pumps)
    law = gap_law(p)
    mean, median, p95, near = TIERS[pumps]
    assert (round(law.mean, 1), law.median, law.p95) == (mean, median, p95)
    assert law.sd == pytest.approx(law.mean, rel=1e-3)
    # 400 either side of the expected gap in whole rounds.
    middle = int(mean)
    assert gap_between(p, middle - 400, middle + 400) == pytest.approx(near, abs=6e-4)


@pytest.mark.parametrize("pumps", EXPECTED_GAPS)
def test_it_gives_the_expected_gap_of_every_tier(pumps: int) -> None:
    assert gap_law(pump.probability_at_least("expert", pumps)).mean == pytest.approx(EXPECTED_GAPS[pumps], abs=0.05)


def test_seven_of_ten_gaps_near_the_expected_one_are_rare() -> None:
    near = gap_between(pump.probability_at_least("expert", 10), 688, 1488)
    assert binomial_test(hits=7, rounds=10, hit_probability=near).at_least == pytest.approx(0.006, abs=1e-3)


def test_a_gap_longer_than_expected_has_a_chance_of_one_in_e() -> None:
    assert streak(pump.probability_at_least("expert", 12), 11429).longer_or_equal == pytest.approx(0.37, abs=0.005)


@pytest.mark.parametrize(
    ("p", "quantile", "gap"),
    [
        (Fraction(1, 2), Fraction(1, 2), 1),  # exactly: a float quotient could land on either side
        (Fraction(1, 2), Fraction(3, 4), 2),
        (Fraction(1, 2), Fraction(3, 4) + Fraction(1, 10**60), 3),
        (Fraction(1, 2), Fraction(3, 4) - Fraction(1, 10**60), 2),
        (Fraction(1, 10), Fraction(19, 100), 2),
        (Fraction(1, 3), 1 - Fraction(2, 3) ** 40, 40),
        (Fraction(1, 37), 1 - Fraction(36, 37) ** 100, 100),
        (Fraction(99, 100), Fraction(1, 100), 1),
        (0.5, 1 - 2.0**-50, 50),
        (1e-12, 0.5, 693_147_180_560),  # ln 2 · 10¹² = 693147180559.945, less half of ln 2
    ],
)
def test_quantiles_are_exact(p: Probability, quantile: Probability, gap: int) -> None:
    assert gap_quantile(p, quantile) == gap


@pytest.mark.parametrize("p", [0.9, 0.3, 0.0491, 1e-3, 7.7e-6])
@pytest.mark.parametrize("quantile", [1e-6, 0.05, 0.25, 0.5, 0.9, 0.95, 0.999, 1 - 1e-6])
def test_quantiles_agree_with_scipy(p: float, quantile: float) -> None:
    assert gap_quantile(p, quantile) == max(1, ceil(log1p(-quantile) / log1p(-p)))
    assert gap_quantile(p, quantile) == int(stats.geom.ppf(quantile, p))


@given(st.fractions(Fraction(1, 50), Fraction(49, 50)), st.fractions(Fraction(1, 100), Fraction(99, 100)))
def test_a_quantile_is_the_smallest_gap_that_reaches_it(p: Fraction, quantile: Fraction) -> None:
    gap = gap_quantile(p, quantile)
    assert 1 - (1 - p) ** gap >= quantile
    assert 1 - (1 - p) ** (gap - 1) < quantile


@given(CHANCES, st.integers(0, 10**9), st.integers(0, 10**6))
def test_streaks_are_probabilities_and_rise(p: Probability, rounds: int, more: int) -> None:
    shorter, longer = streak(p, rounds), streak(p, rounds + more)
    for found in (shorter, longer):
        assert 0 <= found.longer_or_equal <= 1
        assert 0 <= found.quantile <= 1
        assert isclose(found.longer_or_equal + found.quantile, 1, abs_tol=1e-15)
    assert longer.longer_or_equal <= shorter.longer_or_equal
    assert longer.quantile >= shorter.quantile


@given(CHANCES, st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_ranges_of_gaps_add_up(p: Probability, low: int, width: int, further: int) -> None:
    middle = low + width
    both = gap_between(p, low, middle) + gap_between(p, middle + 1, middle + further)
    assert isclose(both, gap_between(p, low, middle + further), rel_tol=1e-9, abs_tol=1e-300)
    assert 0 <= both <= 1 + 1e-15


def test_tiny_chances_keep_their_digits() -> None:
    found = streak(1e-15, 1)
    assert found.quantile == pytest.approx(1e-15, rel=1e-12)  # 1 - (1 - p) would keep one digit
    assert gap_between(Fraction(1, 10**15), 1, 1) == pytest.approx(1e-15, rel=1e-12)


def test_a_nearly_certain_hit_keeps_its_digits() -> None:
    p = 1 - Fraction(1, 10**20)  # as a double this is 1
    assert gap_law(p).sd == pytest.approx(1e-10, rel=1e-12)
    assert streak(p, 2).longer_or_equal == pytest.approx(1e-40, rel=1e-12)


def test_the_sentences_say_what_chance_cannot_tell() -> None:
    p = pump.probability_at_least("expert", 10)
    found = streak(p, 1500)
    assert found.sentence == (
        "A streak of 1,500 rounds without a hit, or a longer one, has a chance of 25.2 %. This tells whether "
        f"the sample is unusual. {CANNOT} The next round hits with a chance of 0.0919 %, as before."
    )
    assert "every 1,088 rounds, give or take 1,088: half of all gaps are 755 or shorter" in gap_law(p).sentence
    assert CANNOT in gap_test([1, 2, 3], 0.5).sentence
    assert "in at most 100 % of all cases: not unusual." in gap_test([1, 2, 3], 0.5).sentence


# -- the test of gaps


def gaps_of(picked: random.Random, p: float, size: int) -> list[int]:
    return [ceil(log(1 - picked.random()) / log1p(-p)) or 1 for _ in range(size)]


@pytest.mark.parametrize(
    ("size", "critical"), [(1, 0.975), (5, 0.563), (10, 0.409), (20, 0.294), (30, 0.242), (50, 0.188), (100, 0.134)]
)
def test_its_critical_values_are_those_of_the_tables(size: int, critical: float) -> None:
    """Massey, JASA 46 (1951) and Miller, JASA 51 (1956): two-sided, 5 %."""
    assert 2 * gap_fit.one_sided(size, critical) == pytest.approx(0.05, abs=1e-3)


@pytest.mark.parametrize("size", [1, 2, 10, 137, 2_000, 10_000])
@pytest.mark.parametrize("scaled", [0.2, 0.5, 1, 1.36, 2, 3])
def test_the_one_sided_sum_agrees_with_scipy_and_bounds_the_two_sided(size: int, scaled: float) -> None:
    distance = scaled / sqrt(size)
    if distance >= 1:
        return
    found = gap_fit.one_sided(size, distance)
    assert isclose(found, scipy_special.smirnov(size, distance), rel_tol=1e-9)
    both = float(stats.kstwo.sf(distance, size))
    assert min(1.0, 2 * found) >= both * (1 - 1e-9)
    if both < 0.05:
        assert min(1.0, 2 * found) == pytest.approx(both, rel=1e-4)


def test_above_the_sum_massarts_bound_takes_over_without_a_step() -> None:
    size = gap_fit.EXACT_MAX
    below, above = gap_fit.one_sided(size, 0.015), gap_fit.one_sided(size + 1, 0.015)
    assert below < above < below * 1.02
    assert above >= float(scipy_special.smirnov(size + 1, 0.015))


def test_the_distance_is_looked_for_at_every_whole_number() -> None:
    picked, p = random.Random(3), 0.2
    for _ in range(50):
        gaps = gaps_of(picked, p, picked.randint(1, 30))
        plain = max(
            abs(sum(gap <= at for gap in gaps) / len(gaps) - (1 - (1 - p) ** at)) for at in range(max(gaps) + 1)
        )
        assert gap_test(gaps, p).distance == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize("p", [0.5, 0.1, 0.001])
@pytest.mark.parametrize("size", [5, 40])
def test_fair_gaps_are_rejected_no_oftener_than_stated(p: float, size: int) -> None:
    picked = random.Random(20_240_501)
    found = [gap_test(gaps_of(picked, p, size), p).p_value for _ in range(3_000)]
    for level in (0.01, 0.05, 0.2):
        share = sum(value <= level for value in found) / len(found)
        assert share <= level + 3 * sqrt(level * (1 - level) / len(found))
        if p == 0.001:  # nearly continuous: hardly conservative
            assert share >= level - 4 * sqrt(level * (1 - level) / len(found))


@pytest.mark.parametrize("gaps", [[1000] * 20, [1] * 20, [50, 60, 70, 80, 90, 100, 110, 120]])
def test_gaps_that_are_not_geometric_are_noticed(gaps: Sequence[int]) -> None:
    assert gap_test(gaps, 0.001).p_value < 1e-5


def test_a_gap_beyond_every_chance_has_no_probability() -> None:
    found = gap_test([10**15], 0.5)
    assert found.distance == pytest.approx(1)
    assert found.p_value == 0


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50), CHANCES)
def test_its_figures_are_probabilities(gaps: list[int], p: Probability) -> None:
    found = gap_test(gaps, p)
    assert 0 <= found.distance <= 1
    assert 0 <= found.p_value <= 1
    assert found == gap_test(list(reversed(gaps)), p)


# -- refusals


@pytest.mark.parametrize(
    "p", [0, 1, -0.1, 1.5, Fraction(0), Fraction(7, 5), float("nan"), float("inf"), 1e-200, True, "½"]
)
def test_it_refuses_a_chance_that_is_none(p: Probability) -> None:
    for asked in (gap_law, lambda p: streak(p, 1), lambda p: gap_between(p, 1, 2), lambda p: gap_test([1], p)):
        with pytest.raises(InvalidInput) as refused:
            asked(p)
        assert refused.value.field == "hit_probability"


@pytest.mark.parametrize("rounds", [-1, 1.5, True, 10**16])
def test_it_refuses_a_streak_that_is_none(rounds: int) -> None:
    with pytest.raises(InvalidInput, match="^rounds must be"):
        streak(0.5, rounds)


@pytest.mark.parametrize(
    ("low", "high", "field"), [(0, 3, "shortest"), (1, 0, "longest"), (5, 4, "longest"), (1.0, 4, "shortest")]
)
def test_it_refuses_a_range_that_is_none(low: int, high: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        gap_between(0.5, low, high)
    assert refused.value.field == field


@pytest.mark.parametrize("quantile", [0, 1, -1, 2.5, None])
def test_it_refuses_a_quantile_that_is_none(quantile: Probability) -> None:
    with pytest.raises(InvalidInput, match="^quantile must be"):
        gap_quantile(0.5, quantile)


@pytest.mark.parametrize("gaps", [[], [0], [3, -1], [2.0], [True]])
def test_it_refuses_gaps_that_are_none(gaps: list[int]) -> None:
    with pytest.raises(InvalidInput, match="^gaps must"):
        gap_test(gaps, 0.5)
