"""The return to player: exact moments, the rule that refuses intervals, and how often the interval holds the truth."""

import random
from decimal import Decimal
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fairness.chance import PayoutMoments, Wagers, payout_moments, return_interval
from fairness.chance.words import CANNOT
from fairness.errors import InvalidInput
from fairness.games import pump

COIN = {Decimal(0): Fraction(1, 2), Decimal(2): Fraction(1, 2)}


def bet_on(pumps: int, difficulty: str = "expert") -> dict[Decimal, Fraction]:
    """All or nothing at a number of pumps, as listed."""
    p = pump.probability_at_least(difficulty, pumps)
    return {Decimal(0): 1 - p, pump.PAYOUTS[difficulty][pumps]: p}


def test_moments_are_exact() -> None:
    found = payout_moments({Decimal(0): Fraction(1, 2), Decimal(1): Fraction(1, 4), Decimal(3): Fraction(1, 4)})
    assert found == PayoutMoments(mean=Fraction(1), variance=Fraction(3, 2), third=Fraction(3, 2))
    assert found.skewness == pytest.approx(1.5 / 1.5**1.5)
    assert payout_moments(COIN) == PayoutMoments(Fraction(1), Fraction(1), Fraction(0))


@pytest.mark.parametrize("pumps", [1, 5, 10, 15])
def test_moments_of_pump_agree_with_scipy(pumps: int) -> None:
    """A payout won with chance p is a Bernoulli variable times that payout."""
    p = pump.probability_at_least("expert", pumps)
    pays = pump.PAYOUTS["expert"][pumps]
    found = payout_moments(bet_on(pumps))
    mean, variance, skewness = stats.bernoulli.stats(float(p), moments="mvs")
    assert float(found.mean) == pytest.approx(mean * float(pays))
    assert float(found.mean) == pytest.approx(0.98, abs=0.005)
    assert float(found.variance) == pytest.approx(variance * float(pays) ** 2)
    assert found.skewness == pytest.approx(skewness)


def test_the_rule_asks_for_about_25_expected_wins_of_a_rare_payout() -> None:
    for pumps in (8, 10, 12, 15):
        p = pump.probability_at_least("expert", pumps)
        assert payout_moments(bet_on(pumps)).bets_needed * p == pytest.approx(25, rel=0.05)


def test_a_coin_needs_no_minimum() -> None:
    assert payout_moments(COIN).bets_needed == 1


def test_the_interval_is_the_normal_one() -> None:
    bets = [(payout_moments(COIN), Wagers.equal(100, Decimal("0.5")))]
    found = return_interval(bets, returned=Decimal("60"))
    assert (found.observed, found.expected, found.bets) == (Fraction(6, 5), 1, 100)
    assert found.effective_bets == 100
    assert found.sd == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((1.2 - 0.1959964, 1.2 + 0.1959964))
    assert found.z == pytest.approx(2)
    assert found.p_value == pytest.approx(0.0455003)
    assert found.sentence.startswith(
        "100 bets returned 120.00 % of what was wagered; 100.00 % is expected. By chance alone, returns of so many "
        "bets lie up to 19.60 % from what is expected in about 95 % of samples: 100.40 % to 139.60 % fits what "
        "was seen."
    )
    assert CANNOT in found.sentence


def test_too_few_bets_on_a_rare_payout_are_refused_with_a_reason() -> None:
    payouts = payout_moments(bet_on(10))
    found = return_interval([(payouts, Wagers.equal(1_000))], returned=0)
    assert (found.low, found.high, found.p_value) == (None, None, None)
    assert found.times_more == -(-payouts.bets_needed // 1_000)
    assert f"about {found.times_more} times as many bets are needed. {CANNOT}" in found.sentence


@pytest.mark.parametrize("pumps", [1, 3, 7, 10])
def test_the_rule_turns_at_the_number_it_states(pumps: int) -> None:
    payouts = payout_moments(bet_on(pumps))
    needed = payouts.bets_needed
    enough = return_interval([(payouts, Wagers.equal(needed))], returned=needed)
    assert enough.times_more is None
    assert enough.low is not None
    if needed > 1:
        assert return_interval([(payouts, Wagers.equal(needed - 1))], returned=needed).low is None


@pytest.mark.parametrize("pumps", [1, 2, 5, 8, 10, 12])
@pytest.mark.parametrize("more", [1, 2, 10])
def test_at_that_number_the_interval_is_wrong_in_6_percent_at_most(pumps: int, more: int) -> None:
    """Cochran's promise, summed exactly: a return is a count of wins, whose chances are binomial."""
    p, pays = pump.probability_at_least("expert", pumps), pump.PAYOUTS["expert"][pumps]
    payouts = payout_moments(bet_on(pumps))
    bets = max(30, payouts.bets_needed) * more
    sample = return_interval([(payouts, Wagers.equal(bets))], returned=0)
    assert sample.times_more is None
    # Wins whose interval holds the mean: those within 1.96 standard deviations of it.
    reach = stats.norm.ppf(0.975) * sample.sd * bets / float(pays)
    middle = float(bets * p)
    wins = range(max(0, int(middle - reach) - 1), int(middle + reach) + 2)
    held = sum(float(stats.binom.pmf(k, bets, float(p))) for k in wins if abs(k - middle) <= reach)
    assert 0.938 <= held <= 0.968


@pytest.mark.parametrize(("pumps", "samples"), [(1, 3_000), (5, 1_500)])
def test_samples_hold_the_truth_as_often_as_stated(pumps: int, samples: int) -> None:
    p, pays = float(pump.probability_at_least("expert", pumps)), pump.PAYOUTS["expert"][pumps]
    payouts = payout_moments(bet_on(pumps))
    picked = random.Random(pumps)
    wagers = [Decimal(picked.choice(["0.1", "0.2", "0.5"])) for _ in range(3 * max(50, payouts.bets_needed))]
    sums, held = Wagers.of(wagers), 0
    for _ in range(samples):
        returned = sum((wager * pays for wager in wagers if picked.random() < p), Decimal(0))
        found = return_interval([(payouts, sums)], returned=returned)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= found.expected <= found.high
    assert held / samples == pytest.approx(0.95, abs=0.01 + 3 * sqrt(0.95 * 0.05 / samples))


def test_kinds_of_bets_add_up() -> None:
    """Two kinds of bets are one distribution of sums: variances and third moments of independent bets add."""
    low, high = payout_moments(bet_on(1)), payout_moments(bet_on(2))
    found = return_interval([(low, Wagers.equal(300, 2)), (high, Wagers.equal(100, 1))], returned=690)
    assert found.bets == 400
    assert found.expected == (600 * low.mean + 100 * high.mean) / 700
    assert found.sd == pytest.approx(sqrt(1200 * low.variance + 100 * high.variance) / 700)
    spread = sqrt(1200 * low.variance + 100 * high.variance)
    assert found.skewness == pytest.approx(float(2400 * low.third + 100 * high.third) / spread**3)
    assert found.effective_bets == pytest.approx(700**2 / 1300)


def test_one_large_wager_is_not_outweighed_by_many_small_ones() -> None:
    payouts = payout_moments(bet_on(5))
    small = Wagers.equal(payouts.bets_needed * 4)
    assert return_interval([(payouts, small)], returned=0).low is not None
    uneven = [(payouts, small), (payouts, Wagers.equal(1, 100_000))]
    found = return_interval(uneven, returned=0)
    assert found.low is None
    assert found.effective_bets < 2


AMOUNTS = st.lists(st.decimals(0, 1000, places=8), min_size=1, max_size=20)


@given(AMOUNTS)
def test_sums_of_wagers_are_taken_back(wagers: list[Decimal]) -> None:
    found = Wagers.of(wagers)
    assert Wagers.sums(bets=found.bets, total=found.total, squares=found.squares, cubes=found.cubes) == found


@given(AMOUNTS, st.decimals(0, 10_000, places=2))
def test_the_unit_of_the_wagers_does_not_matter(wagers: list[Decimal], returned: Decimal) -> None:
    if not any(wagers):
        return
    payouts = payout_moments(bet_on(2))
    found = return_interval([(payouts, Wagers.of(wagers))], returned=returned)
    scaled = return_interval(
        [(payouts, Wagers.of(Fraction(w) * 1000 for w in wagers))], returned=Fraction(returned) * 1000
    )
    assert found.observed == scaled.observed
    assert found.sd == pytest.approx(scaled.sd)
    assert found.times_more == scaled.times_more
    assert found.effective_bets <= len(wagers) * (1 + 1e-12)
    if found.low is not None and found.high is not None and found.p_value is not None:
        assert found.low <= found.observed <= found.high
        assert 0 <= found.p_value <= 1


# -- refusals


@pytest.mark.parametrize(
    ("payouts", "says"),
    [
        ({Decimal(1): Fraction(1)}, "two different values"),
        ({Decimal(1): Fraction(1, 2)}, "sum to exactly 1"),
        ({Decimal(-1): Fraction(1, 2), Decimal(1): Fraction(1, 2)}, "not be negative"),
        ({Decimal("NaN"): Fraction(1, 2), Decimal(1): Fraction(1, 2)}, "usual size"),
        ({0.0: Fraction(1, 2), 2.0: Fraction(1, 2)}, "exact decimal"),
        ({Decimal(0): 0.5, Decimal(2): 0.5}, "exact fraction"),
    ],
)
def test_it_refuses_payouts_that_are_none(payouts: dict[Decimal, Fraction], says: str) -> None:
    with pytest.raises(InvalidInput, match=f"^payouts must .*{says}"):
        payout_moments(payouts)


@pytest.mark.parametrize(
    ("sums", "field"),
    [
        ((0, 1, 1, 1), "bets"),
        ((2, -1, 1, 1), "total"),
        ((2, 1.5, 1, 1), "total"),
        ((2, 2, 1, 1), "squares"),  # of two wagers that sum to 2, at least 2
        ((2, 2, 5, 5), "squares"),
        ((2, 2, 2, 1), "cubes"),
        ((2, 2, 2, 5), "cubes"),
        ((2, 2, Decimal("Infinity"), 2), "squares"),
    ],
)
def test_it_refuses_sums_no_wagers_have(sums: tuple[int, int, int, int], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Wagers.sums(bets=sums[0], total=sums[1], squares=sums[2], cubes=sums[3])
    assert refused.value.field == field


def test_it_refuses_bets_without_a_wager() -> None:
    for bets in ([], [(payout_moments(COIN), Wagers.equal(5, 0))]):
        with pytest.raises(InvalidInput, match="^bets must have wagered something"):
            return_interval(bets, returned=0)


@pytest.mark.parametrize("returned", [-1, 0.5, True, Decimal("1E+999"), "1"])
def test_it_refuses_a_return_that_is_none(returned: Decimal) -> None:
    with pytest.raises(InvalidInput, match="^returned must"):
        return_interval([(payout_moments(COIN), Wagers.equal(5))], returned=returned)


def test_it_refuses_a_confidence_that_is_none() -> None:
    with pytest.raises(InvalidInput, match="^confidence must"):
        return_interval([(payout_moments(COIN), Wagers.equal(5))], returned=5, confidence=2)


def test_it_refuses_an_empty_list_of_wagers() -> None:
    with pytest.raises(InvalidInput, match="^wagers must"):
        Wagers.of([])
