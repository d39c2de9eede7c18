"""What a bot reports and what we placed of one nonce is one row, whoever comes first; a difference is a conflict."""

from decimal import Decimal
from typing import Any

import pytest

from stake.models import StakeSession
from stake.services import reconcile, tallies
from stake.simulator.server import Simulator
from streams.ingest import ingest
from streams.models import Bet, BetSource, Conflict, Stream
from streams.wire import parse_message
from tests.stake.conftest import START, Clock, dice, limbo, pump
from tests.stake.test_betting import place, truth

ORDERS = {"limbo": limbo(), "pump": pump(), "dice": dice()}


def report(booked: Any, session: StakeSession, **changed: Any) -> dict[str, Any]:
    """The bet as Antebot's script would send it."""
    told: dict[str, Any] = {
        "id": booked.id,
        "nonce": booked.nonce,
        "amount": booked.amount,
        "payout": booked.payout,
        "game": booked.game,
        "currency": booked.currency,
        "serverSeedHashed": session.pair_hash,
        "clientSeed": session.pair_client_seed,
        "dateTime": START.isoformat(),
    }
    if booked.game == "limbo":
        told |= {"roundTarget": Decimal(2), "roundResult": Decimal(str(booked.state["result"]))}
    if booked.game == "pump":
        told |= {"difficulty": "easy", "roundTarget": Decimal("1.02"), "roundResult": Decimal("1.02")}
    if booked.game == "dice":
        told |= {"roundResult": Decimal(str(booked.state["result"]))}
    return {**told, **changed}


def placed(session: StakeSession, simulator: Simulator, account: Any, clock: Clock, game: str) -> tuple[Any, Any]:
    place(session, ORDERS[game], "ours", clock)
    session.refresh_from_db()
    return truth(simulator, account)[0], session


@pytest.mark.parametrize("game", ORDERS)
@pytest.mark.parametrize("bet_id", ["the same id", "an id of its own"])
def test_the_bots_report_of_our_bet_is_no_second_row(session, simulator, account, clock, game, bet_id):
    booked, session = placed(session, simulator, account, clock, game)
    before = Bet.objects.get()
    told = report(booked, session) if bet_id == "the same id" else report(booked, session, id="antebot-1")
    (outcome,) = ingest([parse_message(told)], at=clock())
    assert not outcome.conflict
    after = Bet.objects.get()
    assert (after.pk, after.seq, after.provider, after.amount, after.payout) == (
        *(before.pk, before.seq, "stake"),
        *(before.amount, before.payout),
    )
    # What the venue does not tell of a Pump round, the bot does.
    assert after.round_result == told["roundResult"]
    assert [row.provider for row in BetSource.objects.all()] == ["antebot"]
    stream = Stream.objects.get()
    assert (stream.bets, stream.rounds, stream.results, stream.conflicts) == (1, 1, 1, 0)
    assert tallied(session) == 1


@pytest.mark.parametrize("game", ORDERS)
def test_our_bet_that_the_bot_reported_first_is_no_second_row(session, simulator, account, clock, game):
    simulator.faults.add("drop_after", "place")  # the bot hears of it, we do not
    place(session, ORDERS[game], "ours", clock)
    session.refresh_from_db()
    booked = truth(simulator, account)[0]
    ingest([parse_message(report(booked, session, id="antebot-1"))], at=clock())
    clock.pass_(seconds=61)
    assert reconcile.session(session.pk, now=clock)
    bet = Bet.objects.get()
    assert (bet.provider, bet.provider_bet_id) == ("antebot", "antebot-1")
    assert [(row.provider, row.provider_bet_id) for row in BetSource.objects.all()] == [("stake", booked.id)]
    assert session.intents.get().bet_seq == bet.seq
    assert tallied(session) == 1


def tallied(session: StakeSession) -> int:
    tallies.count_on(session.account_key)
    return tallies.totals([session.account_key], "btc").bets


@pytest.mark.parametrize(
    "changed",
    [{"payout": Decimal(7)}, {"amount": Decimal("0.02")}, {"roundResult": Decimal("1.5")}, {"game": "limbo"}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_difference_is_kept_as_a_conflict(session, simulator, account, clock, changed):
    booked, session = placed(session, simulator, account, clock, "dice")
    told = report(booked, session, id="antebot-1", **changed)
    (outcome,) = ingest([parse_message(told)], at=clock())
    assert outcome.conflict
    assert Bet.objects.count() == 1
    assert Conflict.objects.get().provider_bet_id == "antebot-1"
    assert not BetSource.objects.exists()


def test_our_bet_that_contradicts_the_bot_is_recorded_as_a_conflict(session, simulator, account, clock):
    session.refresh_from_db()
    place(session, limbo("0"), "reads the pair", clock)
    session.refresh_from_db()
    wrong = {
        "id": "antebot-2",
        "nonce": 2,
        "amount": Decimal(5),
        "payout": Decimal(0),
        "game": "dice",
        "serverSeedHashed": session.pair_hash,
        "clientSeed": session.pair_client_seed,
    }
    ingest([parse_message(wrong)], at=clock())
    intent = place(session, limbo(), "contradicted", clock)
    assert (intent.state, intent.nonce, intent.bet_seq) == ("recorded", 2, None)
    assert Conflict.objects.get().provider_bet_id == intent.provider_bet_id


def test_heartbeats_and_bets_of_both_make_one_stream(session, simulator, account, clock):
    place(session, dice(), "ours", clock)
    session.refresh_from_db()
    heartbeats = [
        {
            "type": "heartbeat",
            "nonce": nonce,
            "game": "dice",
            "roundResult": Decimal("10.01"),
            "serverSeedHashed": session.pair_hash,
            "clientSeed": session.pair_client_seed,
        }
        for nonce in (2, 3)
    ]
    ingest([parse_message(each) for each in heartbeats], at=clock())
    stream = Stream.objects.get()
    assert (stream.bets, stream.rounds, stream.first_nonce, stream.last_nonce) == (1, 3, 1, 3)
    assert stream.simulated
