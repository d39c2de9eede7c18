"""Margins and totals as distributions: published numbers, an oracle that sums every margin, laws that always hold."""

import math
from collections.abc import Mapping
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.margins import BadLine, WholeNormal, normal_no_push, worth
from markets.quotes import Side

MINUS_110 = 21 / 11
NBA_SD, NBA_TOTAL_SD, NFL_SD = 12.17, 17.71, 13.30
FACTORS = {0: 0.1, 3: 2.7, 7: 1.9, 9: 0.4, 10: 1.2, 14: 1.5}
PLAIN = WholeNormal("plain", NBA_SD)
KEYED = WholeNormal("keyed", NFL_SD, factors=FACTORS)
NO_TIES = WholeNormal("no ties", 3.02, factors={0: 0.0})
TOTAL = WholeNormal("total", NBA_TOTAL_SD, rising=True)
SPREADS = [pytest.param(PLAIN, id="plain"), pytest.param(KEYED, id="keyed"), pytest.param(NO_TIES, id="no ties")]
CLOSE = 2e-8  # twice what the tables promise

few = settings(max_examples=50, deadline=None)
models = st.sampled_from([PLAIN, KEYED, NO_TIES])
lines = st.integers(-80, 80).map(lambda quarters: quarters / 4)
probabilities = st.floats(0.02, 0.98)


@pytest.mark.parametrize(
    ("taken", "close", "sd", "side", "p", "ev"),
    [
        (-3, -5, NBA_SD, Side.HOME, "0.5653", "+7.9"),
        (3.5, 2, NBA_SD, Side.HOME, "0.5490", "+4.8"),
        (3.5, 2, NBA_SD, Side.AWAY, "0.5490", "+4.8"),
        (-6.5, -7.5, NBA_SD, Side.HOME, "0.5327", "+1.7"),
        (-2.5, -3.5, NFL_SD, Side.HOME, "0.5300", "+1.2"),
        (221.5, 224, NBA_TOTAL_SD, Side.OVER, "0.5561", "+6.2"),
        (224, 221.5, NBA_TOTAL_SD, Side.UNDER, "0.5561", "+6.2"),
    ],
)
def test_published_values_of_a_better_line(taken: float, close: float, sd: float, side: Side, p: str, ev: str) -> None:
    found = normal_no_push(taken, close, sd, side)
    assert f"{found:.4f}" == p
    assert f"{100 * (found * MINUS_110 - 1):+.1f}" == ev


@pytest.mark.parametrize(
    ("side", "mirror", "sign"), [(Side.HOME, Side.AWAY, -1), (Side.OVER, Side.UNDER, 1), (Side.UNDER, Side.OVER, 1)]
)
def test_the_other_side_has_the_rest(side: Side, mirror: Side, sign: int) -> None:
    rest = normal_no_push(sign * -3, sign * -5, NBA_SD, mirror)
    assert normal_no_push(-3, -5, NBA_SD, side) + rest == pytest.approx(1)


def test_three_taken_where_five_closes_pushes_sometimes() -> None:
    win, push = PLAIN.win_push(0.5, -5, -3)
    assert (f"{win:.4f}", f"{push:.4f}") == ("0.5490", "0.0323")
    assert f"{100 * (win * MINUS_110 + push - 1):+.2f}" == "+8.05"


def test_a_total_rises_where_a_handicap_falls() -> None:
    win, push = TOTAL.win_push(0.5, 224, 221.5)
    assert (f"{win:.4f}", push) == ("0.5561", 0.0)
    assert TOTAL.shift(0.5, 224, 226.5) == pytest.approx(1 - win, abs=CLOSE)


def oracle(mean: float, sd: float, factors: Mapping[int, float]) -> dict[int, float]:
    """Every margin's probability, by the standard library's Normal."""
    normal = NormalDist(mean, sd)
    weighed = {k: (normal.cdf(k + 0.5) - normal.cdf(k - 0.5)) * factors.get(abs(k), 1.0) for k in range(-200, 201)}
    return {k: share / math.fsum(weighed.values()) for k, share in weighed.items()}


def wagered(shares: Mapping[int, float], line: float) -> tuple[float, float, float]:
    """Win, push and loss at a handicap; a quarter line is half a wager at each neighbour."""
    halves = [line] if line * 2 % 1 == 0 else [line - 0.25, line + 0.25]
    parts = [
        tuple(math.fsum(p for k, p in shares.items() if fits(k + half)) for half in halves)
        for fits in (lambda x: x > 0, lambda x: x == 0, lambda x: x < 0)
    ]
    win, push, loss = (sum(part) / len(halves) for part in parts)
    return win, push, loss


@pytest.mark.parametrize("model", SPREADS)
@pytest.mark.parametrize("mean", [-14.2, -3, 0, 0.4, 6.75, 21])
@pytest.mark.parametrize("line", [-14, -7.5, -3, -2.75, -0.5, 0, 0.25, 3, 10.5])
def test_chances_are_the_sums_over_all_margins(model: WholeNormal, mean: float, line: float) -> None:
    expected = wagered(oracle(mean, model.sd, model.factors), line)
    assert model.chances(mean, line) == pytest.approx(expected, abs=1e-12)


@few
@given(models, st.floats(-20, 20), lines, lines)
def test_the_tables_agree_with_the_sums(model: WholeNormal, mean: float, line: float, at: float) -> None:
    win, _, loss = model.chances(mean, line)
    p = win / (win + loss)
    if 1e-6 < p < 1 - 1e-6:
        expected = model.chances(mean, at)
        assert model.win_push(p, line, at) == pytest.approx(expected[:2], abs=CLOSE)
        assert model.shift(p, line, at) == pytest.approx(expected[0] / (expected[0] + expected[2]), abs=CLOSE)
        there = model.chances(model.mean(p, line), line)
        assert there[0] / (there[0] + there[2]) == pytest.approx(p, abs=CLOSE)


@few
@given(models, probabilities, lines, lines)
def test_there_and_back_is_where_it_began(model: WholeNormal, p: float, line: float, to: float) -> None:
    there = model.shift(p, line, to)
    assert 0 < there < 1
    if 1e-6 < there < 1 - 1e-6:
        assert model.shift(there, to, line) == pytest.approx(p, abs=CLOSE)
    assert model.shift(p, line, line) == p


@few
@given(models, probabilities, probabilities, lines, lines, lines)
def test_more_points_and_more_chance_are_never_worth_less(
    model: WholeNormal, p: float, other: float, line: float, to: float, further: float
) -> None:
    low, high = sorted((p, other))
    assert model.shift(low, line, to) <= model.shift(high, line, to) + 1e-12
    fewer, more = sorted((to, further))
    assert model.shift(p, line, fewer) <= model.shift(p, line, more) + CLOSE


@few
@given(probabilities, st.integers(400, 480), st.integers(400, 480), st.integers(400, 480))
def test_a_higher_total_is_harder(p: float, line: int, to: int, further: int) -> None:
    low, high = sorted((to / 2, further / 2))
    assert TOTAL.shift(p, line / 2, low) >= TOTAL.shift(p, line / 2, high) - CLOSE


@few
@given(models, probabilities, lines, lines)
def test_home_and_away_see_the_same_game(model: WholeNormal, p: float, line: float, at: float) -> None:
    win, push = model.win_push(p, line, at)
    away_win, away_push = model.win_push(1 - p, -line, -at)
    assert away_push == pytest.approx(push, abs=CLOSE)
    assert win + push + away_win == pytest.approx(1, abs=2 * CLOSE)
    assert 0 < win < 1
    assert 0 <= push < 1


@few
@given(models, probabilities, st.integers(-20, 20), st.integers(-20, 20))
def test_only_whole_and_quarter_lines_push(model: WholeNormal, p: float, line: int, at: int) -> None:
    assert model.win_push(p, line, at + 0.5)[1] == 0
    _, push = model.win_push(p, line, at)
    assert (push == 0) == (model.factors.get(at) == 0)
    quarter = model.win_push(p, line, at + 0.25)
    assert quarter[1] == pytest.approx(push / 2, abs=CLOSE)
    assert quarter[0] == pytest.approx(
        (model.win_push(p, line, at)[0] + model.win_push(p, line, at + 0.5)[0]) / 2, abs=CLOSE
    )


def test_games_that_cannot_end_level_are_the_same_bet_around_nought() -> None:
    at_nought = NO_TIES.win_push(0.6, -1.5, 0)
    assert at_nought[1] == 0
    for line in (-0.5, 0.5):
        assert NO_TIES.win_push(0.6, -1.5, line) == pytest.approx(at_nought, abs=CLOSE)


@pytest.mark.parametrize("model", SPREADS)
@pytest.mark.parametrize("p", [1e-300, 1e-15, 1e-9, 1 - 1e-9, 1 - 1e-16])
@pytest.mark.parametrize("to", [-500, -40, -0.25, 0, 60, 500])
def test_at_the_ends_probabilities_stay_probabilities(model: WholeNormal, p: float, to: float) -> None:
    assert 0 < model.shift(p, -3, to) < 1
    win, push = model.win_push(p, -3, to)
    assert 0 < win < 1
    assert 0 <= push < 1


@pytest.mark.parametrize("line", [math.nan, math.inf, -math.inf, 500.25, -1e300, 0.1, 1 / 3, -3.3])
def test_lines_that_are_refused(line: float) -> None:
    for ask in (
        lambda: PLAIN.shift(0.5, line, -3),
        lambda: PLAIN.shift(0.5, -3, line),
        lambda: KEYED.win_push(0.5, line, line),
        lambda: KEYED.chances(0, line),
        lambda: normal_no_push(line, -3, NBA_SD),
        lambda: normal_no_push(-3, line, NBA_SD),
    ):
        with pytest.raises(BadLine, match="quarter points"):
            ask()


@pytest.mark.parametrize("p", [0, 1, -0.1, 1.1, math.nan, math.inf])
def test_probabilities_that_are_refused(p: float) -> None:
    for model in (PLAIN, KEYED):
        for line in (-3, -3.5):
            with pytest.raises(ValueError):  # noqa: PT011
                model.shift(p, -3, line)
            with pytest.raises(ValueError):  # noqa: PT011
                model.win_push(p, -3, line)


@pytest.mark.parametrize("sd", [0, -1, 0.4, 101, math.nan, math.inf])
def test_spreads_of_results_that_are_refused(sd: float) -> None:
    with pytest.raises(ValueError, match="^sd "):
        WholeNormal("", sd)
    with pytest.raises(ValueError, match="^sd "):
        normal_no_push(-3, -5, sd)


@pytest.mark.parametrize("factors", [{3: -1.0}, {3: math.nan}, {3: 101.0}, {-3: 1.0}])
def test_factors_that_are_refused(factors: dict[int, float]) -> None:
    with pytest.raises(ValueError, match="^factors "):
        WholeNormal("", 12, factors=factors)


def test_half_a_point_is_worth_what_it_pushes() -> None:
    _, push = KEYED.win_push(0.5, -3.5, -3)
    off = worth(KEYED, 0.5, -3.5, at=-3, instead_of=-3.5)
    onto = worth(KEYED, 0.5, -3.5, at=-2.5, instead_of=-3)
    assert off == pytest.approx(push, abs=CLOSE)
    assert onto == pytest.approx(push, abs=CLOSE)
    assert worth(KEYED, 0.5, -3.5, at=-2.5, instead_of=-3.5) == pytest.approx(2 * push, abs=CLOSE)
    assert worth(KEYED, 0.5, -3.5, at=-3.5, instead_of=-2.5) == pytest.approx(-2 * push, abs=CLOSE)
    assert worth(KEYED, 0.5, -3.5, at=-3, instead_of=-3.5, price=1.5) == pytest.approx(push, abs=CLOSE)
    assert off > 2.2 * worth(PLAIN, 0.5, -3.5, at=-3, instead_of=-3.5)
