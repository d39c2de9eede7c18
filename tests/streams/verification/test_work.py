"""A stream compared with its seeds: every row counted once, whatever stops the work."""

from decimal import Decimal
from functools import partial

import pytest

from streams import services as stream_services
from streams.example import SERVER_SEED
from streams.ingest import ingest
from streams.models import Stream, StreamVerification, VerificationFinding
from streams.queries import get_stream
from streams.queries.verification import get_verification, list_findings
from streams.verification import services, work
from streams.wire import parse_message
from tests.streams.api.client import archived
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, bet_record, heartbeat
from tests.streams.verification.world import PAIR, arrive, result_at, true_bet, true_heartbeat

pytestmark = pytest.mark.django_db


def counts(row: StreamVerification) -> tuple[int, int, int]:
    return row.matches, row.mismatches, row.cannots


def test_it_works(verified):
    stream = arrive(*(true_bet(nonce) for nonce in range(5600, 5700)), true_heartbeat(5700))
    row = verified(stream)
    assert counts(row) == (101, 0, 0)
    assert (row.status, row.rounds_checked, row.bets_checked) == ("finished", 101, 100)
    assert (row.asked_by, row.started_at, row.finished_at) == ("olga", NOON, NOON)


def test_each_kind_of_finding(verified):
    stream = arrive(
        true_bet(1),
        true_bet(2, roundResult="3203384.8"),
        true_bet(5663, payout=0),
        heartbeat(4, **PAIR, roundResult=result_at(4)),  # a round whose difficulty nobody told
        true_heartbeat(5, roundResult="48536.13"),
        true_heartbeat(6, roundResult=None),
        bet(7, **PAIR, game="limbo", difficulty=None, roundResult="999999", roundTarget=None),
        bet(8, **PAIR, game="no-such-game", difficulty=None),
        archived(true_bet(9, id="no-nonce"), nonce=None),
    )
    row = verified(stream)
    assert counts(row) == (1, 4, 4)
    assert (row.rounds_checked, row.bets_checked) == (8, 6)
    found = get_stream(stream.public_id)
    mismatches = {each.nonce: each for each in list_findings(found, kind="mismatch", limit=10)}
    assert set(mismatches) == {2, 5, 7, 5663}
    [difference] = mismatches[2].differences
    assert (difference.what, difference.stored, difference.recomputed) == (
        "result",
        Decimal("3203384.8"),
        result_at(2),
    )
    assert mismatches[5].seq is None
    [difference] = mismatches[5663].differences
    assert (difference.what, difference.stored) == ("payout", 0)
    cannots = {each.position: (each.field, each.reason) for each in list_findings(found, kind="cannot", limit=10)}
    assert cannots[4] == ("difficulty", "difficulty is missing.")
    assert cannots[6] == ("result", "No result was stored for this round.")
    assert cannots[8][0] == "game"
    assert [field for position, (field, _) in cannots.items() if position < 0] == ["nonce"]
    assert sum(row.reasons.values()) == 4


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_a_killed_worker_leaves_nothing_out_and_counts_nothing_twice(monkeypatch, chunk):
    monkeypatch.setattr(work, "CHUNK_ROWS", chunk)
    nonceless = [archived(true_bet(90 + n, id=f"no-nonce-{n}"), nonce=None) for n in range(3)]
    wrong = [true_heartbeat(nonce, roundResult="48536.13") for nonce in range(10, 14)]
    stream = arrive(*nonceless, *(true_bet(nonce) for nonce in range(10)), *wrong)
    services.reveal(stream_id=stream.public_id, server_seed=SERVER_SEED, by="olga", at=NOON)
    for _ in range(30):
        one_chunk = iter([False, True])  # Then the worker is to end.
        if work.advance(stream.pk, now=lambda: NOON, should_stop=partial(next, one_chunk)):
            break
    row = StreamVerification.objects.get(pk=stream.pk)
    assert (row.status, counts(row)) == ("finished", (10, 4, 3))
    assert VerificationFinding.objects.filter(verification=row).count() == 7
    # The last round of the loop wrote nothing beyond it.
    assert not work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)


def test_two_workers_on_one_stream_count_once(monkeypatch):
    """The second begins inside the first one's chunk, and finishes."""
    monkeypatch.setattr(work, "CHUNK_ROWS", 5)
    stream = arrive(*(true_bet(nonce) for nonce in range(20)))
    services.reveal(stream_id=stream.public_id, server_seed=SERVER_SEED, by="olga", at=NOON)
    compare, others = work._compare, []

    def and_meanwhile_another(rows, judge):
        if not others:
            others.append("in")
            others[0] = work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)
        return compare(rows, judge)

    monkeypatch.setattr(work, "_compare", and_meanwhile_another)
    first = work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)
    assert (first, others) == (False, [True])
    assert counts(StreamVerification.objects.get(pk=stream.pk)) == (20, 0, 0)


def test_rows_that_arrive_later_are_unverified_until_it_is_asked_again(verified):
    stream = arrive(*(true_bet(nonce) for nonce in range(5)))
    verified(stream)
    ingest([true_bet(7), true_heartbeat(3), true_heartbeat(8)], at=NOON)
    found = get_stream(stream.public_id)
    state = get_verification(found)
    assert (state.unverified_rounds, state.unverified_bets, state.unverified) == (2, 1, 2)
    services.verify_again(stream_id=stream.public_id, by="peer", at=NOON)
    assert work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)
    state = get_verification(found)
    assert (state.matches, state.unverified, state.asked_by) == (7, 0, "peer")


def test_findings_are_bounded_and_counts_are_not(verified, monkeypatch):
    monkeypatch.setattr(work, "FINDINGS_MAX", 3)
    monkeypatch.setattr(work, "CHUNK_ROWS", 2)
    stream = arrive(*(true_heartbeat(nonce, roundResult="48536.13") for nonce in range(9)))
    row = verified(stream)
    assert counts(row) == (0, 9, 0)
    assert list(row.findings.order_by("position").values_list("position", flat=True)) == [0, 1, 2]


def test_reasons_are_bounded_and_their_counts_are_not(verified, monkeypatch):
    monkeypatch.setattr(work, "REASONS_MAX", 2)
    messages = [bet(n, **PAIR, game=f"game-{n}", difficulty=None) for n in range(6)]
    row = verified(arrive(*messages))
    assert row.cannots == sum(row.reasons.values()) == 6
    assert row.reasons[work.OTHER_REASONS] == 4


def test_a_stream_whose_client_seed_is_unknown_cannot_be_checked(verified):
    ingest([archived(true_bet(1), client_seed="")], at=NOON)
    row = verified(Stream.objects.get())
    assert counts(row) == (0, 0, 1)
    assert list(row.reasons) == ["The client seed of this stream is unknown."]


def test_options_are_found_under_the_venues_names(verified):
    """Mines: the mines are an option of the round, which a bot sends beside the known keys."""
    mine = {"game": "mines", "difficulty": None, "roundTarget": None, "roundResult": None}
    told = [
        {"mines": 3, "picks": [0]},
        {"minesCount": "3", "fields": [0]},
        {"state": {"minesCount": 3, "fields": [0]}},
        {},
    ]
    records = [bet_record(n, **PAIR, **mine, **extra) for n, extra in enumerate(told)]
    from fairness.games import mines
    from fairness.rounds import Seeds, play
    from streams.example import CLIENT_SEED

    for nonce, record in enumerate(records):
        won = play(mines.GAME, Seeds(SERVER_SEED, CLIENT_SEED, nonce), {"mines": 3, "picks": [0]}).payout
        record["payout"] = "2.25" if won else 0
    row = verified(arrive(*map(parse_message, records)))
    assert counts(row) == (3, 0, 1)
    assert row.reasons == {"mines is missing.": 1}


def test_an_empty_stream_is_finished_at_once(verified):
    stream = arrive(true_bet(1))
    Stream.objects.filter(pk=stream.pk).update(bets=0, rounds=0)
    from streams.models import Bet, Round

    Bet.objects.all().delete()
    Round.objects.all().delete()
    assert counts(verified(stream)) == (0, 0, 0)


def test_a_deleted_stream_is_left_alone_and_removed_with_its_findings():
    stream = arrive(true_bet(1, roundResult="48536.13"), true_bet(2))
    services.reveal(stream_id=stream.public_id, server_seed=SERVER_SEED, by="olga", at=NOON)
    assert work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)
    services.verify_again(stream_id=stream.public_id, by="olga", at=NOON)
    stream_services.delete(stream_id=stream.public_id, at=NOON)
    assert not work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)
    assert services.next_waiting(at=NOON) is None
    stream_services.remove_deleted(chunk=1)
    assert not Stream.objects.exists()
    assert not StreamVerification.objects.exists()
    assert not VerificationFinding.objects.exists()
