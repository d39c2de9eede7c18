"""What gets in, once, and what the totals say of it; on the database."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from streams import sql
from streams.ingest import Refused, ingest
from streams.models import Bet, BetSource, Conflict, Round, Stream, StreamMoney
from tests.streams.messages import CLIENT, HASH, bet, heartbeat

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered():
    sql.forget_streams()
    yield
    sql.forget_streams()


def take(*messages, at=AT, live=True):
    return [(outcome.accepted, outcome.conflict) for outcome in ingest(messages, at=at, live=live)]


ACCEPTED, KNOWN, CONFLICT = (True, False), (False, False), (False, True)


def test_a_first_bet_makes_its_stream_and_is_counted():
    [outcome] = ingest([bet(5, amount="0.000000000000000001", payout="12345678901234567890.5", currency="btc")], at=AT)
    stream = Stream.objects.get()
    assert outcome == (stream.public_id, True, False)
    assert (stream.server_seed_hashed, stream.client_seed) == (HASH, CLIENT)
    assert (stream.bets, stream.rounds, stream.last_seq, stream.first_nonce, stream.last_nonce) == (1, 1, 1, 5, 5)
    assert (stream.highest_result, stream.lowest_result, stream.results, stream.result_sum) == (1, 1, 1, 1)
    assert (stream.games, stream.provider, stream.last_seen_at, stream.created_at) == (["pump"], "antebot", AT, AT)
    line = StreamMoney.objects.get()
    assert (line.currency, line.bets) == ("btc", 1)
    assert line.wagered == Decimal("0.000000000000000001")
    assert line.returned == Decimal("12345678901234567890.5")
    stored = Bet.objects.get()
    assert (stored.seq, stored.nonce, stored.position, stored.cell, stored.received_at) == (1, 5, 5, 0, AT)
    assert Round.objects.get().result == 1


@pytest.mark.parametrize(
    ("second", "expected", "aliases", "conflicts"),
    [
        pytest.param(bet(7), KNOWN, 0, 0, id="the same"),
        pytest.param(bet(7, dateTime=None, difficulty="easy"), KNOWN, 0, 0, id="time and difficulty are no content"),
        pytest.param(bet(7, currency="btc"), KNOWN, 0, 0, id="a currency where there was none"),
        pytest.param(bet(7, id="other"), KNOWN, 1, 0, id="another id of the same bet"),
        pytest.param(bet(7, id="other", amount=3), CONFLICT, 0, 1, id="another bet at the nonce"),
        pytest.param(bet(7, amount=3), CONFLICT, 0, 1, id="the id with another amount"),
        pytest.param(bet(7, payout=1), CONFLICT, 0, 1, id="the id with another payout"),
        pytest.param(bet(7, game="limbo"), CONFLICT, 0, 1, id="the id with another game"),
        pytest.param(bet(7, roundResult=None), CONFLICT, 0, 1, id="the id without the result"),
        pytest.param(bet(8, id="bet-7"), CONFLICT, 0, 1, id="the id at another nonce"),
        pytest.param(heartbeat(7), KNOWN, 0, 0, id="a heartbeat after the bet"),
        pytest.param(heartbeat(7, roundResult=2), CONFLICT, 0, 1, id="a heartbeat with another result"),
        pytest.param(bet(8), ACCEPTED, 0, 0, id="the next bet"),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_a_second_message(second, expected, aliases, conflicts, together):
    outcomes = take(bet(7), second) if together else [*take(bet(7)), *take(second)]
    assert outcomes == [ACCEPTED, expected]
    stream = Stream.objects.get()
    bets = 1 + (expected == ACCEPTED)
    assert (stream.bets, stream.last_seq, Bet.objects.count()) == (bets, bets, bets)
    assert (stream.conflicts, Conflict.objects.count(), BetSource.objects.count()) == (conflicts, conflicts, aliases)
    assert StreamMoney.objects.get().wagered == 2 * bets
    if conflicts and isinstance(second, type(bet())):
        assert Conflict.objects.get().bet == Bet.objects.get()


def test_an_alias_is_known_afterwards():
    take(bet(7))
    assert take(bet(7, id="further")) == [KNOWN]
    assert take(bet(7, id="further"), bet(7, id="further", amount=9)) == [KNOWN, CONFLICT]
    assert BetSource.objects.get().bet == Bet.objects.get()


def test_the_same_contradiction_counts_on_one_row():
    take(bet(7))
    assert take(*[bet(7, amount=3)] * 3, bet(7, amount=4)) == [CONFLICT] * 4
    assert take(bet(7, amount=3, dateTime="2027-01-01T00:00:00Z")) == [CONFLICT]
    assert sorted(Conflict.objects.values_list("times", flat=True)) == [1, 4]
    assert Stream.objects.get().conflicts == 2


def test_a_bet_fills_its_round_and_contradicts_another_result():
    assert take(heartbeat(1, roundResult=None), heartbeat(2, roundResult="4.95")) == [ACCEPTED, ACCEPTED]
    assert take(bet(1, roundResult="1.63"), bet(2, roundResult="1.63")) == [ACCEPTED, CONFLICT]
    rounds = {each.nonce: (each.result, each.difficulty, each.cell) for each in Round.objects.all()}
    assert rounds == {1: (Decimal("1.63"), "expert", 1), 2: (Decimal("4.95"), None, None)}
    stream = Stream.objects.get()
    assert (stream.rounds, stream.results, stream.result_sum, stream.bets) == (2, 2, Decimal("6.58"), 1)
    assert stream.last_heartbeat_at == AT


def test_a_bet_brings_the_difficulty_a_heartbeat_lacked():
    take(heartbeat(3, roundResult="1.63"))
    take(bet(3, roundResult="1.63"))
    stored = Round.objects.get()
    assert (stored.difficulty, stored.cell, stored.result) == ("expert", 1, Decimal("1.63"))
    assert Stream.objects.get().results == 1


def test_a_currency_that_is_not_named_has_its_own_line():
    take(bet(1), bet(2, currency="btc"), bet(3, currency="usdt"), bet(4), bet(5, currency="btc"))
    lines = {line.currency: (line.bets, line.wagered) for line in StreamMoney.objects.all()}
    assert lines == {None: (2, 4), "btc": (2, 4), "usdt": (1, 2)}


def test_sums_keep_every_digit():
    tiny, huge = "0.000000000000000001", "99999999999999999999.999999999999999999"
    take(*[bet(nonce, amount=tiny if nonce % 2 else huge) for nonce in range(20)])
    assert StreamMoney.objects.get().wagered == 10 * Decimal(tiny) + Decimal("999999999999999999999.99999999999999999")


def test_any_order_of_arrival_gives_the_same_totals():
    messages = [bet(nonce, roundResult=str(nonce + 1)) for nonce in range(30)] + [heartbeat(n) for n in range(30, 40)]
    take(*messages)
    forward = Stream.objects.values("bets", "rounds", "result_sum", "highest_result", "first_nonce", "last_nonce").get()
    for message in reversed(messages):
        renamed = message._replace(client_seed="client-2")
        take(renamed)
    assert Stream.objects.filter(client_seed="client-2").values(*forward).get() == forward


def test_seq_is_gapless_over_duplicates_and_conflicts():
    take(bet(1), bet(1), bet(2, amount=1), bet(2, amount=5), bet(3))
    take(bet(4), bet(1))
    assert list(Bet.objects.order_by("seq").values_list("seq", "nonce")) == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_an_invalid_message_alone_is_refused_and_leaves_no_stream():
    # The wire refuses this; here the database must, and only this one.
    poisoned = bet(2, id="poison")._replace(amount=Decimal(-1), client_seed="poisoned-pair")
    outcomes = ingest([bet(1), poisoned, bet(3)], at=AT)
    assert [isinstance(outcome, Refused) for outcome in outcomes] == [False, True, False]
    assert Stream.objects.get().bets == 2


def test_hostile_text_is_stored_as_it_is():
    seed = 'a"\\{},\t\r\n' + "’;--🎲\x7f"
    take(bet(1, clientSeed=seed, id='=cmd|"x"', note={"k\\": ['"', None, True, {"deep": "🎲"}]}))
    assert Stream.objects.get().client_seed == seed
    stored = Bet.objects.get()
    assert stored.provider_bet_id == '=cmd|"x"'
    assert stored.extra == {"note": {"k\\": ['"', None, True, {"deep": "🎲"}]}}


def archived(**changes):
    return bet(1)._replace(provider="import", **changes)


def test_an_archive_without_client_seed_goes_to_the_only_stream_of_its_hash():
    take(bet(1))
    assert take(archived(client_seed="", nonce=None, provider_bet_id="x", round_result=None), live=False) == [ACCEPTED]
    assert Stream.objects.get().bets == 2


def test_a_stream_without_client_seed_gets_it_when_it_becomes_known():
    assert take(archived(client_seed="", nonce=None, round_result=None), live=False) == [ACCEPTED]
    assert Stream.objects.get().client_seed == ""
    sql.forget_streams()
    assert take(bet(1), bet(2)) == [KNOWN, ACCEPTED]  # the first by its id
    assert Stream.objects.get().client_seed == CLIENT


def test_two_client_seeds_of_one_hash_leave_an_archive_apart():
    take(bet(1), bet(1, clientSeed="client-2"))
    take(archived(client_seed="", nonce=None, provider_bet_id="x"), live=False)
    assert set(Stream.objects.values_list("client_seed", "bets")) == {(CLIENT, 1), ("client-2", 1), ("", 1)}


def test_an_import_dates_the_stream_by_its_bets():
    placed = datetime(2024, 5, 6, tzinfo=UTC)
    take(archived(placed_at=placed), live=False)
    assert Stream.objects.get().last_seen_at == placed


def test_bets_without_nonce_count_as_money_and_results_not_as_rounds():
    take(*[archived(nonce=None, provider_bet_id=f"x{n}", round_result=Decimal(n)) for n in range(3)], live=False)
    stream = Stream.objects.get()
    assert (stream.bets, stream.rounds, stream.first_nonce, stream.results) == (3, 0, None, 3)
    assert sorted(Bet.objects.values_list("position", flat=True)) == [-3, -2, -1]


def test_a_deleted_stream_frees_its_pair():
    take(bet(1))
    Stream.objects.update(deleted_at=AT)
    assert take(bet(1)) == [ACCEPTED]
    assert set(Stream.objects.values_list("bets", "deleted_at")) == {(1, AT), (1, None)}


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"seq": 1}, "bet_seq_unique"),
        ({"nonce": 1}, "bet_one_per_nonce"),
        ({"provider_bet_id": "bet-1"}, "bet_id_unique"),
        ({"seq": 0}, "bet_seq_from_one"),
        ({"provider": "x"}, "bet_provider_known"),
        ({"nonce": -1}, "bet_nonce_in_range"),
        ({"nonce": 2**53}, "bet_nonce_in_range"),
        ({"nonce": None}, "bet_nonce_in_range"),
        ({"amount": -1}, "bet_money_not_negative"),
        ({"payout": -1}, "bet_money_not_negative"),
        ({"round_target": 0}, "bet_target_above_zero"),
        ({"round_result": -1}, "bet_result_not_negative"),
    ],
)
def test_the_database_holds_what_a_bet_is(changes, constraint):
    take(bet(1))
    row = {
        "stream": Stream.objects.get(),
        "seq": 2,
        "provider": "antebot",
        "provider_bet_id": "bet-2",
        "game": "pump",
        "nonce": 2,
        "amount": 1,
        "payout": 1,
        "received_at": AT,
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Bet.objects.create(**{**row, **changes})
