"""What fair prices at two lines are to each other, and what a quote is worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.margins import WholeNormal
from markets.measure import Measure
from markets.quotes import Market, Side

SPREADS = Measure(Market.SPREADS, WholeNormal("spreads", 12.0), 0.0)
TOTALS = Measure(Market.TOTALS, WholeNormal("totals", 18.0, rising=True), 0.0)
H2H = Measure(Market.H2H, None, 0.0)
BLIND = Measure(Market.SPREADS, None, 0.0)

probabilities = st.floats(0.05, 0.95)
halves = st.integers(-20, 20).map(lambda n: n / 2)


@given(probabilities, halves, halves)
def test_there_and_back_is_nothing(p: float, line: float, to: float) -> None:
    there = SPREADS.at(p, line, to)
    assert there is not None
    assert SPREADS.at(there, to, line) == pytest.approx(p, abs=1e-6)


def test_a_harder_line_is_less_likely() -> None:
    for measure, harder in ((SPREADS, -5.0), (TOTALS, 221.5)):
        easier = -4.5 if measure is SPREADS else 220.5
        assert (measure.at(0.5, easier, harder) or 1) < 0.5
        rise = measure.rise(0.5, easier, 0.5, harder, harder)
        assert rise is not None
        assert rise > 0, "the same price at a harder line holds the side for likelier"


def test_without_a_model_only_the_same_line_compares() -> None:
    assert BLIND.at(0.5, -4.5, -4.5) == 0.5
    assert BLIND.at(0.5, -4.5, -5.0) is None
    assert BLIND.rise(0.5, -4.5, 0.52, -4.5, -6.0) == pytest.approx(0.02)
    assert BLIND.rise(0.5, -4.5, 0.5, -5.0, -5.0) is None


@pytest.mark.parametrize(("market", "to", "rise"), [(Market.SPREADS, -5.5, 0.03), (Market.TOTALS, 5.5, 0.03)])
def test_a_point_may_count_as_something_for_want_of_a_model(market: Market, to: float, rise: float) -> None:
    worth = Measure(market, None, 0.03)
    line = to + 1 if market is Market.SPREADS else to - 1
    assert worth.rise(0.5, line, 0.5, to, line) == pytest.approx(rise)
    assert worth.at(0.5, line, to) is None, "what is shown is never made of it"


@given(probabilities, halves, halves, st.floats(1.2, 5.0))
def test_the_mirror_of_a_bet_is_worth_as_much(p: float, line: float, point: float, price: float) -> None:
    home = SPREADS.value((p, 1 - p), line, Side.HOME, point, price)
    mirrored = SPREADS.value((1 - p, p), -line, Side.AWAY, point, price)
    assert home == pytest.approx(mirrored, abs=1e-6)


@pytest.mark.parametrize(
    ("measure", "fair", "line", "side", "point", "price", "value"),
    [
        (H2H, (0.6, 0.4), None, Side.HOME, None, 2.0, 0.2),
        (H2H, (0.6, 0.4), None, Side.AWAY, None, 2.0, -0.2),
        (H2H, (0.5, 0.3, 0.2), None, Side.DRAW, None, 6.0, 0.2),
        (H2H, (0.6, 0.4), None, Side.DRAW, None, 6.0, None),
        (SPREADS, (0.5, 0.5), -4.5, Side.HOME, -4.5, 2.1, 0.05),
        (SPREADS, (0.5, 0.5), -4.5, Side.AWAY, 4.5, 2.1, 0.05),
        (TOTALS, (0.5, 0.5), 220.5, Side.UNDER, 220.5, 2.1, 0.05),
        (BLIND, (0.5, 0.5), -4.5, Side.AWAY, 4.5, 2.1, 0.05),
        (BLIND, (0.5, 0.5), -4.5, Side.AWAY, 5.0, 2.1, None),
        # Nobody knows how often a whole line pushes.
        (BLIND, (0.5, 0.5), -4.0, Side.HOME, -4.0, 2.1, None),
        (BLIND, (0.5, 0.5), -4.25, Side.HOME, -4.25, 2.1, None),
    ],
)
def test_what_a_quote_is_worth(
    measure: Measure,
    fair: tuple[float, ...],
    line: float | None,
    side: Side,
    point: float | None,
    price: float,
    value: float | None,
) -> None:
    assert measure.value(fair, line, side, point, price) == (None if value is None else pytest.approx(value, abs=1e-9))


def test_a_push_gives_the_wager_back() -> None:
    chances = SPREADS.chances((0.5, 0.5), -4.0, Side.AWAY, 4.0)
    assert chances is not None
    win, push = chances
    assert 0.03 < push < 0.035
    assert win == pytest.approx((1 - push) / 2, abs=1e-6)
    assert SPREADS.value((0.5, 0.5), -4.0, Side.AWAY, 4.0, 2.0) == pytest.approx(0.0, abs=1e-6)
