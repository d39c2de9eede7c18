"""The sums and sentences of limits, without a database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stake.guard import LimitReached, Limits, NeedsConfirmation, Rules, Standing, check

EVEN = Standing(Decimal(0), Decimal(0), Decimal(0), 0)
amounts = st.decimals(min_value=0, max_value=1000, places=8, allow_nan=False, allow_infinity=False)
results = st.decimals(min_value=-1000, max_value=1000, places=8, allow_nan=False, allow_infinity=False)


def rules(**values: object) -> Rules:
    return Rules("this session", "btc", Limits(**values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limits", "standing", "wager", "sentence"),
    [
        ({"max_wager": Decimal(1)}, EVEN, "1.5", "The wager of 1.5 btc is above the limit of 1 btc for this session."),
        (
            {"daily_loss": Decimal(2)},
            Standing(Decimal(-1), Decimal(0), Decimal(0), 0),
            "1.1",
            "Today's result is -1 btc; if this bet is lost, it passes the daily loss of 2 btc for this session.",
        ),
        (
            {"stop_loss": Decimal(2)},
            Standing(Decimal(0), Decimal("0.5"), Decimal(1), 0),
            "1.6",
            "The result counted is +0.5 btc; if this bet and those still open are lost, it passes the stop-loss of 2 "
            "btc for this session.",
        ),
        (
            {"take_profit": Decimal(1)},
            Standing(Decimal(0), Decimal(1), Decimal(0), 0),
            "0.1",
            "The result counted is +1 btc; it has reached the take-profit of 1 btc for this session.",
        ),
        (
            {"bets_per_minute": 3},
            Standing(Decimal(0), Decimal(0), Decimal(0), 3),
            "0.1",
            "3 bets were placed within the last minute; the limit is 3 for this session.",
        ),
    ],
)
def test_it_says_which_limit(limits, standing, wager, sentence):
    with pytest.raises(LimitReached) as reached:
        check(rules(**limits), standing, wager=Decimal(wager), confirmed=True)
    assert str(reached.value) == sentence


@pytest.mark.parametrize("wager", ["0", "1"])
def test_what_just_reaches_a_limit_is_within_it(wager):
    limits = rules(max_wager=Decimal(1), daily_loss=Decimal(1), stop_loss=Decimal(1), confirm_above=Decimal(1))
    check(limits, EVEN, wager=Decimal(wager), confirmed=False)


def test_without_limits_everything_goes():
    check(rules(), Standing(Decimal(-99), Decimal(-99), Decimal(99), 99), wager=Decimal(10**12), confirmed=False)


def test_a_limit_comes_before_the_confirmation():
    with pytest.raises(LimitReached) as reached:
        check(rules(max_wager=Decimal(1), confirm_above=Decimal(0)), EVEN, wager=Decimal(2), confirmed=False)
    assert not isinstance(reached.value, NeedsConfirmation)


@given(limit=amounts, today=results, at_risk=amounts, wager=amounts)
def test_whatever_is_lost_the_daily_loss_holds(limit, today, at_risk, wager):
    standing = Standing(today, Decimal(0), at_risk, 0)
    try:
        check(rules(daily_loss=limit), standing, wager=wager, confirmed=True)
    except LimitReached:
        assert today - at_risk - wager < -limit
    else:
        assert today - at_risk - wager >= -limit
