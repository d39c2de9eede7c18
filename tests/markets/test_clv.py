"""What a bet was worth at the close: worked examples, signs, refusals, and middles on a distribution."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.clv import Clv, Ungraded, against_price, middle_chances, value_at_close
from markets.devig import Method, devig
from markets.margins import BadLine, LineModel, WholeNormal
from markets.odds import read_american
from markets.quotes import Market, Side
from markets.screens import Landing, expected_profit, middle
from markets.sports import for_sport

MINUS_110 = 21 / 11
EVEN = (0.5, 0.5)
NBA = WholeNormal("NBA, plain", 12.17)
TOTALS = WholeNormal("NBA totals", 17.71, rising=True)
NFL = for_sport("americanfootball_nfl").spreads

few = settings(max_examples=60, deadline=None)
probabilities = st.floats(0.05, 0.95)
handicaps = st.integers(-40, 40).map(lambda halves: halves / 2)


def american(price: str) -> float:
    return float(read_american(price))


def graded(found: Clv | Ungraded) -> Clv:
    assert isinstance(found, Clv)
    return found


@pytest.mark.parametrize(("method", "ev"), [(Method.MULTIPLICATIVE, "+4.37"), (Method.ADDITIVE, "+4.87")])
def test_a_published_moneyline_at_the_fair_close(method: Method, ev: str) -> None:
    fair = devig([american("-150"), american("130")], method).probabilities
    found = graded(value_at_close(american("-125"), None, Market.H2H, Side.HOME, None, fair, None))
    assert f"{100 * found.ev:+.2f}" == ev
    assert (found.win, found.push, found.points) == (fair[0], 0, None)
    assert found.probability == pytest.approx(fair[0] - 125 / 225)


@pytest.mark.parametrize(
    ("taken", "close", "cents", "points", "ratio"),
    [
        ("-125", "-150", 25, "+4.44", "+8.0"),
        ("-105", "105", -10, "-2.44", "-4.8"),
        ("130", "120", 10, "+1.98", "+4.5"),
        ("100", "-100", 0, "+0.00", "+0.0"),
    ],
)
def test_prices_against_prices(taken: str, close: str, cents: float, points: str, ratio: str) -> None:
    found = against_price(american(taken), american(close))
    assert found.cents == pytest.approx(cents, abs=1e-9)
    assert f"{100 * found.probability:+.2f}" == points
    assert f"{100 * found.ratio:+.1f}" == ratio


def test_two_and_a_half_against_evens_is_a_quarter() -> None:
    assert graded(value_at_close(2.5, None, Market.H2H, Side.AWAY, None, EVEN, None)).ev == 0.25


def test_the_draw_is_an_outcome_of_its_own() -> None:
    fair = (0.5, 0.2, 0.3)
    assert [
        round(graded(value_at_close(3.5, None, Market.H2H, side, None, fair, None)).ev, 9)
        for side in (Side.HOME, Side.AWAY, Side.DRAW)
    ] == [0.75, -0.3, 0.05]
    assert value_at_close(3.5, None, Market.H2H, Side.DRAW, None, EVEN, None) is Ungraded.NO_PRICE


@pytest.mark.parametrize(
    ("market", "side", "taken", "close", "points", "win", "push", "ev"),
    [
        (Market.SPREADS, Side.HOME, -3, -5, 2, "0.5490", "0.0323", "+8.05"),
        (Market.SPREADS, Side.AWAY, 3, -5, -2, "0.4186", "0.0323", "-16.85"),
        (Market.SPREADS, Side.HOME, 3.5, 2, 1.5, "0.5490", "0.0000", "+4.82"),
        (Market.SPREADS, Side.AWAY, 3.5, -2, 1.5, "0.5490", "0.0000", "+4.82"),
        (Market.SPREADS, Side.HOME, -6.5, -7.5, 1, "0.5327", "0.0000", "+1.71"),
        (Market.TOTALS, Side.OVER, 221.5, 224, 2.5, "0.5561", "0.0000", "+6.17"),
        (Market.TOTALS, Side.UNDER, 221.5, 224, -2.5, "0.4439", "0.0000", "-15.26"),
        (Market.TOTALS, Side.UNDER, 224, 221.5, 2.5, "0.5450", "0.0223", "+6.27"),
        (Market.TOTALS, Side.OVER, 224, 224, 0, "0.4887", "0.0225", "-4.44"),
    ],
)
def test_a_line_at_the_close(
    market: Market, side: Side, taken: float, close: float, points: float, win: str, push: str, ev: str
) -> None:
    model = NBA if market is Market.SPREADS else TOTALS
    found = graded(value_at_close(MINUS_110, taken, market, side, close, EVEN, model))
    assert found.points == points
    assert (f"{found.win:.4f}", f"{found.push:.4f}", f"{100 * found.ev:+.2f}") == (win, push, ev)


def test_the_three_is_worth_far_more_than_a_normal_says() -> None:
    plain = WholeNormal("NFL, plain", 13.30)
    ask = (MINUS_110, -2.5, Market.SPREADS, Side.HOME, -3.5, EVEN)
    assert f"{100 * graded(value_at_close(*ask, plain)).ev:+.1f}" == "+1.2"
    assert graded(value_at_close(*ask, NFL)).ev > 0.10


@few
@given(st.sampled_from([NBA, NFL]), probabilities, handicaps, handicaps, st.floats(1.01, 20))
def test_both_sides_at_one_line_share_the_chances(
    model: LineModel, p: float, taken: float, close: float, price: float
) -> None:
    home = graded(value_at_close(price, taken, Market.SPREADS, Side.HOME, close, (p, 1 - p), model))
    away = graded(value_at_close(price, -taken, Market.SPREADS, Side.AWAY, close, (p, 1 - p), model))
    assert home.push == away.push
    assert home.win + home.push + away.win == pytest.approx(1)
    assert (home.points, away.points) == (taken - close, close - taken)
    for each in (home, away):
        assert each.ev == pytest.approx((1 - each.push) * price * each.probability)


@few
@given(probabilities, handicaps, handicaps, handicaps)
def test_a_better_line_is_never_worth_less(p: float, close: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    worse, better = (
        graded(value_at_close(2.0, line, Market.SPREADS, Side.HOME, close, (p, 1 - p), NFL)) for line in (low, high)
    )
    assert worse.ev <= better.ev + 1e-7


def test_without_a_model_only_the_closing_line_is_judged() -> None:
    ask = (Market.TOTALS, Side.UNDER, 170.5, (0.48, 0.52))
    found = graded(value_at_close(2.0, 170.5, *ask, None))
    assert found == pytest.approx((0.52, 0, 0.04, 0, 0.02))
    assert value_at_close(2.0, 171.5, *ask, None) is Ungraded.NO_MODEL
    whole = graded(value_at_close(2.0, -3, Market.SPREADS, Side.AWAY, 3, (0.48, 0.52), None))
    assert (whole.push, whole.points) == (0, 0)


def test_a_quarter_line_is_two_halves() -> None:
    low, quarter, high = (
        graded(value_at_close(1.95, line, Market.SPREADS, Side.HOME, -3.5, EVEN, NFL)) for line in (-3, -2.75, -2.5)
    )
    assert quarter.ev == pytest.approx((low.ev + high.ev) / 2, abs=1e-7)


@pytest.mark.parametrize(
    ("price", "line", "market", "side", "close", "fair", "named"),
    [
        (1.0, None, Market.H2H, Side.HOME, None, EVEN, "price"),
        (math.nan, None, Market.H2H, Side.HOME, None, EVEN, "price"),
        (math.inf, None, Market.H2H, Side.HOME, None, EVEN, "price"),
        (-110, None, Market.H2H, Side.HOME, None, EVEN, "price"),
        (2.0, None, Market.H2H, Side.OVER, None, EVEN, "no side"),
        (2.0, -3, Market.SPREADS, Side.DRAW, -3, EVEN, "no side"),
        (2.0, -3, Market.H2H, Side.HOME, None, EVEN, "lines"),
        (2.0, None, Market.SPREADS, Side.HOME, -3, EVEN, "lines"),
        (2.0, -3, Market.SPREADS, Side.HOME, None, EVEN, "lines"),
        (2.0, None, Market.H2H, Side.HOME, None, (0.5,), "sides"),
        (2.0, -3, Market.SPREADS, Side.HOME, -3, (0.4, 0.4, 0.2), "sides"),
        (2.0, None, Market.H2H, Side.HOME, None, (0.5, 0.6), "make 1"),
        (2.0, None, Market.H2H, Side.HOME, None, (0.0, 1.0), "make 1"),
        (2.0, None, Market.H2H, Side.HOME, None, (math.nan, 0.5), "make 1"),
    ],
)
def test_what_is_refused(
    price: float,
    line: float | None,
    market: Market,
    side: Side,
    close: float | None,
    fair: tuple[float, ...],
    named: str,
) -> None:
    with pytest.raises(ValueError, match=named):
        value_at_close(price, line, market, side, close, fair, NBA)


def test_lines_that_are_none_are_refused() -> None:
    with pytest.raises(BadLine):
        value_at_close(2.0, math.nan, Market.SPREADS, Side.HOME, -3, EVEN, NBA)
    for taken, close in ((1.0, 2.0), (2.0, math.nan)):
        with pytest.raises(ValueError, match="^price "):
            against_price(taken, close)


def test_the_published_middle_on_a_distribution() -> None:
    pair = middle((221.5, Fraction(21, 11)), (224.5, Fraction(21, 11)), total=Decimal(220), step=Decimal("0.01"))
    chances = middle_chances(TOTALS, Market.TOTALS, 0.5, 223, low=221.5, high=224.5)
    assert f"{chances[Landing.BETWEEN]:.4f}" == "0.0675"
    assert pair.break_even is not None
    assert f"{pair.break_even:.4f}" == "0.0476"
    assert f"{expected_profit(pair, chances):.2f}" == "4.17"


@pytest.mark.parametrize(
    ("low", "high"), [(-3, 3), (2.5, 3), (3, 3.5), (2.5, 3.5), (3, 4), (6.5, 10.5), (-7, -2.5), (2, 7)]
)
@pytest.mark.parametrize("sport", ["americanfootball_nfl", "basketball_nba", "baseball_mlb"])
def test_a_middle_s_landings_are_those_that_screens_know(sport: str, low: float, high: float) -> None:
    model = for_sport(sport).spreads
    assert model is not None
    pair = middle((low, 1.9), (high, 1.9), total=Decimal(200), step=Decimal("0.01"))
    chances = middle_chances(model, Market.SPREADS, 0.55, -1.5, low=low, high=high)
    assert set(chances) == set(pair.profits)
    assert math.fsum(chances.values()) == pytest.approx(1, abs=1e-12)
    assert all(0 <= chance < 1 for chance in chances.values())
    assert pair.guaranteed <= expected_profit(pair, chances) <= max(pair.profits.values())


def test_middles_that_are_refused() -> None:
    with pytest.raises(ValueError, match="low must be below high"):
        middle_chances(NBA, Market.SPREADS, 0.5, -3, low=3, high=3)
    with pytest.raises(ValueError, match="market that has lines"):
        middle_chances(NBA, Market.H2H, 0.5, -3, low=2, high=3)
