"""Wagers by Kelly: published numbers, what must hold for all numbers, and what is refused."""

import itertools
import math
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.checked import BadNumber
from markets.staking import (
    EXCLUSIVE_MAX,
    GROWTH_TOLERANCE,
    TOGETHER_MAX,
    Bet,
    amount,
    expected_growth,
    expected_value,
    growth_exclusive,
    growth_together,
    kelly,
    kelly_exclusive,
    kelly_together,
)

NAN, INF = float("nan"), float("inf")
MINUS_110 = Fraction(21, 11)

prices = st.decimals("1.01", 50, places=2)
chances = st.decimals("0.01", "0.99", places=2)
few = settings(max_examples=40, deadline=None)


@st.composite
def bets(draw: st.DrawFn) -> Bet:
    win = draw(chances)
    return Bet(draw(prices), win, draw(st.decimals(0, Decimal("0.99") - win, places=2)))


@st.composite
def markets(draw: st.DrawFn) -> list[Bet]:
    weights = draw(st.lists(st.integers(1, 20), min_size=2, max_size=4))
    unoffered = draw(st.integers(0, 5))
    whole = sum(weights) + unoffered
    return [Bet(draw(prices), Fraction(weight, whole)) for weight in weights]


@pytest.mark.parametrize(
    ("bet", "fraction", "wager"),
    [
        (Bet(3.5, 0.30), 1, "0.02"),
        (Bet(3.5, 0.30), 0.5, "0.01"),
        (Bet(2.10, 0.5), 1, "0.0455"),
        (Bet(2.10, 0.5), 0.25, "0.0114"),
        (Bet(Decimal("1.8"), Decimal("0.4")), 1, "0"),
        (Bet(2, 1), 1, "1"),  # cannot lose
        (Bet(2, 0.5, 0.5), 1, "1"),  # nor can this
        (Bet(2, 0, 1), 1, "0"),  # always comes back
        (Bet(2, 0.5), 1, "0"),  # fair
    ],
)
def test_kelly_of_one_bet(bet: Bet, fraction: float, wager: str) -> None:
    assert kelly(bet, fraction=fraction) == pytest.approx(float(wager), abs=0.00005)


def test_kelly_is_a_quarter_unless_told_and_obeys_its_cap() -> None:
    assert kelly(Bet(3.5, 0.30)) == 0.005
    assert kelly(Bet(3.5, 0.90), fraction=1, cap=0.03) == 0.03


@pytest.mark.parametrize(
    ("odds", "win", "push", "expected"),
    [
        (MINUS_110, 0.5653, 0, 0.079),  # spread -3 closing -5, margins of sd 12.17
        (MINUS_110, 0.5490, 0, 0.048),
        (MINUS_110, 0.5327, 0, 0.017),
        (MINUS_110, 0.5300, 0, 0.012),
        (MINUS_110, 0.5561, 0, 0.062),
        (2.5, 0.5, 0, 0.25),
    ],
)
def test_expected_value(odds: float, win: float, push: float, expected: float) -> None:
    assert expected_value(Bet(odds, win, push)) == pytest.approx(expected, abs=0.0005)


def test_expected_value_with_a_push() -> None:
    # -3 at -110 closing -5: whole margins of sd 12.17 around 5 win from 4 and push at 3.
    margin = NormalDist(5, 12.17)
    win, push = 1 - margin.cdf(3.5), margin.cdf(3.5) - margin.cdf(2.5)
    assert (win, push) == pytest.approx((0.5490, 0.0323), abs=0.00005)
    assert expected_value(Bet(MINUS_110, win, push)) == pytest.approx(0.0805, abs=0.00005)


def test_a_float_is_the_decimal_it_is_shown_as() -> None:
    # 1/1.1 in binary is a little more than 10/11; as exact numbers 0.1 at 10 is fair and nothing is wagered.
    assert expected_value(Bet(10.0, 0.1)) == 0
    assert kelly(Bet(10.0, 0.1), fraction=1) == 0


def test_growth_of_a_bet_in_plain_numbers() -> None:
    assert expected_growth(Bet(3, 0.5, 0.1), 0.2) == pytest.approx(0.5 * math.log(1.4) + 0.4 * math.log(0.8))
    assert expected_growth(Bet(3, 0.5), 1) == -math.inf
    assert expected_growth(Bet(3, 1), 1) == pytest.approx(math.log(3))


@few
@given(bets())
def test_kelly_never_bets_without_an_edge_and_always_with_one(bet: Bet) -> None:
    assert (kelly(bet) > 0) == (bet.edge > 0)
    assert (expected_value(bet) > 0) == (bet.edge > 0)


@few
@given(bets(), st.decimals("0.001", "0.2", places=3))
def test_more_edge_never_means_less(bet: Bet, more: Decimal) -> None:
    win, push = Fraction(bet.win), Fraction(bet.push)
    assert kelly(Bet(bet.odds, min(1 - push, win + Fraction(more)), push)) >= kelly(bet)
    assert kelly(Bet(Fraction(bet.odds) + Fraction(more), win, push)) >= kelly(bet)


@few
@given(bets(), st.floats(0, 0.999))
def test_no_other_wager_grows_faster_than_kelly(bet: Bet, other: float) -> None:
    assert expected_growth(bet, kelly(bet, fraction=1)) >= expected_growth(bet, other) - 1e-12


def test_two_even_bets_together_meet_the_closed_form() -> None:
    # Both at 2.00 with p: f = (2p - 1) / (p² + (1 - p)²) / 2, from p²/(1 + 2f) = (1 - p)²/(1 - 2f).
    wagers = kelly_together([Bet(2, 0.6), Bet(2, 0.6)], fraction=1)
    assert wagers == pytest.approx([(0.36 - 0.16) / (0.36 + 0.16) / 2] * 2, abs=1e-12)


def test_together_gives_nothing_to_a_bet_without_an_edge_and_one_bet_its_kelly() -> None:
    bets = [Bet(2.1, 0.45), Bet(3.5, 0.30), Bet(2, 0.5)]
    assert kelly_together(bets, fraction=1) == [0, 0.02, 0]
    assert kelly_together([], fraction=1) == []
    assert kelly_together([Bet(2, 1)], fraction=1) == [1]


def test_extreme_odds_together_are_solved() -> None:
    bets = [Bet(1_000_000, 0.5), Bet(1.01, 0.999), Bet(2.1, 0.5, 0.03), Bet(50, 0.021)]
    wagers = kelly_together(bets, fraction=1)
    assert all(wager > 0 for wager in wagers)
    assert sum(wagers) < 1


def test_as_many_bets_as_are_allowed_with_pushes() -> None:
    wagers = kelly_together([Bet(2.1, 0.5, 0.03)] * TOGETHER_MAX, fraction=1)
    assert wagers == pytest.approx([0.0717662268728] * TOGETHER_MAX, abs=1e-10)


@settings(max_examples=20, deadline=None)
@given(st.lists(bets(), min_size=2, max_size=3), st.data())
def test_no_other_wagers_together_grow_faster(several: list[Bet], data: st.DataObject) -> None:
    wagers = kelly_together(several, fraction=1)
    best = growth_together(several, wagers)
    assert [wager > 0 for wager in wagers] == [bet.edge > 0 for bet in several]
    assert all(wager <= kelly(bet, fraction=1) + 1e-6 for bet, wager in zip(several, wagers, strict=True))
    others = [data.draw(st.floats(0, 1 / len(several))) for _ in several]
    near = [max(0.0, wager - 1e-3) for wager in wagers]
    for tried in (others, near):
        assert growth_together(several, tried) <= best + GROWTH_TOLERANCE


def test_limits_scale_cap_and_keep_proportions() -> None:
    bets = [Bet(2, 0.7), Bet(2, 0.6)]
    full = kelly_together(bets, fraction=1)
    assert kelly_together(bets, fraction=0.5) == pytest.approx([wager / 2 for wager in full])
    assert kelly_together(bets, fraction=1, cap=0.1) == [0.1, 0.1]
    limited = kelly_together(bets, fraction=1, cap_all=0.2)
    assert sum(limited) == pytest.approx(0.2)
    assert limited[0] / limited[1] == pytest.approx(full[0] / full[1])


def test_exclusive_outcomes_by_hand() -> None:
    # By win * odds: 1.2 at 2.00 enters, R = .4/.5 = .8; then 1.05 at 3.50 enters, R = .1/(1 - 1/2 - 2/7) = 7/15.
    # The third has .5 > 7/15 and enters: R = 0/(…) = 0, so every wager is its probability.
    three = [Bet(2, 0.6), Bet(3.5, 0.3), Bet(5, 0.1)]
    assert kelly_exclusive(three, fraction=1) == [0.6, 0.3, 0.1]
    # At 4.00 it has .4 < 7/15 and stays out: .6 - 7/30 and .3 - 2/15.
    assert kelly_exclusive([*three[:2], Bet(4, 0.1)], fraction=1) == pytest.approx([11 / 30, 1 / 6, 0])
    # An outcome without an edge (.9 > .8) is wagered on as well, against the others.
    hedged = kelly_exclusive([Bet(2, 0.6), Bet(3, 0.3)], fraction=1)
    assert hedged == pytest.approx([0.6 - 0.3, 0.3 - 0.2])


def test_one_exclusive_outcome_is_kelly_and_fair_ones_get_nothing() -> None:
    assert kelly_exclusive([Bet(3.5, 0.3)], fraction=1) == [0.02]
    assert kelly_exclusive([Bet(2, 0.5), Bet(2, 0.5)]) == [0, 0]
    assert kelly_exclusive([]) == []


@few
@given(markets())
def test_exclusive_beats_each_bet_alone_and_its_neighbours(market: list[Bet]) -> None:
    wagers = kelly_exclusive(market, fraction=1)
    best = growth_exclusive(market, wagers)
    for i, bet in enumerate(market):
        alone = [0.0] * len(market)
        alone[i] = kelly(bet, fraction=1)
        assert best >= growth_exclusive(market, alone) - 1e-12
    for i, j in itertools.permutations(range(len(market)), 2):
        shifted = list(wagers)
        by = min(0.01, shifted[i])
        shifted[i] -= by
        shifted[j] = min(1.0, shifted[j] + by)
        assert growth_exclusive(market, shifted) <= best + 1e-12


def test_growth_of_exclusive_outcomes_counts_what_is_not_offered() -> None:
    market = [Bet(3, 0.4), Bet(4, 0.3)]
    expected = 0.4 * math.log(1 + 0.2 - 0.1) + 0.3 * math.log(1 + 0.3 - 0.1) + 0.3 * math.log(1 - 0.2)
    assert growth_exclusive(market, [0.1, 0.1]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("wager", "bankroll", "step", "money"),
    [
        (0.0455, "1000", "0.01", "45.50"),
        (0.7, "1000", "0.01", "700.00"),  # not 699.99, though the binary number is below .7
        (1 / 3, "100", "0.01", "33.33"),
        (1 / 3, "100", "5", "30"),
        (0.00001, "100", "0.01", "0.00"),
        (1, "999999999999999999", "0.000000000000000001", "999999999999999999.000000000000000000"),
    ],
)
def test_money_rounds_down_to_the_step(wager: float, bankroll: str, step: str, money: str) -> None:
    assert str(amount(wager, Decimal(bankroll), Decimal(step))) == money


@few
@given(st.floats(0, 1), st.decimals(0, 10**9, places=2), st.sampled_from(["0.01", "0.00000001", "1", "0.25"]))
def test_money_is_a_whole_number_of_steps_and_never_more_than_asked(share: float, bankroll: Decimal, step: str) -> None:
    money = amount(share, bankroll, Decimal(step))
    asked = Fraction(repr(share)) * Fraction(bankroll)
    assert Fraction(money) <= asked < Fraction(money) + Fraction(step)
    assert (Fraction(money) / Fraction(step)).denominator == 1


@pytest.mark.parametrize(
    "odds",
    [
        *(1, 1.0, 0.5, 0, -2, 1_000_002, 10**400, NAN, INF, -INF, True, "2.5", None),
        *(Decimal(text) for text in ("1", "NaN", "sNaN", "Infinity", "1e999999", "1e-999999", "1." + "1" * 100)),
    ],
)
def test_odds_that_are_refused(odds: object) -> None:
    with pytest.raises(BadNumber, match="^odds "):
        Bet(odds, 0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("chance", [-0.01, 1.01, NAN, INF, Decimal("NaN"), Decimal("1e999999"), True, "0.5", None])
def test_probabilities_that_are_refused(chance: object) -> None:
    with pytest.raises(BadNumber, match="^win "):
        Bet(2, chance)  # type: ignore[arg-type]
    with pytest.raises(BadNumber, match="^push "):
        Bet(2, 0, chance)  # type: ignore[arg-type]
    for name in ("fraction", "cap"):
        with pytest.raises(BadNumber, match=f"^{name} "):
            kelly(Bet(2, 0.5), **{name: chance})  # type: ignore[arg-type]
    with pytest.raises(BadNumber, match="^wager "):
        expected_growth(Bet(2, 0.5), chance)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bankroll", "step", "named"),
    [
        (Decimal(-1), Decimal("0.01"), "bankroll"),
        (Decimal("NaN"), Decimal("0.01"), "bankroll"),
        (Decimal("1e999999"), Decimal("0.01"), "bankroll"),
        (1000.0, Decimal("0.01"), "bankroll"),
        (Decimal(1), Decimal(0), "step"),
        (Decimal(1), Decimal("-0.01"), "step"),
        (Decimal(1), Decimal("1e-19"), "step"),
        (Decimal(1), Decimal("Infinity"), "step"),
        (Decimal(1), 0.01, "step"),
    ],
)
def test_money_that_is_refused(bankroll: Decimal, step: Decimal, named: str) -> None:
    with pytest.raises(BadNumber, match=f"^{named} "):
        amount(0.1, bankroll, step)


def test_bets_that_are_refused_together() -> None:
    even = Bet(2, 0.6)
    with pytest.raises(BadNumber, match="win and push"):
        Bet(2, 0.6, 0.5)
    with pytest.raises(BadNumber, match="At most 8"):
        kelly_together([even] * (TOGETHER_MAX + 1))
    with pytest.raises(BadNumber, match="At most 8"):
        growth_together([even] * (TOGETHER_MAX + 1), [0.1] * (TOGETHER_MAX + 1))
    with pytest.raises(BadNumber, match="must lose"):
        kelly_together([even, Bet(2, 0.9, 0.1)])
    with pytest.raises(BadNumber, match="must lose"):
        kelly_together([even, Bet(2, 0.9991)])
    with pytest.raises(BadNumber, match="one for each bet"):
        growth_together([even], [0.1, 0.2])
    with pytest.raises(BadNumber, match="at most 1 together"):
        growth_together([even, even], [0.6, 0.6])
    with pytest.raises(BadNumber, match="at most 1 over all"):
        kelly_exclusive([even, even])
    with pytest.raises(BadNumber, match="push must be 0"):
        kelly_exclusive([Bet(2, 0.4, 0.1)])
    with pytest.raises(BadNumber, match="outcomes"):
        kelly_exclusive([Bet(2, 0)] * (EXCLUSIVE_MAX + 1))
    with pytest.raises(BadNumber, match="cap_all"):
        kelly_together([even], cap_all=NAN)
