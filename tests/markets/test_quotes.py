"""Moments are exact both ways, and every market has the sides it is counted by."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.quotes import CANONICAL, MIRROR, SIDES, Market, Side, from_micros, to_micros


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
