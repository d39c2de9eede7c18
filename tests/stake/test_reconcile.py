"""What became of a bet whose answer never came is found out by reading alone, and never by sending it again."""

from decimal import Decimal

import pytest

from stake import refusals
from stake.models import BetIntent
from stake.services import betting, history, reconcile
from stake.services.betting import Wanted
from streams.models import Bet
from tests.stake.conftest import BY, Clock, limbo, somebody, somebody_bets_limbo
from tests.stake.test_betting import place, truth


def look(session, clock: Clock, times: int = 1) -> BetIntent:
    """Look into the session as the worker does, a minute apart."""
    for _ in range(times):
        clock.pass_(seconds=61)
        reconcile.session(session.pk, now=clock)
    return BetIntent.objects.order_by("-asked_at").first()


def test_a_bet_booked_without_an_answer_is_found(session, simulator, account, clock):
    simulator.faults.add("drop_after", "place")
    assert place(session, limbo(), "lost", clock).state == "unknown"
    found = look(session, clock)
    (booked,) = truth(simulator, account)
    assert (found.state, found.provider_bet_id, found.nonce) == ("recorded", booked.id, 1)
    bet = Bet.objects.get()
    assert (bet.provider_bet_id, bet.payout, bet.round_target) == (booked.id, booked.payout, Decimal(2))


def test_not_placed_needs_two_looks_half_a_minute_apart(session, simulator, account, clock):
    simulator.faults.add("drop_before", "place")
    place(session, limbo(), "lost", clock)
    reconcile.session(session.pk, now=clock)
    clock.pass_(seconds=29)
    reconcile.session(session.pk, now=clock)
    assert BetIntent.objects.get().state == "unknown"
    clock.pass_(seconds=1)
    reconcile.session(session.pk, now=clock)
    intent = BetIntent.objects.get()
    assert (intent.state, intent.error_kind) == ("not_placed", "no_trace")
    assert not truth(simulator, account)
    assert place(session, limbo(), "next", clock).state == "recorded"


def test_a_bet_booked_late_is_still_found(session, simulator, account, clock):
    simulator.faults.add("book_late", "place", seconds=600)
    place(session, limbo(), "late", clock)
    reconcile.session(session.pk, now=clock)
    simulator.settle(now=True)
    assert look(session, clock).state == "recorded"
    assert len(truth(simulator, account)) == Bet.objects.count() == 1


def test_a_bet_booked_later_than_anybody_waits_is_found_in_the_history(session, simulator, account, clock):
    simulator.faults.add("book_late", "place", seconds=600)
    place(session, limbo(), "too late", clock)
    assert look(session, clock, times=2).state == "not_placed"
    simulator.settle(now=True)
    clock.pass_(seconds=1)
    imported = history.import_history(session_id=session.pk, pages=1, now=clock)
    assert (imported.seen, imported.conflicts) == (1, 0)
    intent = BetIntent.objects.get()
    assert (intent.state, intent.provider_bet_id) == ("recorded", truth(simulator, account)[0].id)
    assert Bet.objects.count() == 1


def test_two_bets_that_fit_are_for_a_person_to_tell_apart(session, simulator, account, clock):
    simulator.faults.add("drop_after", "place")
    place(session, limbo(), "lost", clock)
    somebody_bets_limbo(simulator, account)
    intent = look(session, clock, times=3)
    ours, theirs = reversed(truth(simulator, account))
    assert intent.state == "unknown"
    assert sorted(intent.candidates) == sorted([ours.id, theirs.id])
    decided = reconcile.decide(intent.pk, bet_id=ours.id, by=BY, now=clock)
    assert (decided.state, decided.provider_bet_id) == ("recorded", ours.id)


def test_another_persons_bet_is_not_taken_for_ours(session, simulator, account, clock):
    simulator.faults.add("drop_before", "place")
    place(session, limbo(), "lost", clock)
    somebody_bets_limbo(simulator, account, amount=0.02)
    somebody_bets_limbo(simulator, account, target=3)
    assert look(session, clock, times=2).state == "not_placed"


def test_a_rotation_meanwhile_hides_nothing(session, simulator, account, clock):
    simulator.faults.add("drop_after", "place")
    place(session, limbo(), "lost", clock)
    simulator.world.rotate(account.id, "someone-else")
    found = look(session, clock)
    assert (found.state, found.nonce) == ("recorded", 1)


def test_a_rotation_meanwhile_and_nothing_booked(session, simulator, account, clock):
    simulator.faults.add("drop_before", "place")
    place(session, limbo(), "lost", clock)
    simulator.world.rotate(account.id, "someone-else")
    assert look(session, clock, times=2).state == "not_placed"


def test_while_the_venue_is_away_nothing_is_concluded(session, simulator, account, clock):
    simulator.faults.add("drop_before", "place")
    place(session, limbo(), "lost", clock)
    simulator.faults.add("unavailable", "user", times=None)
    assert look(session, clock, times=3).state == "unknown"
    simulator.faults.clear()
    clock.pass_(minutes=10)  # the circuit is open
    assert look(session, clock, times=2).state == "not_placed"


def test_a_server_that_died_leaves_an_intent_that_is_found(session, simulator, account, clock, monkeypatch):
    """Killed after the intent was committed: whether the bet went out, nobody knows."""

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(betting, "_send", die)
    with pytest.raises(Killed):
        betting.place(Wanted(session.pk, limbo(), "killed"), by=BY, now=clock)
    assert BetIntent.objects.get().state == "in_flight"
    with pytest.raises(refusals.SessionBusy):
        place(session, limbo(), "next", clock)
    reconcile.session(session.pk, now=clock)
    assert BetIntent.objects.get().state == "in_flight"  # its sender might still wait for the answer
    assert look(session, clock, times=2).state == "not_placed"


def test_a_bet_placed_without_its_nonce_is_pending_until_it_is_known(session, simulator, account, clock):
    # The venue refuses to tell the nonce with the bet, and the look-up fails just then.
    simulator.faults.add("schema", "place", field="nonce", change="removed", times=None)
    simulator.faults.add("unavailable", "bet", times=None)
    intent = place(session, limbo(), "pending", clock)
    assert intent.state == "placed"
    assert intent.payout == truth(simulator, account)[0].payout
    assert not Bet.objects.exists()
    simulator.faults.clear()
    clock.pass_(minutes=10)
    assert look(session, clock).state == "recorded"
    assert Bet.objects.get().nonce == 1


def test_what_was_decided_by_hand_stays(session, simulator, account, clock):
    simulator.faults.add("drop_before", "place")
    intent = place(session, limbo(), "lost", clock)
    assert reconcile.decide(intent.pk, bet_id=None, by=BY, now=clock).state == "not_placed"
    with pytest.raises(refusals.SessionBusy):
        reconcile.decide(intent.pk, bet_id=None, by=BY, now=clock)


def test_a_bet_of_another_wager_is_not_accepted_by_hand(session, simulator, account, clock):
    simulator.faults.add("drop_before", "place")
    intent = place(session, limbo(), "lost", clock)
    (other,) = somebody_bets_limbo(simulator, account, amount=0.02)
    with pytest.raises(refusals.InvalidInput) as refused:
        reconcile.decide(intent.pk, bet_id=other["id"], by=BY, now=clock)
    assert refused.value.field == "bet_id"
    assert BetIntent.objects.get().state == "unknown"


def test_the_import_is_idempotent_and_brings_what_others_bet(session, simulator, account, clock):
    place(session, limbo(), "ours", clock)
    options = {"target": 50, "condition": "above"}
    somebody(simulator, account, game="dice", amount=0.02, currency="btc", options=options, times=3)
    first = history.import_history(session_id=session.pk, pages=4, now=clock)
    assert (first.seen, first.new, first.known) == (4, 3, 1)
    again = history.import_history(session_id=session.pk, pages=4, now=clock)
    assert (again.seen, again.new, again.known) == (4, 0, 4)
    assert sorted(Bet.objects.values_list("nonce", flat=True)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("house:123", ("house:123", None)),
        ("house: 123,456,789", ("house:123456789", None)),
        ("Casino: 12 345", ("casino:12345", None)),
        ("https://stake.com/?iid=house%3A77&modal=bet", ("house:77", None)),
        (
            "https://stake.com/?betId=0e7d5f4e-2a35-4cf1-9a5c-0d3d6b3c9a11&modal=bet",
            (None, "0e7d5f4e-2a35-4cf1-9a5c-0d3d6b3c9a11"),
        ),
        ("0E7D5F4E-2A35-4CF1-9A5C-0D3D6B3C9A11", (None, "0e7d5f4e-2a35-4cf1-9a5c-0d3d6b3c9a11")),
    ],
)
def test_every_form_of_an_id_is_read(text, name):
    read = history.read_name(text)
    assert (read.iid, read.bet_id) == name


@pytest.mark.parametrize("text", ["", "house:", "123", "house:12x", "x" * 10_000, "https://stake.com/", "house:१२"])
def test_what_is_no_id_is_refused(text):
    with pytest.raises(refusals.InvalidInput):
        history.read_name(text)


def test_looking_up_tells_the_stream(session, simulator, account, clock):
    place(session, limbo(), "ours", clock)
    booked = truth(simulator, account)[0]
    found = history.look_up(history.read_name(booked.iid), session_id=session.pk, now=clock)
    assert (found.bet.id, found.stream_id) == (booked.id, Bet.objects.get().stream.public_id)
    assert found.bet.server_seed is None
