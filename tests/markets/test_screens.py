"""Screens over the prices of several books: published numbers, promises that hold after rounding, ages, refusals."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.checked import BadNumber, Number
from markets.screens import (
    Arbitrage,
    Chance,
    Landing,
    Market,
    Quote,
    arbitrage,
    best_prices,
    expected_profit,
    hold,
    low_holds,
    middle,
    standing,
    values,
)

NOW = datetime(2026, 3, 1, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CENT = Decimal("0.01")
NAN, INF = float("nan"), float("inf")
MINUS_110 = Fraction(21, 11)
few = settings(max_examples=60, deadline=None)
prices = st.decimals("1.01", 20, places=2)


def quote(outcome: str, odds: Number, *, book: str = "north", age: timedelta = MINUTE) -> Quote:
    return Quote(outcome, book, odds, NOW - age)


def market(*odds: Number, name: str = "game") -> Market:
    outcomes = tuple(f"side {i}" for i in range(len(odds)))
    return Market(name, outcomes, tuple(quote(outcome, price) for outcome, price in zip(outcomes, odds, strict=True)))


def found(*odds: Number, total: str = "1000", step: str = "0.01", payout_step: str | None = None) -> Arbitrage | None:
    return arbitrage(
        market(*odds),
        total=Decimal(total),
        step=Decimal(step),
        at=NOW,
        max_age=10 * MINUTE,
        payout_step=None if payout_step is None else Decimal(payout_step),
    )


@pytest.mark.parametrize(
    ("odds", "roi", "shares"),
    [
        ((1.90, 2.20), "1.951", ("53.659", "46.341")),
        ((2.60, Fraction(240, 140)), "3.311", ("39.735", "60.265")),  # +160/-140
        ((2.10, 2.15), "6.235", ("50.588", "49.412")),
    ],
)
def test_published_arbitrages(odds: tuple[Number, Number], roi: str, shares: tuple[str, str]) -> None:
    pair = found(*odds)
    assert pair is not None
    assert f"{100 * pair.roi:.3f}" == roi
    assert tuple(f"{100 * share:.3f}" for share in pair.shares) == shares
    assert pair.is_safe


def test_an_arbitrage_in_money() -> None:
    pair = found(1.90, 2.20)
    assert pair is not None
    assert [str(wager) for wager in pair.wagers] == ["536.59", "463.41"]
    # 536.59 * 1.90 = 1,019.521 and 463.41 * 2.20 = 1,019.502: both are paid 1,019.52 and 1,019.50.
    assert [str(profit) for profit in pair.profits] == ["19.52", "19.50"]
    assert (str(pair.guaranteed), pair.worst) == ("19.50", "side 1")


def test_too_coarse_a_step_says_that_it_loses() -> None:
    pair = found(1.90, 2.20, total="10", step="5", payout_step="0.01")
    assert pair is not None
    assert [str(wager) for wager in pair.wagers] == ["5", "5"]
    assert (str(pair.guaranteed), pair.worst, pair.is_safe) == ("-0.50", "side 0", False)


def test_round_wagers_with_payouts_in_cents() -> None:
    pair = found(1.90, 2.20, total="1003", step="5", payout_step="0.01")
    assert pair is not None
    assert [str(wager) for wager in pair.wagers] == ["535", "465"]
    assert (str(pair.guaranteed), pair.worst) == ("16.50", "side 0")


def test_amounts_of_thirty_six_digits_stay_exact() -> None:
    pair = found(Fraction(7, 3), 2, total="1000000000000000000", step="0.000000000000000001")
    assert pair is not None
    assert sum(Fraction(wager) for wager in pair.wagers) == 10**18
    assert Fraction(pair.guaranteed) == min(Fraction(profit) for profit in pair.profits)
    assert 0 <= Fraction(10**18) * Fraction(1, 13) - Fraction(pair.guaranteed) < 4 / Fraction(10**18)


@few
@given(st.lists(prices, min_size=2, max_size=4))
def test_an_arbitrage_is_found_exactly_when_prices_sum_below_one(odds: list[Decimal]) -> None:
    assert (found(*odds) is not None) == (sum(1 / Fraction(price) for price in odds) < 1)


def test_prices_that_sum_to_one_are_none() -> None:
    assert found(3, 3, 3) is None
    assert found(*[10] * 10) is None  # in floats these sum to a little less than 1
    assert found(*[10] * 9) is not None


@st.composite
def arbitrages(draw: st.DrawFn) -> list[Fraction]:
    """Odds whose sum of 1/odds is between .8 and 1."""
    weights = draw(st.lists(st.integers(1, 30), min_size=2, max_size=5))
    booksum = Fraction(draw(st.integers(800, 999)), 1000)
    return [sum(weights) / (booksum * weight) for weight in weights]


@few
@given(arbitrages(), st.integers(1, 100_000), st.sampled_from(["0.01", "1", "5", "0.00000001"]))
def test_rounding_never_turns_what_is_guaranteed_into_a_loss(odds: list[Fraction], total: int, step: str) -> None:
    division = found(*odds, total=str(total), step=step)
    assert division is not None
    unit = Fraction(step)
    wagers = [Fraction(wager) for wager in division.wagers]
    assert sum(wagers) == total // unit * unit
    assert all((wager / unit).denominator == 1 and wager >= 0 for wager in wagers)
    # What books really pay, rounded down to their unit as well, against what is stated.
    real = [wager * price // unit * unit - sum(wagers) for wager, price in zip(wagers, odds, strict=True)]
    assert real == [Fraction(profit) for profit in division.profits]
    assert min(real) == Fraction(division.guaranteed)
    assert division.is_safe == all(profit > 0 for profit in real)
    # Rounding costs at most a step of each wager, paid at its odds, and a step of the payout.
    assert min(real) > total * Fraction(1 / sum(1 / price for price in odds) - 1) - (max(odds) + 1) * unit


def test_the_best_standing_price_of_each_outcome_wins() -> None:
    quotes = (
        quote("home", 2.0, book="north"),
        quote("home", 2.1, book="south", age=2 * MINUTE),
        quote("home", 9.0, book="stale", age=11 * MINUTE),
        quote("home", 9.0, book="later", age=-MINUTE),
        quote("away", 1.9, book="west", age=3 * MINUTE),
        quote("away", 1.9, book="east", age=3 * MINUTE),
        quote("away", 1.9, book="old", age=4 * MINUTE),
    )
    best = best_prices(Market("game", ("away", "home"), quotes), at=NOW, max_age=10 * MINUTE)
    assert best is not None
    assert [each.book for each in best.quotes] == ["east", "south"]
    assert best.oldest == 3 * MINUTE


def test_a_stale_quote_is_no_arbitrage_and_a_missing_outcome_neither() -> None:
    def screened(max_age: timedelta, *outcomes: str) -> Arbitrage | None:
        quotes = (quote("home", 2.5), quote("away", 2.5, age=5 * MINUTE))
        game = Market("game", outcomes, quotes)
        return arbitrage(game, total=Decimal(100), step=CENT, at=NOW, max_age=max_age)

    assert screened(5 * MINUTE, "home", "away") is not None  # the limit itself is young enough
    assert screened(5 * MINUTE - timedelta.resolution, "home", "away") is None
    assert screened(5 * MINUTE, "home", "away", "draw") is None


def test_low_holds_come_lowest_first() -> None:
    games = [
        market(MINUS_110, MINUS_110, name="usual"),
        market(2, 2, name="none"),
        market(2.1, 2.1, name="arbitrage"),
        market(1.95, 1.95, name="low"),
        market(2, 2, name="also none"),
    ]
    names = [best.market for best in low_holds(games, at=NOW, max_age=MINUTE, most=0.03)]
    assert names == ["arbitrage", "also none", "none", "low"]
    assert len(low_holds(games, at=NOW, max_age=MINUTE)) == 5
    assert low_holds(games, at=NOW, max_age=timedelta(0)) == []


def test_hold_of_one_book() -> None:
    assert f"{100 * hold([MINUS_110, MINUS_110]):.4f}" == "4.5455"
    best = best_prices(market(MINUS_110, MINUS_110), at=NOW, max_age=MINUTE)
    assert best is not None
    assert f"{100 * float(best.booksum - 1):.4f}" == "4.7619"
    assert best.hold == hold([MINUS_110, MINUS_110])
    assert hold([2.2, 2.2]) < 0


def test_values_against_a_fair_price() -> None:
    quotes = (
        quote("home", 2.5, book="north"),
        quote("home", 2.1, book="south"),
        quote("home", 3.0, book="stale", age=11 * MINUTE),
        quote("home", 2.0, book="fair"),
        quote("away", 1.8),
        quote("draw", 50),
    )
    game = Market("game", ("home", "away", "draw"), quotes)
    fair = {"home": Chance(0.5), "away": Chance(0.5, 0.25)}
    at_once = values(game, fair, at=NOW, max_age=10 * MINUTE, fraction=1)
    # 2.5 at a fair price of 2.00 is +25 %; 1.8 with pushes is .5 * 1.8 + .25 - 1.
    assert [(value.quote.book, value.expected) for value in at_once] == [
        ("north", 0.25),
        ("north", 0.15),
        ("south", 0.05),
    ]
    assert at_once[0].wager == pytest.approx(0.25 / 1.5)
    assert at_once[1].wager == pytest.approx(0.15 / (0.75 * 0.8))
    assert at_once[2].wager == pytest.approx(0.0455, abs=0.00005)
    assert {value.age for value in at_once} == {MINUTE}
    above = values(game, fair, at=NOW, max_age=10 * MINUTE, least=0.05)
    assert [value.expected for value in above] == [0.25, 0.15]
    assert above[0].wager == pytest.approx(0.25 / 1.5 / 4)


@few
@given(prices, st.floats(0, 1))
def test_a_value_is_exactly_what_pays_in_expectation(price: Decimal, win: float) -> None:
    game = market(price, 2)
    listed = values(game, {"side 0": Chance(win)}, at=NOW, max_age=MINUTE)
    assert bool(listed) == (Fraction(repr(win)) * Fraction(price) > 1)


def test_the_published_middle() -> None:
    pair = middle((221.5, MINUS_110), (224.5, MINUS_110), total=Decimal(220), step=CENT)
    assert [str(wager) for wager in pair.wagers] == ["110.00", "110.00"]
    assert {landing: str(profit) for landing, profit in pair.profits.items()} == {
        Landing.BELOW: "-10.00",
        Landing.BETWEEN: "200.00",
        Landing.ABOVE: "-10.00",
    }
    assert f"{pair.break_even:.4f}" == "0.0476"
    points = NormalDist(223, 17.71)
    below, above = points.cdf(221.5), 1 - points.cdf(224.5)
    between = 1 - below - above
    assert f"{between:.4f}" == "0.0675"
    chances = {Landing.BELOW: below, Landing.BETWEEN: between, Landing.ABOVE: above}
    assert f"{expected_profit(pair, chances):.2f}" == "4.17"


@pytest.mark.parametrize(
    ("low", "high", "landings"),
    [
        (2.5, 4.5, {"below", "between", "above"}),
        (3, 7, {"below", "at low", "between", "at high", "above"}),
        (2.5, 3, {"below", "at high", "above"}),
        (3, 3.5, {"below", "at low", "above"}),
        (3, 4, {"below", "at low", "at high", "above"}),
        (2.5, 3.5, {"below", "between", "above"}),
        (-4.5, -3, {"below", "between", "at high", "above"}),
        (Decimal("-1"), Decimal("0.5"), {"below", "at low", "between", "above"}),
    ],
)
def test_the_landings_of_a_middle(low: Number, high: Number, landings: set[str]) -> None:
    pair = middle((low, 1.9), (high, 1.9), total=Decimal(200), step=CENT)
    assert set(pair.profits) == landings
    money = {"below": "-10", "at low": "90", "between": "180", "at high": "90", "above": "-10"}
    assert all(profit == Decimal(money[landing]) for landing, profit in pair.profits.items())
    assert (pair.break_even is None) == ("between" not in landings)
    assert pair.guaranteed == -10


def test_uneven_prices_are_divided_so_that_both_sides_pay_alike() -> None:
    pair = middle((2.5, 2.0), (4.5, 1.8), total=Decimal(190), step=Decimal(1))
    assert pair.wagers == (90, 100)
    assert pair.profits == {Landing.BELOW: -10, Landing.BETWEEN: 170, Landing.ABOVE: -10}
    assert pair.break_even == pytest.approx(10 / 180)


def test_a_middle_that_is_an_arbitrage_needs_no_luck_and_one_lost_to_rounding_has_no_chance() -> None:
    free = middle((2.5, 2.2), (4.5, 2.2), total=Decimal(100), step=CENT)
    assert (free.break_even, free.guaranteed) == (0.0, 10)
    lost = middle((2.5, 1.9), (4.5, 1.9), total=Decimal(2), step=Decimal(1))
    assert lost.profits == {Landing.BELOW: -1, Landing.BETWEEN: 0, Landing.ABOVE: -1}
    assert lost.break_even is None


@few
@given(prices, prices, st.integers(10, 10_000))
def test_at_its_break_even_a_middle_never_loses(low: Decimal, high: Decimal, total: int) -> None:
    pair = middle((2.5, low), (4.5, high), total=Decimal(total), step=CENT)
    if pair.break_even is not None:
        for side in (Landing.BELOW, Landing.ABOVE):
            chances = {Landing.BETWEEN: pair.break_even, side: 1 - pair.break_even}
            assert expected_profit(pair, chances) >= -1e-9 * total


@pytest.mark.parametrize("odds", [1, 0.99, 0, -110, NAN, INF, Decimal("NaN"), Decimal("Infinity"), 10**9, True, "2"])
def test_odds_that_are_refused(odds: Number) -> None:
    with pytest.raises(BadNumber, match="^odds "):
        quote("home", odds)
    with pytest.raises(BadNumber, match="^odds "):
        hold([2, odds])
    with pytest.raises(BadNumber, match="^low odds "):
        middle((2.5, odds), (4.5, 2), total=Decimal(100), step=CENT)
    with pytest.raises(BadNumber, match="^high odds "):
        middle((2.5, 2), (4.5, odds), total=Decimal(100), step=CENT)


@pytest.mark.parametrize("line", [2.25, NAN, INF, -INF, Decimal("NaN"), 10_001, True, "2.5", 1 / 3])
def test_lines_that_are_refused(line: Number) -> None:
    with pytest.raises(BadNumber, match="^low line "):
        middle((line, 2), (4.5, 2), total=Decimal(100), step=CENT)
    with pytest.raises(BadNumber, match="^high line "):
        middle((2.5, 2), (line, 2), total=Decimal(100), step=CENT)


@pytest.mark.parametrize("chance", [-0.01, 1.01, NAN, INF, Decimal("NaN"), True, "0.5"])
def test_probabilities_that_are_refused(chance: Number) -> None:
    with pytest.raises(BadNumber, match="^win "):
        values(market(2, 2), {"side 0": Chance(chance)}, at=NOW, max_age=MINUTE)
    pair = middle((2.5, 2), (4.5, 2), total=Decimal(100), step=CENT)
    with pytest.raises(BadNumber, match="^between "):
        expected_profit(pair, {Landing.BETWEEN: chance, Landing.BELOW: 0.5})


@pytest.mark.parametrize(
    ("total", "step", "named"),
    [
        ("-1", "0.01", "total"),
        ("NaN", "0.01", "total"),
        ("1e999999", "0.01", "total"),
        ("100", "0", "step"),
        ("100", "-1", "step"),
        ("100", "Infinity", "step"),
    ],
)
def test_money_that_is_refused(total: str, step: str, named: str) -> None:
    with pytest.raises(BadNumber, match=f"^{named} "):
        found(1.9, 2.2, total=total, step=step)
    with pytest.raises(BadNumber, match=f"^{named} "):
        middle((2.5, 2), (4.5, 2), total=Decimal(total), step=Decimal(step))
    if named == "step":
        with pytest.raises(BadNumber, match="^payout_step "):
            found(1.9, 2.2, payout_step=step)


def test_markets_and_moments_that_are_refused() -> None:
    with pytest.raises(BadNumber, match="2 to 1000"):
        Market("game", ("home",), ())
    with pytest.raises(BadNumber, match="differ"):
        Market("game", ("home", "home"), ())
    with pytest.raises(BadNumber, match="on the market's outcomes"):
        Market("game", ("home", "away"), (quote("draw", 3),))
    with pytest.raises(BadNumber, match="with its zone"):
        Quote("home", "north", 2, datetime(2026, 3, 1))  # noqa: DTZ001
    with pytest.raises(BadNumber, match="with its zone"):
        standing([], at=datetime(2026, 3, 1), max_age=MINUTE)  # noqa: DTZ001
    with pytest.raises(BadNumber, match="^max_age "):
        standing([], at=NOW, max_age=-MINUTE)
    with pytest.raises(BadNumber, match="^least "):
        values(market(2, 2), {}, at=NOW, max_age=MINUTE, least=-0.01)
    with pytest.raises(BadNumber, match="^most "):
        low_holds([], at=NOW, max_age=MINUTE, most=NAN)
    with pytest.raises(BadNumber, match="of 2 to"):
        hold([2])


def test_middles_that_are_refused() -> None:
    with pytest.raises(BadNumber, match="low line must be below"):
        middle((4.5, 2), (4.5, 2), total=Decimal(100), step=CENT)
    pair = middle((2.5, 2), (4.5, 2), total=Decimal(100), step=CENT)
    with pytest.raises(BadNumber, match="cannot land at low"):
        expected_profit(pair, {Landing.AT_LOW: 1})
    with pytest.raises(BadNumber, match="1 together"):
        expected_profit(pair, {Landing.BETWEEN: 0.5})
