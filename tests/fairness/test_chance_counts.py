"""Counts of hits: textbook values, SciPy, brute force in fractions, and how often the intervals hold the truth."""

import random
from collections.abc import Callable
from fractions import Fraction
from math import comb, exp, factorial, isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fairness.chance import ShareInterval, binomial_test, exact_interval, poisson_test, wilson_interval
from fairness.chance.words import CANNOT
from fairness.errors import InvalidInput
from fairness.games import pump

CHANCES = [Fraction(1, 2), Fraction(1, 3), Fraction(3, 4), Fraction(1, 1000), Fraction(96, 100)]
INTERVALS = [wilson_interval, exact_interval]


def plain_p_value(hits: int, rounds: int, p: Fraction) -> Fraction:
    """All outcomes no likelier than the observed, in fractions: nothing rounds, ties are ties."""
    chances = [comb(rounds, k) * p**k * (1 - p) ** (rounds - k) for k in range(rounds + 1)]
    return sum((chance for chance in chances if chance <= chances[hits]), Fraction(0))


# -- tests


def test_it_agrees_with_the_example_of_conover() -> None:
    """Practical Nonparametric Statistics (1971), p. 97, as in R's help of binom.test: 682 of 925 against 3/4."""
    assert binomial_test(hits=682, rounds=925, hit_probability=Fraction(3, 4)).p_value == pytest.approx(
        0.3825, abs=5e-5
    )
    found = exact_interval(hits=682, rounds=925)
    assert (found.low, found.high) == pytest.approx((0.7076683, 0.7654066), abs=5e-8)


@pytest.mark.parametrize(
    ("rounds", "critical"), [(6, 0), (8, 0), (9, 1), (12, 2), (15, 3), (17, 4), (20, 5), (25, 7), (50, 17), (100, 39)]
)
def test_its_critical_values_are_those_of_the_sign_test(rounds: int, critical: int) -> None:
    """Two-sided, 5 %: the largest count that is still unusual (Dixon and Mood, JASA 41, 1946)."""
    assert binomial_test(hits=critical, rounds=rounds, hit_probability=0.5).p_value <= 0.05
    assert binomial_test(hits=critical + 1, rounds=rounds, hit_probability=0.5).p_value > 0.05


def test_weldons_dice_were_not_fair() -> None:
    """106,602 fives and sixes in 315,672 throws (Pearson 1900): 5.2 standard deviations from a third."""
    found = binomial_test(hits=106_602, rounds=315_672, hit_probability=Fraction(1, 3))
    assert (found.hits - found.expected) / found.sd == pytest.approx(5.20, abs=0.01)
    assert found.p_value == pytest.approx(stats.binomtest(106_602, 315_672, 1 / 3).pvalue, rel=1e-8)
    assert "very unusual" in found.sentence


@pytest.mark.parametrize(("pumps", "hits"), [(10, 615), (11, 237), (12, 68)])
def test_a_real_million_of_pump_rounds_is_not_unusual(pumps: int, hits: int) -> None:
    p = pump.probability_at_least("expert", pumps) - pump.probability_at_least("expert", pumps + 1)
    found = binomial_test(hits=hits, rounds=10**6, hit_probability=p)
    assert found.expected == pytest.approx({10: 612.5, 11: 218.7, 12: 67.3}[pumps], abs=0.05)
    assert found.p_value == pytest.approx(stats.binomtest(hits, 10**6, float(p)).pvalue, rel=1e-9)
    assert "not unusual" in found.sentence
    assert found.sentence.endswith(CANNOT)


@pytest.mark.parametrize("p", CHANCES)
@pytest.mark.parametrize("rounds", [1, 2, 3, 10, 25])
def test_it_agrees_with_brute_force(rounds: int, p: Fraction) -> None:
    for hits in range(rounds + 1):
        found = binomial_test(hits=hits, rounds=rounds, hit_probability=p)
        assert isclose(found.p_value, plain_p_value(hits, rounds, p), rel_tol=1e-11), hits
        at_most = sum(comb(rounds, k) * p**k * (1 - p) ** (rounds - k) for k in range(hits + 1))
        assert isclose(found.at_most, at_most, rel_tol=1e-11)


@pytest.mark.parametrize("p", [0.5, 0.1, 1e-3, 0.97])
@pytest.mark.parametrize("rounds", [50, 1_000, 10**6])
def test_it_agrees_with_scipy(rounds: int, p: float) -> None:
    sd = sqrt(rounds * p * (1 - p))
    for side in (-4, -2, -0.5, 0, 0.5, 2, 4):
        hits = min(rounds, max(0, round(rounds * p + side * sd)))
        found = binomial_test(hits=hits, rounds=rounds, hit_probability=p)
        for value, alternative in ((found.p_value, "two-sided"), (found.at_most, "less"), (found.at_least, "greater")):
            assert isclose(value, stats.binomtest(hits, rounds, p, alternative).pvalue, rel_tol=1e-9), (
                hits,
                alternative,
            )


@pytest.mark.parametrize("p", [0.5, 1e-3, 3e-7])
def test_a_billion_rounds_are_no_loop_of_a_billion(p: float) -> None:
    rounds = 10**9
    hits = round(rounds * p + 2 * sqrt(rounds * p))
    found = binomial_test(hits=hits, rounds=rounds, hit_probability=p)
    interval = exact_interval(hits=hits, rounds=rounds)
    assert isclose(found.p_value, stats.binomtest(hits, rounds, p).pvalue, rel_tol=1e-7)
    expected = stats.binomtest(hits, rounds, p).proportion_ci(0.95, "exact")
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), rel=1e-9)


@given(st.integers(1, 400), st.data(), st.fractions(Fraction(1, 1000), Fraction(999, 1000)))
def test_counts_and_their_mirror_image_agree(rounds: int, data: st.DataObject, p: Fraction) -> None:
    hits = data.draw(st.integers(0, rounds))
    found = binomial_test(hits=hits, rounds=rounds, hit_probability=p)
    mirrored = binomial_test(hits=rounds - hits, rounds=rounds, hit_probability=1 - p)
    for value in (found.p_value, found.at_most, found.at_least):
        assert 0 <= value <= 1
    assert isclose(found.at_most, mirrored.at_least, rel_tol=1e-10, abs_tol=1e-300)
    assert isclose(found.p_value, mirrored.p_value, rel_tol=1e-10, abs_tol=1e-300)
    assert found.p_value >= min(found.at_most, found.at_least) * (1 - 1e-10)
    if hits:
        assert binomial_test(hits=hits - 1, rounds=rounds, hit_probability=p).at_most <= found.at_most


def test_a_hit_count_as_expected_is_not_unusual_at_all() -> None:
    assert binomial_test(hits=250, rounds=1000, hit_probability=Fraction(1, 4)).p_value == 1
    assert poisson_test(hits=3, expected=3).p_value == 1


def plain_poisson(hits: int, mean: Fraction) -> float:
    weights = [mean**k / factorial(k) for k in range(200)]
    return float(sum(weight for weight in weights if weight <= weights[hits])) * exp(-mean)


@pytest.mark.parametrize("mean", [Fraction(1, 10), Fraction(2), Fraction(7, 2), Fraction(20)])
def test_the_poisson_test_agrees_with_brute_force(mean: Fraction) -> None:
    for hits in range(40):
        found = poisson_test(hits=hits, expected=mean)
        assert isclose(found.p_value, plain_poisson(hits, mean), rel_tol=1e-9), hits
        assert isclose(found.at_most, stats.poisson.cdf(hits, float(mean)), rel_tol=1e-11)
        assert isclose(found.at_least, stats.poisson.sf(hits - 1, float(mean)), rel_tol=1e-11)


@pytest.mark.parametrize(
    ("hits", "expected", "at_most"), [(0, 2, 0.1353), (1, 1, 0.7358), (5, 5, 0.6160), (10, 10, 0.5830), (2, 10, 0.0028)]
)
def test_the_poisson_test_agrees_with_the_cumulative_tables(hits: int, expected: int, at_most: float) -> None:
    assert poisson_test(hits=hits, expected=expected).at_most == pytest.approx(at_most, abs=5e-5)


def test_the_poisson_test_is_the_limit_of_the_binomial_one() -> None:
    for hits in (0, 3, 10, 25):
        many = binomial_test(hits=hits, rounds=10**10, hit_probability=Fraction(1, 10**9))
        assert isclose(poisson_test(hits=hits, expected=10).p_value, many.p_value, rel_tol=1e-6)


@given(st.integers(0, 10**9), st.floats(1e-9, 1e9))
def test_the_poisson_test_gives_probabilities(hits: int, expected: float) -> None:
    found = poisson_test(hits=hits, expected=expected)
    for value in (found.p_value, found.at_most, found.at_least):
        assert 0 <= value <= 1
    assert found.rounds is None
    assert CANNOT in found.sentence


# -- intervals


@pytest.mark.parametrize(
    ("hits", "rounds"), [(0, 1), (1, 1), (0, 50), (50, 50), (1, 10), (7, 20), (500, 1000), (9, 10**6)]
)
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_intervals_agree_with_scipy(hits: int, rounds: int, confidence: float) -> None:
    tested = stats.binomtest(hits, rounds)
    for found, method in (
        (exact_interval(hits=hits, rounds=rounds, confidence=confidence), "exact"),
        (wilson_interval(hits=hits, rounds=rounds, confidence=confidence), "wilson"),
    ):
        expected = tested.proportion_ci(confidence, method)
        assert found.low == pytest.approx(expected.low, rel=1e-8, abs=1e-12)
        assert found.high == pytest.approx(expected.high, rel=1e-8)


def test_no_hit_in_many_rounds_is_the_rule_of_three() -> None:
    """One-sided 95 %: 3 over the rounds (Hanley and Lippman-Hand, JAMA 249, 1983)."""
    found = exact_interval(hits=0, rounds=10**9, confidence=0.9)
    assert found.low == 0
    assert found.high == pytest.approx(2.9957e-9, rel=1e-4)


@given(st.integers(1, 3000), st.data(), st.sampled_from(INTERVALS), st.floats(0.5, 0.999999))
def test_intervals_hold_the_observed_share_and_mirror_each_other(
    rounds: int, data: st.DataObject, interval: Callable[..., ShareInterval], confidence: float
) -> None:
    hits = data.draw(st.integers(0, rounds))
    found = interval(hits=hits, rounds=rounds, confidence=confidence)
    mirrored = interval(hits=rounds - hits, rounds=rounds, confidence=confidence)
    assert 0 <= found.low <= hits / rounds * (1 + 1e-12)
    assert hits / rounds * (1 - 1e-12) <= found.high <= 1
    assert isclose(found.low, 1 - mirrored.high, abs_tol=1e-12)
    wider = interval(hits=hits, rounds=rounds, confidence=(1 + confidence) / 2)
    assert wider.low <= found.low + 1e-14
    assert wider.high >= found.high - 1e-14


def coverage(interval: Callable[..., ShareInterval], rounds: int, p: float, confidence: float = 0.95) -> float:
    """How often, exactly, the interval holds p: the chances of all counts whose interval does."""
    held = 0.0
    for hits in range(rounds + 1):
        found = interval(hits=hits, rounds=rounds, confidence=confidence)
        if found.low <= p <= found.high:
            held += float(stats.binom.pmf(hits, rounds, p))
    return held


@pytest.mark.parametrize("rounds", [5, 20, 60])
def test_the_exact_interval_holds_the_truth_at_least_as_often_as_stated(rounds: int) -> None:
    for step in range(1, 40):
        assert coverage(exact_interval, rounds, step / 40) >= 0.95 - 1e-12


@pytest.mark.parametrize("rounds", [20, 60])
def test_the_wilson_interval_holds_the_truth_about_as_often_as_stated(rounds: int) -> None:
    found = [coverage(wilson_interval, rounds, step / 100) for step in range(1, 100)]
    # It dips for chances near 0 and 1 (Brown, Cai and DasGupta 2001, figure 5), never far.
    assert min(found) > 0.83
    assert all(0.91 < share < 0.99 for share in found[15:-15])
    assert sum(found) / len(found) == pytest.approx(0.95, abs=0.008)


@pytest.mark.parametrize(("interval", "low", "high"), [(exact_interval, 0.947, 0.985), (wilson_interval, 0.94, 0.965)])
@pytest.mark.parametrize(("rounds", "p"), [(200, 0.3), (2_000, 0.01)])
def test_samples_hold_the_truth_as_often_as_stated(
    interval: Callable[..., ShareInterval], low: float, high: float, rounds: int, p: float
) -> None:
    picked = random.Random(f"{rounds} {p}")
    held, samples = 0, 2_000 if rounds < 1_000 else 500
    slack = 3 * sqrt(0.95 * 0.05 / samples)
    for _ in range(samples):
        found = interval(hits=sum(picked.random() < p for _ in range(rounds)), rounds=rounds)
        held += found.low <= p <= found.high
    assert low - slack <= held / samples <= high + slack


def test_an_interval_says_what_it_is() -> None:
    found = exact_interval(hits=9, rounds=10_000)
    assert found.sentence.startswith(
        "9 hits in 10,000 rounds fit a hit chance from 0.0412 % to 0.171 %. Intervals made this way hold the true "
        "chance in at least 95 % of samples."
    )
    assert "in about 95 %" in wilson_interval(hits=9, rounds=10_000).sentence


# -- refusals


@pytest.mark.parametrize(
    ("hits", "rounds", "field"),
    [
        (-1, 5, "hits"),
        (6, 5, "hits"),
        (0, 0, "rounds"),
        (1, 10**11, "rounds"),
        (1.0, 5, "hits"),
        (True, 5, "hits"),
        (1, "5", "rounds"),
    ],
)
def test_it_refuses_counts_that_are_none(hits: int, rounds: int, field: str) -> None:
    for asked in (lambda **counts: binomial_test(hit_probability=0.5, **counts), *INTERVALS):
        with pytest.raises(InvalidInput) as refused:
            asked(hits=hits, rounds=rounds)
        assert refused.value.field == field


@pytest.mark.parametrize("p", [0, 1, 2.5, float("nan"), None])
def test_it_refuses_a_chance_that_is_none(p: float) -> None:
    with pytest.raises(InvalidInput, match="^hit_probability must be"):
        binomial_test(hits=1, rounds=2, hit_probability=p)


@pytest.mark.parametrize("confidence", [0, 0.3, 1, 95, float("nan"), True, "0.95"])
def test_it_refuses_a_confidence_that_is_none(confidence: float) -> None:
    for interval in INTERVALS:
        with pytest.raises(InvalidInput, match="^confidence must be"):
            interval(hits=1, rounds=2, confidence=confidence)


@pytest.mark.parametrize("expected", [0, -1, float("inf"), float("nan"), 1e20, True, "3"])
def test_it_refuses_an_expectation_that_is_none(expected: float) -> None:
    with pytest.raises(InvalidInput, match="^expected must be"):
        poisson_test(hits=1, expected=expected)
