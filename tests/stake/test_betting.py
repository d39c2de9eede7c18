"""A bet is placed once, whatever is asked how often, and it is in its stream when the answer comes."""

from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest

from accounts import switches
from accounts.models import AuditRow
from stake import refusals
from stake.models import BetIntent, StakeSession
from stake.services import betting, reconcile, recording, venues
from stake.services.betting import Wanted
from stake.simulator.server import Simulator
from streams.models import Bet, Stream
from tests.stake.conftest import BY, START, Clock, dice, limbo, pump


def place(session: StakeSession, order: Any, ref: str, clock: Clock, **more: Any) -> BetIntent:
    return betting.place(Wanted(session.pk, order, ref, **more), by=BY, now=clock)


def truth(simulator: Simulator, account: Any) -> list[Any]:
    return simulator.world.history(account.id, limit=50, offset=0)


@pytest.mark.parametrize("order", [limbo(), pump(), dice()], ids=["limbo", "pump", "dice"])
def test_it_works(session, simulator, account, clock, order):
    intent = place(session, order, "first", clock)
    assert (intent.state, intent.error) == ("recorded", "")
    (booked,) = truth(simulator, account)
    bet = Bet.objects.get()
    assert (bet.provider, bet.provider_bet_id, bet.nonce, bet.amount) == ("stake", booked.id, 1, Decimal("0.01"))
    assert (bet.game, bet.currency) == (order.game, "btc")
    assert bet.payout == booked.payout
    assert intent.stream_id == bet.stream.public_id
    assert (intent.bet_seq, intent.nonce) == (bet.seq, 1)
    assert bet.stream.simulated
    assert bet.stream.client_seed == account.pair.client_seed


def test_the_same_client_ref_is_the_same_bet(session, simulator, account, clock):
    first = place(session, limbo(), "same", clock)
    again = place(session, limbo(), "same", clock)
    assert again.pk == first.pk
    assert len(truth(simulator, account)) == 1
    assert Bet.objects.count() == 1


def test_a_client_ref_names_one_bet_only(session, simulator, account, clock):
    place(session, limbo(), "same", clock)
    with pytest.raises(refusals.ClientRefReused):
        place(session, limbo(target="3"), "same", clock)
    assert len(truth(simulator, account)) == 1


def test_bets_of_one_pair_share_a_stream(session, clock):
    for number, order in enumerate([limbo(), dice(), pump()]):
        place(session, order, f"bet {number}", clock)
    stream = Stream.objects.get()
    assert (stream.bets, stream.games, stream.last_nonce) == (3, ["dice", "limbo", "pump"], 3)


def test_a_dry_run_sends_and_stores_nothing(session, simulator, account, clock):
    StakeSession.objects.update(live=False)
    intent = place(session, limbo(), "dry", clock)
    assert intent.state == "dry_run"
    assert round(intent.expected_loss, 8) == Decimal("0.0001")
    assert not truth(simulator, account)
    assert not Bet.objects.exists()
    assert AuditRow.objects.filter(action="stake.bet.dry_run").count() == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "error", "error_type": "insufficientBalance"}, "insufficient_balance"),
        ({"kind": "error", "error_type": "insignificantBet"}, "invalid_bet"),
        ({"kind": "error", "error_type": "parallelCasinoBet"}, "parallel_bet"),
        ({"kind": "error", "error_type": "existingGame"}, "existing_game"),
        ({"kind": "unauthorized"}, "invalid_session"),
        ({"kind": "cloudflare"}, "cloudflare_blocked"),
        ({"kind": "rate_limit"}, "rate_limited"),
    ],
)
def test_what_proves_that_nothing_was_placed(session, simulator, account, clock, fault, kind):
    simulator.faults.add(fault.pop("kind"), "place", **fault)
    intent = place(session, limbo(), "refused", clock)
    assert (intent.state, intent.error_kind) == ("not_placed", kind)
    assert not truth(simulator, account)
    # The next bet is not held up.
    assert place(session, limbo(), "next", clock).state == "recorded"


@pytest.mark.parametrize(
    ("fault", "booked"),
    [
        ({"kind": "drop_before"}, False),
        ({"kind": "drop_after"}, True),
        ({"kind": "truncate"}, True),
        ({"kind": "cut"}, True),
        ({"kind": "unavailable"}, False),
        ({"kind": "unavailable", "booked": True}, True),
        ({"kind": "server_error", "booked": True}, True),
        ({"kind": "not_json", "booked": True}, True),
        ({"kind": "error", "error_type": "internalError"}, False),
        ({"kind": "error", "error_type": "internalError", "booked": True}, True),
        ({"kind": "null_data", "booked": True}, True),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else str(value),
)
def test_what_proves_nothing_leaves_the_outcome_unknown(session, simulator, account, clock, fault, booked):
    simulator.faults.add(fault.pop("kind"), "place", **fault)
    intent = place(session, limbo(), "lost", clock)
    assert intent.state == "unknown"
    assert len(truth(simulator, account)) == booked
    with pytest.raises(refusals.SessionBusy, match="not known yet"):
        place(session, limbo(), "next", clock)
    assert len(truth(simulator, account)) == booked
    assert not Bet.objects.exists()


def test_an_error_beside_the_data_is_no_error(session, simulator, account, clock):
    simulator.faults.add("error_beside", "place", error_type="internalError")
    assert place(session, limbo(), "beside", clock).state == "recorded"


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (limbo(target="1"), "target"),
        (pump(pumps=25), "pumps"),
        (dice(condition="beside"), "condition"),
        (limbo(amount="NaN"), "amount"),
        (limbo(amount="-1"), "amount"),
        (limbo(amount="Infinity"), "amount"),
    ],
)
def test_it_names_the_field_that_is_wrong(session, clock, order, field):
    with pytest.raises(refusals.InvalidInput) as refused:
        place(session, order, "wrong", clock)
    assert refused.value.field == field
    assert not BetIntent.objects.exists()


@pytest.mark.parametrize("ref", ["", "x" * 101, "new\nline", "nul\0"])
def test_it_refuses_a_client_ref_that_cannot_be_kept(session, clock, ref):
    with pytest.raises(refusals.InvalidInput) as refused:
        place(session, limbo(), ref, clock)
    assert refused.value.field == "client_ref"


def test_an_answer_with_another_intents_bet_settles_nothing(session, simulator, account, clock, monkeypatch):
    first = place(session, limbo(), "first", clock)
    told = venues.Venue.look_up(line(session), bet_id=first.provider_bet_id)
    monkeypatch.setattr(venues.Venue, "place", lambda venue, order, identifier: told)
    second = place(session, limbo(), "second", clock)
    assert (second.state, second.error_kind, second.provider_bet_id) == ("unknown", "other_bet", None)
    assert Bet.objects.count() == len(truth(simulator, account)) == 1


def test_a_placed_bet_is_known_even_if_its_stream_cannot_be_written(session, simulator, account, clock, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(recording, "ingest", Mock(side_effect=RuntimeError("no stream today")))
        intent = place(session, limbo(), "kept", clock)
    (booked,) = truth(simulator, account)
    assert (intent.state, intent.provider_bet_id, intent.payout) == ("placed", booked.id, booked.payout)
    assert (intent.stream_id, Bet.objects.count()) == (None, 0)
    assert AuditRow.objects.filter(action="stake.bet.placed").count() == 1
    assert reconcile.bet(intent.pk, now=clock).state == "recorded"
    assert Bet.objects.get().provider_bet_id == booked.id


def test_a_bet_that_is_refused_anyway_asks_the_venue_nothing(session, clock):
    switches.turn(switches.BETTING_STOPPED, True, by=BY, at=clock())
    with pytest.raises(refusals.BettingStopped):
        place(session, limbo(), "stopped", clock)
    session.refresh_from_db()
    assert session.pair_read_at is None


def test_an_old_pair_is_read_again_before_a_bet(session, account, clock):
    place(session, limbo(), "first", clock)
    clock.pass_(minutes=10)
    place(session, limbo(), "with the pair that is known", clock)
    session.refresh_from_db()
    assert session.pair_read_at == START
    clock.pass_(seconds=1)
    intent = place(session, limbo(), "with the pair of now", clock)
    session.refresh_from_db()
    assert (session.pair_read_at, intent.asked_at, intent.state) == (clock(), clock(), "recorded")
    assert (intent.nonce_before, intent.nonce, session.pair_nonce) == (2, 3, 3)


def line(session: StakeSession) -> venues.Venue:
    token = StakeSession.objects.get(pk=session.pk).access_token.reveal()
    return venues.open_line("simulator", token=token, clearance=None, user_agent=None)
