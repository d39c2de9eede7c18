"""What the close says of a signal: signs, mirrors, and every reason for no grade."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.closing import Closing
from markets.consensus import Consensus
from markets.grading import Claim, Graded, Ungraded, grade
from markets.margins import WholeNormal
from markets.quotes import HOUR, Market, Side
from markets.signals import Kind, Resolution, Timing
from markets.sports import SportModel, for_sport

AT, CLOSE = 10 * HOUR, 20 * HOUR
NBA = for_sport("basketball_nba")
NONE = SportModel("curling")
MIRRORS = {Side.HOME: Side.AWAY, Side.AWAY: Side.HOME, Side.OVER: Side.UNDER, Side.UNDER: Side.OVER}
# Symmetric around each line, so that mirrored claims have exactly mirrored grades.
PLAIN = SportModel("plain", spreads=WholeNormal("margins", 12.17), totals=WholeNormal("totals", 17.71, rising=True))


def claim(
    market: Market,
    towards: Side,
    point: float | None,
    price: float | None = 1 + 100 / 110,
    *,
    line: float | None = None,
    fair: tuple[float, ...] = (0.5, 0.5),
    value: float | None = -0.02,
) -> Claim:
    return Claim(
        "e", market, Kind.MOVE, AT, towards, Timing.TIMED, Resolution.WINDOW, line, fair, "betmgm", point, price, value
    )


def close(market: Market, line: float | None, *fair: float) -> Closing:
    return Closing("e", market, CLOSE, CLOSE + HOUR, Consensus(line, fair, 5, 5, 5.0, 0.01), ())


SPREADS, TOTALS, H2H = Market.SPREADS, Market.TOTALS, Market.H2H


class TestValue:
    def test_a_price_against_a_fair_close(self) -> None:
        """Odds of 2.5 that close fair at 2.00 are worth a quarter of the wager."""
        found = grade(claim(H2H, Side.HOME, None, 2.5), close(H2H, None, 0.5, 0.5), NONE)
        assert found == Graded(
            win=0.5,
            push=0.0,
            clv=0.25,
            probability=0.1,
            against_consensus=-0.02,
            moved_on=0.0,
            confirmed=False,
        )

    @pytest.mark.parametrize(
        ("model", "market", "side", "taken", "closed", "points", "win", "push", "clv"),
        [
            (NBA, SPREADS, Side.HOME, -3.0, -5.0, 2.0, 0.5490, 0.0323, 0.0805),
            (PLAIN, SPREADS, Side.HOME, 3.5, 2.5, 1.0, 0.5328, 0.0, 0.0171),
            (PLAIN, TOTALS, Side.OVER, 221.5, 223.5, 2.0, 0.5450, 0.0, 0.0404),
        ],
    )
    def test_a_line_that_moved(
        self,
        model: SportModel,
        market: Market,
        side: Side,
        taken: float,
        closed: float,
        points: float,
        win: float,
        push: float,
        clv: float,
    ) -> None:
        """The first is a worked example with the NBA's pushes; the others are Normal, and half points never push."""
        found = grade(claim(market, side, taken, line=taken), close(market, closed, 0.5, 0.5), model)
        assert found.points == points
        assert found.win == pytest.approx(win, abs=0.01)
        assert found.push == pytest.approx(push, abs=0.01)
        assert found.clv == pytest.approx(clv, abs=0.02)

    @pytest.mark.parametrize(
        ("market", "side", "taken", "closed", "points"),
        [
            (SPREADS, Side.HOME, -3.0, -5.0, 2.0),
            (SPREADS, Side.HOME, -5.0, -3.0, -2.0),
            (SPREADS, Side.AWAY, 5.0, -3.0, 2.0),
            (SPREADS, Side.AWAY, 3.0, -5.0, -2.0),
            (SPREADS, Side.HOME, 1.5, -1.5, 3.0),
            (TOTALS, Side.OVER, 221.5, 224.0, 2.5),
            (TOTALS, Side.UNDER, 224.0, 221.5, 2.5),
            (TOTALS, Side.UNDER, 221.5, 224.0, -2.5),
            (SPREADS, Side.HOME, -3.0, -3.0, 0.0),
        ],
    )
    def test_a_better_line_has_points_and_value_of_one_sign(
        self, market: Market, side: Side, taken: float, closed: float, points: float
    ) -> None:
        found = grade(claim(market, side, taken, 2.0), close(market, closed, 0.5, 0.5), NBA)
        assert found.points == points
        assert found.clv is not None
        assert (found.clv > 1e-9) == (points > 0)
        assert (found.clv < -1e-9) == (points < 0)

    @given(
        st.sampled_from([(SPREADS, Side.HOME), (TOTALS, Side.OVER)]),
        st.integers(-20, 20).map(lambda half: half / 2),
        st.integers(-20, 20).map(lambda half: half / 2),
        st.floats(0.2, 0.8),
        st.floats(0.2, 0.8),
    )
    def test_home_and_away_over_and_under_are_mirrored(
        self, of: tuple[Market, Side], taken: float, closed: float, then: float, now: float
    ) -> None:
        """What is true of home at −3 when the margin is +4 is true of away at −3 when it is −4; so with totals."""
        market, side = of
        here = grade(
            claim(market, side, taken, line=taken, fair=(then, 1 - then)), close(market, closed, now, 1 - now), PLAIN
        )
        mirrored = -1.0  # the away handicap, or the total counted from 0 downwards
        other_point = taken if market is SPREADS else mirrored * taken
        there = grade(
            claim(market, MIRRORS[side], other_point, line=mirrored * taken, fair=(1 - then, then)),
            close(market, mirrored * closed, 1 - now, now),
            PLAIN,
        )
        for name, value in asdict(here).items():
            if isinstance(value, float):
                assert getattr(there, name) == pytest.approx(value, abs=2e-9), name
        assert there.confirmed == here.confirmed or abs(abs(here.moved_on or 0) - 0.005) < 1e-8

    def test_a_draw_is_an_outcome_of_its_own(self) -> None:
        found = grade(claim(H2H, Side.DRAW, None, 3.6, fair=(0.5, 0.25, 0.25)), close(H2H, None, 0.5, 0.2, 0.3), NONE)
        assert (found.win, found.clv, found.moved_on, found.confirmed) == (0.3, 0.08, 0.05, True)

    def test_a_tie_is_a_tie(self) -> None:
        assert grade(claim(H2H, Side.AWAY, None, 2.0), close(H2H, None, 0.5, 0.5), NONE).clv == 0


class TestConfirmed:
    @pytest.mark.parametrize(
        ("towards", "now", "moved_on", "confirmed"),
        [
            (Side.HOME, 0.55, 0.05, True),
            (Side.HOME, 0.505, 0.005, False),  # not by more than half a percentage point
            (Side.HOME, 0.505001, 0.005001, True),
            (Side.HOME, 0.45, -0.05, False),
            (Side.AWAY, 0.45, 0.05, True),
            (Side.AWAY, 0.55, -0.05, False),
        ],
    )
    def test_the_close_moved_further_its_way(self, towards: Side, now: float, moved_on: float, confirmed: bool) -> None:
        found = grade(claim(H2H, towards, None), close(H2H, None, now, 1 - now), NONE)
        assert (found.moved_on, found.confirmed) == (pytest.approx(moved_on), confirmed)

    def test_lines_are_compared_by_the_model(self) -> None:
        found = grade(claim(SPREADS, Side.HOME, -3.5, line=-3.5), close(SPREADS, -5.5, 0.5, 0.5), NBA)
        assert found.moved_on == pytest.approx(0.06, abs=0.02)
        assert found.confirmed

    def test_without_a_model_it_is_not_known(self) -> None:
        found = grade(claim(SPREADS, Side.HOME, -5.5, line=-3.5), close(SPREADS, -5.5, 0.5, 0.5), NONE)
        assert (found.ungraded, found.moved_on, found.confirmed) == (None, None, None)

    def test_it_needs_no_entry(self) -> None:
        found = grade(claim(H2H, Side.HOME, None, None), close(H2H, None, 0.6, 0.4), NONE)
        assert found == Graded(Ungraded.NO_ENTRY, moved_on=0.1, confirmed=True)


class TestUngraded:
    @pytest.mark.parametrize(
        ("of", "at_close", "reason"),
        [
            (claim(H2H, Side.HOME, None), None, Ungraded.NOT_POLLED),
            (claim(H2H, Side.HOME, None)._replace(at=CLOSE + 1), close(H2H, None, 0.5, 0.5), Ungraded.AFTER_CLOSE),
            (claim(H2H, Side.HOME, None), close(H2H, None, 0.5, 0.5)._replace(held=None), Ungraded.NO_CLOSE),
            (claim(H2H, Side.HOME, None, None), close(H2H, None, 0.5, 0.5), Ungraded.NO_ENTRY),
            (claim(H2H, Side.DRAW, None), close(H2H, None, 0.5, 0.5), Ungraded.OUTCOME),
            (claim(SPREADS, Side.HOME, -3.5), close(SPREADS, -4.5, 0.5, 0.5), Ungraded.NO_MODEL),
            (claim(TOTALS, Side.UNDER, 44.5), close(TOTALS, 45.5, 0.5, 0.5), Ungraded.NO_MODEL),
        ],
    )
    def test_every_reason(self, of: Claim, at_close: Closing | None, reason: Ungraded) -> None:
        found = grade(of, at_close, NONE)
        assert (found.ungraded, found.clv, found.win, found.points) == (reason, None, None, None)

    def test_a_signal_of_the_closing_poll_is_graded(self) -> None:
        of = claim(H2H, Side.HOME, None)._replace(at=CLOSE)
        assert grade(of, close(H2H, None, 0.5, 0.5), NONE).ungraded is None

    def test_reasons_fit_their_column(self) -> None:
        assert max(len(reason) for reason in Ungraded) <= 40
