"""Moments are exact both ways, and every market has the sides it is counted by."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.quotes import CANONICAL, MIRROR, SIDES, Market, Side, from_micros, line_text, to_micros


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_are_exact_both_ways(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


def test_a_moment_is_the_same_in_every_zone() -> None:
    noon = datetime(2026, 8, 5, 12, 0, 0, 1, tzinfo=UTC)
    assert to_micros(noon.astimezone(timezone(timedelta(hours=-7)))) == to_micros(noon) == 1_785_931_200_000_001
    with pytest.raises(ValueError, match="time zone"):
        to_micros(datetime(2026, 8, 5))  # noqa: DTZ001


@pytest.mark.parametrize("market", Market)
def test_one_side_speaks_for_its_market(market: Market) -> None:
    assert CANONICAL[market] in SIDES[market]
    assert {MIRROR[side] for side in SIDES[market] if side is not Side.DRAW} == set(SIDES[market]) - {Side.DRAW}


@pytest.mark.parametrize(
    ("market", "point", "text"),
    [
        (Market.SPREADS, 3.5, "+3.5"),
        (Market.SPREADS, -7.0, "-7"),
        (Market.SPREADS, 0.0, "+0"),
        (Market.TOTALS, 214.5, "214.5"),
        (Market.H2H, None, ""),
    ],
)
def test_a_line_is_written_as_people_do(market: Market, point: float | None, text: str) -> None:
    assert line_text(market, point) == text
