"""Limits hold whatever comes at once, count what bots bet as well, and pauses cannot be shortened."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import switches
from stake import betting_queries, guard, refusals
from stake.models import BetIntent, CoolOff, Limit, StakeSession
from stake.services import betting, limits, pairs, reconcile, sessions, tallies
from stake.services.betting import Wanted
from streams import services as streams_services
from streams.ingest import ingest
from streams.models import Bet
from streams.wire import parse_message
from tests.stake.conftest import BY, START, limbo, live_session
from tests.stake.test_betting import place, truth

SURE_LOSS = "1000000"  # a Limbo target that is hardly ever reached


def set_limits(session: StakeSession | None, clock: Any, *, count_anew: bool = False, **values: Any) -> None:
    limits.set_limits(
        session_id=session.pk if session else None,
        currency="btc",
        values=guard.Limits(**values),
        by=BY,
        at=clock(),
        count_anew=count_anew,
    )


def lose(session: StakeSession, clock: Any, amount: str, ref: str) -> BetIntent:
    intent = place(session, limbo(amount, SURE_LOSS), ref, clock)
    assert intent.payout == 0
    return intent


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"max_wager": Decimal("0.05")}, "max_wager"),
        ({"daily_loss": Decimal("0.05")}, "daily_loss"),
        ({"stop_loss": Decimal("0.05")}, "stop_loss"),
    ],
)
def test_a_wager_over_a_limit_is_refused_before_it_is_sent(session, simulator, account, clock, values, code):
    set_limits(session, clock, **values)
    with pytest.raises(guard.LimitReached) as reached:
        place(session, limbo("0.06"), "much", clock)
    assert reached.value.code == code
    assert place(session, limbo("0.05"), "enough", clock).state == "recorded"
    assert len(truth(simulator, account)) == 1
    assert BetIntent.objects.count() == 1


def test_losses_add_up_over_the_day_and_begin_anew_with_the_next(session, clock):
    set_limits(session, clock, daily_loss=Decimal("0.1"))
    for number in range(3):
        lose(session, clock, "0.03", f"loss {number}")
    with pytest.raises(guard.LimitReached, match="daily loss"):
        place(session, limbo("0.02"), "over", clock)
    clock.pass_(days=1)
    assert place(session, limbo("0.02"), "next day", clock).state == "recorded"


def test_the_stop_loss_counts_until_it_is_counted_anew(session, clock):
    set_limits(session, clock, stop_loss=Decimal("0.05"))
    lose(session, clock, "0.04", "loss")
    clock.pass_(days=3)
    with pytest.raises(guard.LimitReached, match="stop-loss"):
        place(session, limbo("0.02"), "over", clock)
    set_limits(session, clock, stop_loss=Decimal("0.05"))
    with pytest.raises(guard.LimitReached, match="stop-loss"):
        place(session, limbo("0.02"), "still over", clock)
    set_limits(session, clock, stop_loss=Decimal("0.05"), count_anew=True)
    assert place(session, limbo("0.02"), "anew", clock).state == "recorded"


def test_the_take_profit_ends_it(session, clock):
    set_limits(session, clock, take_profit=Decimal("0.000001"))
    number = 0
    while place(session, limbo("0.1", "1.01"), f"nearly sure {number}", clock).payout == 0:
        number += 1
        set_limits(session, clock, take_profit=Decimal("0.000001"), count_anew=True)
    with pytest.raises(guard.LimitReached, match="take-profit"):
        place(session, limbo("0.01"), "more", clock)


def test_so_many_bets_a_minute(session, clock):
    set_limits(session, clock, bets_per_minute=2)
    for number in range(2):
        place(session, limbo(), f"bet {number}", clock)
    with pytest.raises(guard.LimitReached, match="within the last minute"):
        place(session, limbo(), "third", clock)
    clock.pass_(seconds=60)
    assert place(session, limbo(), "later", clock).state == "recorded"


def test_a_wager_above_the_threshold_needs_a_confirmation(session, clock):
    set_limits(session, clock, confirm_above=Decimal("0.05"))
    with pytest.raises(guard.NeedsConfirmation):
        place(session, limbo("0.06"), "much", clock)
    assert place(session, limbo("0.06"), "much", clock, confirmed=True).state == "recorded"
    assert place(session, limbo("0.05"), "little", clock).state == "recorded"


def test_an_unknown_outcome_counts_as_lost(session, simulator, clock):
    set_limits(session, clock, daily_loss=Decimal("0.1"))
    simulator.faults.add("drop_before", "place")
    place(session, limbo("0.06"), "lost", clock)
    other = live_session_of_same_account(session, clock, daily_loss=Decimal("0.1"))
    with pytest.raises(guard.LimitReached, match="those still open are lost"):
        place(other, limbo("0.06"), "second session", clock)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_bet_that_reaches_its_stream_while_the_limits_are_looked_at_is_not_missed(
    session, simulator, account, clock, monkeypatch, moment
):
    """It is in flight, then in its stream; whoever looks before or after its stream is read must see it in one."""
    set_limits(session, clock, daily_loss=Decimal("0.1"))
    other = live_session_of_same_account(session, clock, daily_loss=Decimal("0.1"))
    simulator.faults.add("drop_after", "place")
    lost = place(session, limbo("0.06", SURE_LOSS), "in flight", clock)
    read = tallies.money_since

    def read_while_it_is_recorded(*asked: Any) -> Any:
        lines = read(*asked) if moment == "after" else None
        assert reconcile.bet(lost.pk, now=clock).state == "recorded"
        return read(*asked) if lines is None else lines

    monkeypatch.setattr(tallies, "money_since", read_while_it_is_recorded)
    with pytest.raises(guard.LimitReached, match="daily loss"):
        place(other, limbo("0.06", SURE_LOSS), "second session", clock)
    assert BetIntent.objects.get(pk=lost.pk).state == "unknown"  # with the refused bet, it was undone


def live_session_of_same_account(session: StakeSession, clock: Any, **values: Any) -> StakeSession:
    token = StakeSession.objects.get(pk=session.pk).access_token.reveal()
    entered = sessions.Entered(label="Second", host="simulator", currency="btc", token=token)
    stored = sessions.store(entered, by=BY, now=clock)
    set_limits(stored, clock, **values)
    return sessions.set_live(stored.pk, live=True, by=BY, at=clock())


def bot_reports(session: StakeSession, nonce: int, *, amount: str, payout: str = "0", currency: str | None = "btc"):
    pair = StakeSession.objects.get(pk=session.pk)
    message = {
        "id": f"bot-{nonce}",
        "nonce": nonce,
        "amount": Decimal(amount),
        "payout": Decimal(payout),
        "game": "dice",
        "roundResult": Decimal("12.5"),
        "serverSeedHashed": pair.pair_hash,
        "clientSeed": pair.pair_client_seed,
        "dateTime": START.isoformat(),
    }
    if currency:
        message["currency"] = currency
    ingest([parse_message(message)], at=START)


@pytest.mark.parametrize("currency", ["btc", None], ids=["named", "no currency named"])
def test_what_a_bot_lost_on_the_account_counts(session, clock, currency):
    set_limits(session, clock, daily_loss=Decimal("0.1"))
    place(session, limbo("0.001"), "reads the pair", clock)
    bot_reports(session, 100, amount="0.09", currency=currency)
    with pytest.raises(guard.LimitReached, match="daily loss"):
        place(session, limbo("0.02"), "over", clock)


def test_a_bot_on_another_currency_does_not(session, clock):
    set_limits(session, clock, daily_loss=Decimal("0.1"))
    place(session, limbo("0.001"), "reads the pair", clock)
    bot_reports(session, 100, amount="0.09", currency="eth")
    assert place(session, limbo("0.02"), "other money", clock).state == "recorded"


def test_deleting_a_stream_resets_no_limit(session, clock):
    set_limits(session, clock, daily_loss=Decimal("0.1"))
    lost = lose(session, clock, "0.09", "loss")
    tallies.count_on(session.account_key)  # as the next bet would
    streams_services.delete(stream_id=lost.stream_id, at=clock())
    with pytest.raises(guard.LimitReached, match="daily loss"):
        place(session, limbo("0.02"), "over", clock)


def test_every_bet_is_counted_once_however_often_it_is_counted_on(session, clock):
    for number in range(3):
        lose(session, clock, "0.01", f"loss {number}")
        tallies.count_on(session.account_key)
        tallies.count_on(session.account_key)
    line = tallies.totals([session.account_key], "btc", day=START.date())
    assert (line.bets, line.wagered, line.result) == (3, Decimal("0.03"), Decimal("-0.03"))


def test_global_limits_are_for_real_money_only(session, clock):
    set_limits(None, clock, max_wager=Decimal("0.0001"))
    assert place(session, limbo("0.01"), "play money", clock).state == "recorded"


def real_session(ref: str) -> StakeSession:
    """A dry session at the real venue, which nobody asks, and the pair of its account."""
    row = StakeSession.objects.create(
        label=ref,
        host="stake.com",
        currency="btc",
        account_ref=ref,
        pair_hash=f"hash of {ref}",
        pair_client_seed=ref,
        created_at=START,
        created_by="tester",
    )
    pairs.note_pair(row.account_key, row.pair_hash, row.pair_client_seed, at=START)
    return row


def test_global_limits_count_what_every_real_account_lost_and_no_play_money(session, clock):
    set_limits(None, clock, daily_loss=Decimal("0.1"))
    first, second = real_session("first"), real_session("second")
    for row, lost in ((first, "0.05"), (second, "0.04")):
        assert place(row, limbo("0.0001"), "an account of ours", clock).state == "dry_run"
        bot_reports(row, 1, amount=lost)
    lose(session, clock, "0.5", "play money")
    assert betting_queries.real_accounts() == ["stake:first", "stake:second"]
    assert place(first, limbo("0.01"), "just enough", clock).state == "dry_run"
    with pytest.raises(guard.LimitReached, match=r"-0\.09 btc.* for all accounts together"):
        place(first, limbo("0.010001"), "too much", clock)
    clock.pass_(days=1)
    assert place(second, limbo("0.1"), "the next day", clock).state == "dry_run"


def test_the_sessions_own_limits_are_looked_at_first(session, clock):
    own = real_session("own")
    set_limits(None, clock, max_wager=Decimal("0.01"))
    set_limits(own, clock, max_wager=Decimal("0.02"))
    for wager, whose in (("0.03", "this session"), ("0.015", "all accounts together")):
        with pytest.raises(guard.LimitReached, match=whose):
            place(own, limbo(wager), wager, clock)


def test_a_live_session_needs_limits_for_the_currency(session, simulator, account, clock):
    order = limbo()
    with pytest.raises(refusals.NoLimits):
        place(session, type(order)(order.game, order.amount, "usdt", order.options), "usdt", clock)
    StakeSession.objects.filter(pk=session.pk).update(live=False)
    Limit.objects.all().delete()
    with pytest.raises(refusals.NoLimits):
        sessions.set_live(session.pk, live=True, by=BY, at=clock())


@pytest.mark.parametrize("whose", ["session", "all"])
def test_a_pause_stops_betting_until_it_is_over(session, simulator, account, clock, whose):
    key = session.pk if whose == "session" else None
    limits.begin_pause(session_id=key, kind="cool_off", ends_at=clock() + timedelta(hours=1), by=BY, at=clock())
    with pytest.raises(refusals.CoolingOff, match="cannot be shortened"):
        place(session, limbo(), "now", clock)
    clock.pass_(hours=1)
    assert place(session, limbo(), "later", clock).state == "recorded"
    assert len(truth(simulator, account)) == 1


def test_the_database_does_not_let_a_pause_be_shortened_or_removed(session):
    now = datetime.now(UTC)
    ends = now + timedelta(days=1)
    key = limits.begin_pause(session_id=session.pk, kind="self_exclusion", ends_at=ends, by=BY, at=now)
    rows = CoolOff.objects.filter(pk=key)
    for change in ({"ends_at": ends - timedelta(seconds=1)}, {"kind": "cool_off"}, {"session": None}):
        with pytest.raises(DatabaseError, match="shortened or changed"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="before it is over"), transaction.atomic():
        rows.delete()
    rows.update(ends_at=ends + timedelta(days=1))
    assert rows.get().ends_at == ends + timedelta(days=1)


@pytest.mark.parametrize("span", [timedelta(seconds=-1), timedelta(seconds=59), timedelta(days=2000)])
def test_a_pause_of_no_sensible_length_is_refused(session, clock, span):
    with pytest.raises(refusals.InvalidInput) as refused:
        limits.begin_pause(session_id=None, kind="cool_off", ends_at=clock() + span, by=BY, at=clock())
    assert refused.value.field == "ends_at"


def test_the_stop_of_all_betting(session, simulator, account, clock):
    switches.turn(switches.BETTING_STOPPED, True, by=BY, at=clock())
    with pytest.raises(refusals.BettingStopped):
        place(session, limbo(), "stopped", clock)
    switches.turn(switches.BETTING_STOPPED, False, by=BY, at=clock())
    assert place(session, limbo(), "again", clock).state == "recorded"


# --- At once --------------------------------------------------------------------------------------


def at_once(jobs: list[Any]) -> list[Any]:
    """Run each job in a thread of its own, started together; what each gave or raised."""
    gate = threading.Barrier(len(jobs))
    answers: list[Any] = [None] * len(jobs)

    def run(number: int, job: Any) -> None:
        try:
            gate.wait(timeout=30)
            answers[number] = job()
        except Exception as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


@pytest.mark.django_db(transaction=True)
def test_the_same_request_many_times_at_once_is_one_bet(simulator, account, clock):
    session = live_session(account, clock)
    wanted = Wanted(session.pk, limbo(), "the same")
    answers = at_once([lambda: betting.place(wanted, by=BY, now=clock)] * 8)
    assert {answer.pk for answer in answers} == {BetIntent.objects.get().pk}
    assert len(truth(simulator, account)) == Bet.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_bet_at_a_time_is_in_flight(simulator, account, clock):
    session = live_session(account, clock)
    jobs = [lambda n=n: place(session, limbo(), f"bet {n}", clock) for n in range(8)]
    answers = at_once(jobs)
    placed = [answer for answer in answers if isinstance(answer, BetIntent)]
    refused = [answer for answer in answers if isinstance(answer, refusals.SessionBusy)]
    assert len(placed) + len(refused) == 8
    assert placed
    assert {intent.state for intent in placed} == {"recorded"}
    assert len(truth(simulator, account)) == len(placed) == Bet.objects.count()


@pytest.mark.django_db(transaction=True)
def test_limits_hold_when_two_sessions_of_an_account_bet_at_once(simulator, account, clock):
    """Each bet alone keeps within the loss; together they would not."""
    first = live_session(account, clock, daily_loss=Decimal("0.1"))
    second = live_session_of_same_account(first, clock, daily_loss=Decimal("0.1"))
    for round_ in range(4):
        jobs = [
            lambda s=session, r=f"{round_} {session.label}": place(s, limbo("0.03", SURE_LOSS), r, clock)
            for session in (first, second)
        ]
        at_once(jobs)
    lost = sum(bet.amount - bet.payout for bet in truth(simulator, account))
    assert lost <= Decimal("0.1")
    assert len(truth(simulator, account)) == 3


@pytest.mark.django_db(transaction=True)
def test_nothing_is_committed_after_the_stop_has_returned(simulator, account, clock):
    session = live_session(account, clock)
    stopped_at: list[int] = []

    def stop() -> None:
        switches.turn(switches.BETTING_STOPPED, True, by=BY, at=clock())
        stopped_at.append(BetIntent.objects.count())

    jobs = [lambda n=n: place(session, limbo(), f"bet {n}", clock) for n in range(6)]
    at_once([*jobs, stop])
    assert stopped_at == [BetIntent.objects.count()]
