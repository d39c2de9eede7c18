"""The special functions against SciPy, against exact sums, and at the sizes of the longest runs."""

import random
from fractions import Fraction
from math import comb, exp, isclose, log, log1p, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special as scipy_special
from scipy import stats

from fairness.chance import special

SIZES = [0.5, 1, 1.5, 2, 5, 17.5, 100, 3_000, 1e5, 1e6]
SIDES = [-6, -3, -1, -0.1, 0, 0.1, 1, 3, 6]  # standard deviations from the mean
BILLION = 10**9


def assert_tails(found: special.Tails, lower: float, upper: float, *, within: float) -> None:
    """The smaller tail to a relative error, the larger one to the last digits."""
    assert isclose(found.lower, lower, rel_tol=within, abs_tol=1e-300), (found, lower)
    assert isclose(found.upper, upper, rel_tol=within, abs_tol=1e-300), (found, upper)


@pytest.mark.parametrize("a", SIZES)
@pytest.mark.parametrize("b", SIZES)
def test_the_incomplete_beta_function_agrees_with_scipy(a: float, b: float) -> None:
    mean, sd = a / (a + b), sqrt(a * b / (a + b + 1)) / (a + b)
    for side in SIDES:
        x = mean + side * sd
        if not 0 < x < 1:
            continue
        found = special.beta_tails(a, b, x, 1 - x)
        expected = scipy_special.betainc(a, b, x), scipy_special.betaincc(a, b, x)
        # The smaller one only: SciPy's larger one is sometimes right to no more than ten digits.
        assert isclose(min(found), min(expected), rel_tol=1e-11), (a, b, side)
        assert found.lower + found.upper == 1
        assert isclose(found.lower, expected[0], rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("a", SIZES[:-1])
def test_the_incomplete_gamma_function_agrees_with_scipy(a: float) -> None:
    # Up to 100,000 only: above about a million, SciPy's own gammainc is off by percents five deviations out.
    for side in SIDES:
        x = a + side * sqrt(a)
        if x > 0:
            found = special.gamma_tails(a, x)
            expected = scipy_special.gammainc(a, x), scipy_special.gammaincc(a, x)
            assert isclose(min(found), min(expected), rel_tol=1e-11), (a, side)
            assert isclose(max(found), max(expected), rel_tol=1e-11)


@pytest.mark.parametrize("rounds", [1, 2, 7, 40])
@pytest.mark.parametrize("p", [Fraction(1, 2), Fraction(1, 1000), Fraction(99, 100)])
def test_the_incomplete_beta_function_is_the_exact_sum(rounds: int, p: Fraction) -> None:
    for hits in range(1, rounds + 1):
        exact = sum(comb(rounds, k) * p**k * (1 - p) ** (rounds - k) for k in range(hits, rounds + 1))
        found = special.beta_tails(hits, rounds - hits + 1, float(p), float(1 - p))
        assert_tails(found, float(exact), float(1 - exact), within=1e-12)


@pytest.mark.parametrize("p", [0.5, 0.02, 1e-3, 3e-7])
def test_a_billion_rounds_are_precise(p: float) -> None:
    for side in (-5, -1, 0, 1, 5):
        hits = round(BILLION * p + side * sqrt(BILLION * p))
        if hits < 1:
            continue
        found = special.beta_tails(hits, BILLION - hits + 1, p, 1 - p)
        expected = (
            scipy_special.betainc(hits, BILLION - hits + 1, p),
            scipy_special.betaincc(hits, BILLION - hits + 1, p),
        )
        assert_tails(found, *expected, within=1e-9)


def test_a_billion_expected_hits_are_precise_too() -> None:
    # P(X < a | mean x), near the mean where SciPy is right.
    found = special.gamma_tails(BILLION, BILLION + 1.5)
    assert isclose(found.upper, scipy_special.gammaincc(BILLION, BILLION + 1.5), rel_tol=1e-11)


def test_the_gamma_tail_five_deviations_out_equals_its_own_sum() -> None:
    # Where SciPy's gammainc gives 1.2086e-06 the sum of the Poisson densities gives 1.2517e-06 (the mean is x).
    a, x = 9_606_063, 9_591_478.75
    terms = stats.poisson.pmf(range(a, a + 60_000), x)
    assert isclose(special.gamma_tails(a, x).lower, float(terms.sum()), rel_tol=1e-6)


@pytest.mark.parametrize(
    ("hits", "rounds", "p"), [(0, 10, 0.3), (10, 10, 0.3), (3, 10, 0.3), (40, 10_000, 1e-3), (5, 10**9, 1e-8)]
)
def test_densities_agree_with_scipy(hits: int, rounds: int, p: float) -> None:
    found = exp(special.log_binomial(hits, rounds - hits, p, 1 - p))
    assert isclose(found, stats.binom.pmf(hits, rounds, p), rel_tol=1e-11)
    assert isclose(exp(special.log_poisson(hits, 7.5)), stats.poisson.pmf(hits, 7.5), rel_tol=1e-11)


@pytest.mark.parametrize("risk", [0.25, 0.025, 0.005, 5e-10])
@pytest.mark.parametrize(("a", "b"), [(1, 1), (1, 10**9), (3, 8), (700, 300), (10**6, 10**9), (10**9, 2)])
def test_the_beta_quantile_agrees_with_scipy(a: int, b: int, risk: float) -> None:
    x, y = special.beta_quantile(a, b, risk)
    assert isclose(x, scipy_special.betaincinv(a, b, risk), rel_tol=1e-11)
    assert isclose(x + y, 1, rel_tol=1e-15)
    assert isclose(special.beta_tails(a, b, x, y).lower, risk, rel_tol=1e-10)


@pytest.mark.parametrize("risk", [0.25, 0.025, 5e-10])
@pytest.mark.parametrize("a", [2, 1000, 10**9])
def test_the_beta_quantile_near_one_keeps_the_digits_of_its_complement(a: int, risk: float) -> None:
    # I_x(a, 2) = xᵃ (1 + a (1 - x)). SciPy's inverse has eight digits here.
    x, y = special.beta_quantile(a, 2, risk)
    assert isclose(exp(a * (log(x) if x < y else log1p(-y))) * (1 + a * y), risk, rel_tol=1e-11)


@given(st.floats(0.5, 1e5), st.floats(0.5, 1e5), st.floats(1e-6, 1 - 1e-6))
def test_beta_tails_are_probabilities_and_mirror_each_other(a: float, b: float, x: float) -> None:
    y = 1 - x
    found, mirrored = special.beta_tails(a, b, x, y), special.beta_tails(b, a, y, x)
    assert 0 <= found.lower <= 1
    assert 0 <= found.upper <= 1
    assert isclose(found.lower, mirrored.upper, abs_tol=1e-11)
    assert isclose(sum(found), 1, abs_tol=1e-15)


@given(st.floats(0.5, 1e5), st.floats(0, 2e5), st.floats(0, 10))
def test_gamma_tails_are_probabilities_and_rise_with_x(a: float, x: float, more: float) -> None:
    found = special.gamma_tails(a, x)
    assert 0 <= found.lower <= 1
    assert 0 <= found.upper <= 1
    assert special.gamma_tails(a, x + more).lower >= found.lower - 1e-12


@pytest.mark.parametrize(("x", "tails"), [(0.0, (0, 1)), (1.0, (1, 0))])
def test_the_ends_are_certain(x: float, tails: tuple[int, int]) -> None:
    assert special.beta_tails(2, 3, x, 1 - x) == tails
    assert special.gamma_tails(2, 0) == (0, 1)


def test_the_deviance_does_not_cancel_near_the_mean() -> None:
    picked = random.Random(7)
    for _ in range(200):
        mean = 10 ** picked.uniform(0, 9)
        step = picked.uniform(-1e-4, 1e-4)
        x = mean * (1 + step)
        # x ln(x/m) + m - x = m (s²/2 - s³/6 + s⁴/12 - …), for x = m (1 + s); s anew, as x is rounded.
        s = (x - mean) / mean
        expected = mean * (s**2 / 2 - s**3 / 6 + s**4 / 12)
        assert isclose(special.deviance(x, mean), expected, rel_tol=1e-9)


@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959964), (0.99, 2.575829), (0.90, 1.644854)])
def test_normal_quantiles_are_those_of_the_tables(confidence: float, z: float) -> None:
    assert special.normal_quantile(confidence) == pytest.approx(z, abs=1e-6)
    assert special.normal_two_sided(z) == pytest.approx(1 - confidence, abs=1e-7)
