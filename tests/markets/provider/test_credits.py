"""The credit ledger: what is counted, what is refused, and several processes at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from markets.credits import DAY, Ledger, balance, counted, remaining_now, spending
from markets.models import ProviderCall
from markets.provider import contract
from markets.provider.client import Outcome, Usage
from markets.provider.errors import BudgetRefused, Limit
from markets.quotes import to_micros

NOW = datetime(2026, 1, 10, 17, tzinfo=UTC)
ODDS = contract.odds("basketball_nba", contract.scope(["spreads", "totals", "h2h"], ["us"]))
FREE = contract.events("basketball_nba")
HISTORY = contract.historical_odds("basketball_nba", NOW, contract.scope(["h2h"], ["us"]))


def ledger(at=NOW, *, simulated=False, **limits):
    return Ledger(is_simulated=simulated, now=lambda: at, **limits)


def answered(last=None, remaining=None, *, status=200, error=""):
    return Outcome(Usage(last, None, remaining), status, error, 12, NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("outcome", "count"),
    [
        (answered(2), 2),  # the provider's figure counts
        (answered(0), 0),  # an empty answer is free
        (answered(None), 3),  # it does not say: the most that it may be
        (answered(None, status=503, error="UNAVAILABLE"), 0),
        (answered(1, status=422, error="INVALID_MARKET"), 1),
        (answered(None, status=None, error="TIMED_OUT"), 3),  # it may have been charged
        (answered(None, status=None, error="NOT_CONNECTED"), 0),
        (None, 3),  # the process was killed
    ],
)
def test_what_a_request_counts_for(outcome, count):
    book = ledger()
    number = book.before(ODDS, 1)
    if outcome is not None:
        book.after(number, outcome)
    assert counted(NOW - DAY, NOW, is_simulated=False) == count
    assert book.spent == count
    assert spending(NOW - DAY, NOW, is_simulated=False).after(to_micros(NOW)) == count
    assert counted(NOW - DAY, NOW, is_simulated=True) == 0


@pytest.mark.django_db
def test_a_row_says_what_was_asked_and_what_came():
    book = ledger()
    book.after(book.before(ODDS, 2), answered(3, 100))
    row = ProviderCall.objects.get()
    assert (row.endpoint, row.sport, row.attempt, row.expected_credits) == ("odds", "basketball_nba", 2, 3)
    assert (row.credits, row.remaining, row.status, row.error, row.milliseconds) == (3, 100, 200, "", 12)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limits", "limit", "sentence"),
    [
        ({"daily": 5}, Limit.DAY, "2 of the day's 5 are left"),
        ({"most": 5}, Limit.RUN, "2 of 5 are left"),
        ({"least_remaining": 96}, Limit.REMAINING, "has 97 left, of which 96 are to remain"),
    ],
)
def test_a_call_that_may_go_too_far_is_not_written(limits, limit, sentence):
    book = ledger(**limits)
    book.after(book.before(ODDS, 1), answered(3, 97))
    with pytest.raises(BudgetRefused, match=sentence) as refused:
        book.before(ODDS, 1)
    assert refused.value.limit is limit
    assert ProviderCall.objects.count() == 1
    book.before(FREE, 1)  # what is free is always asked


@pytest.mark.django_db
def test_the_day_moves_on():
    book = ledger(daily=5)
    book.after(book.before(ODDS, 1), answered(3))
    with pytest.raises(BudgetRefused):
        ledger(NOW + timedelta(hours=23, minutes=59), daily=5).before(ODDS, 1)
    ledger(NOW + timedelta(hours=24, seconds=1), daily=5).before(ODDS, 1)


@pytest.mark.django_db
def test_history_does_not_use_up_the_polls_of_a_day():
    book = ledger(daily=5)
    book.after(ledger_number := book.before(contract.events("nba"), 1), answered(0))
    assert ledger_number
    history = ledger()
    history.after(history.before(HISTORY, 1), answered(10))
    book.before(ODDS, 1)
    assert balance(NOW, is_simulated=False).counted_day == 13


@pytest.mark.django_db
def test_what_remains_is_less_what_is_on_its_way():
    book = ledger()
    assert remaining_now(is_simulated=False) is None
    book.after(book.before(ODDS, 1), answered(3, 10))
    book.before(ODDS, 1)
    assert remaining_now(is_simulated=False) == 7
    book.before(ODDS, 1)
    book.before(ODDS, 1)
    with pytest.raises(BudgetRefused, match="the provider has 1 left"):
        book.before(ODDS, 1)


@pytest.mark.django_db
def test_calls_of_another_simulation_count_for_nothing():
    later = ledger(NOW + timedelta(days=90), simulated=True, daily=3)
    later.before(ODDS, 1)
    ledger(simulated=True, daily=3).before(ODDS, 1)
    real = ledger(NOW + timedelta(days=90), daily=3)
    real.before(ODDS, 1)
    with pytest.raises(BudgetRefused):  # a real clock that was set back forgets nothing
        ledger(daily=3).before(ODDS, 1)


@pytest.mark.django_db(transaction=True)
def test_several_at_once_stay_within_the_budget():
    barrier, written, refused = threading.Barrier(6), [], []

    def spend():
        try:
            barrier.wait(30)
            for _ in range(4):
                try:
                    written.append(ledger(daily=30).before(ODDS, 1))
                except BudgetRefused:
                    refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=spend) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(written), len(refused)) == (10, 14)
    assert counted(NOW - DAY, NOW, is_simulated=False) == 30
