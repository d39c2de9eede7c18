"""One bet told by two providers: one row, filled and counted once, whichever came first."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams import queries, sql
from streams.ingest import ingest
from streams.models import Bet, BetSource, Conflict, Round, Stream, StreamMoney
from streams.queries import sources as reads
from streams.wire import BetMessage, cell_of
from tests.streams.messages import HASH, bet, heartbeat
from tests.streams.recomputed import assert_totals_are_true
from tests.streams.test_concurrency import together

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
PLACED = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
ACCEPTED, KNOWN, CONFLICT = (True, False), (False, False), (False, True)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    sql.forget_streams()
    yield
    sql.forget_streams()


def ours(nonce: int = 7, **changes: Any) -> BetMessage:
    """A bet as our own integration reports it: with its currency, and an id of its own unless told otherwise."""
    told = bet(nonce, **{"id": f"house:{nonce}", "currency": "btc", **changes})
    assert isinstance(told, BetMessage)
    return told._replace(provider="stake")


def take(*messages: Any) -> list[tuple[bool, bool]]:
    return [(outcome.accepted, outcome.conflict) for outcome in ingest(messages, at=AT)]  # type: ignore[union-attr]


def sources() -> set[tuple[str, str]]:
    return set(BetSource.objects.values_list("provider", "provider_bet_id"))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(bet(7), ours(), KNOWN, id="the bot first"),
        pytest.param(ours(), bet(7), KNOWN, id="ours first"),
        pytest.param(bet(7), ours(id="bet-7"), KNOWN, id="the same id: one id space"),
        pytest.param(bet(7), ours(roundResult=None), KNOWN, id="the venue does not tell the outcome"),
        pytest.param(ours(roundResult=None), bet(7), KNOWN, id="the bot tells the outcome"),
        pytest.param(bet(7, roundResult="1.63"), ours(roundResult="1.6333333333333333"), KNOWN, id="a table's cents"),
        pytest.param(bet(7, roundResult="929.77"), ours(roundResult="929.776"), KNOWN, id="0.006 apart"),
        pytest.param(bet(7, roundResult="929.77"), ours(roundResult="929.7761"), CONFLICT, id="further apart"),
        pytest.param(
            bet(7, game="limbo", roundResult="1.63"), ours(game="limbo", roundResult="1.635"), CONFLICT, id="no table"
        ),
        pytest.param(bet(7, game="dragonTower"), ours(game="dragon_tower"), KNOWN, id="the game, spelt otherwise"),
        pytest.param(bet(7), ours(game="limbo"), CONFLICT, id="another game"),
        pytest.param(bet(7), ours(amount="2.000000000000000001"), CONFLICT, id="another amount"),
        pytest.param(bet(7), ours(payout="0.000000000000000001"), CONFLICT, id="another payout"),
        pytest.param(bet(7, currency="usdt"), ours(), CONFLICT, id="another currency"),
        pytest.param(bet(7), ours(8, id="bet-7"), CONFLICT, id="the id at another nonce"),
        pytest.param(bet(7), ours(8), ACCEPTED, id="the next bet"),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_two_providers(first, second, expected, together):
    outcomes = take(first, second) if together else [*take(first), *take(second)]
    assert outcomes == [ACCEPTED, expected]
    stream = Stream.objects.get()
    assert stream.bets == Bet.objects.count() == 1 + (expected == ACCEPTED)
    assert stream.conflicts == Conflict.objects.count() == (expected == CONFLICT)
    assert sources() == ({(second.provider, second.provider_bet_id)} if expected == KNOWN else set())
    assert_totals_are_true()
    # Again, in either order: nothing more.
    assert take(second, first) == [expected if expected == CONFLICT else KNOWN, KNOWN]
    assert (Bet.objects.count(), BetSource.objects.count()) == (stream.bets, expected == KNOWN)
    assert_totals_are_true()


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_it_fills_what_is_empty_and_changes_nothing_else(together):
    told = ours(5, roundResult="4.95", iid="house:5", mode="own")
    bare = bet(5, roundResult=None, roundTarget=None, dateTime=None, mode="bot")
    if together:
        take(bare, told)
    else:
        take(bare)
        take(told)
    stored = Bet.objects.get()
    assert (stored.provider, stored.provider_bet_id, stored.seq) == ("antebot", "bet-5", 1)
    assert (stored.currency, stored.round_target, stored.round_result, stored.cell) == ("btc", 400, Decimal("4.95"), 3)
    assert (stored.placed_at, stored.extra) == (PLACED, {"iid": "house:5", "mode": "bot"})
    assert stored.filled == dict.fromkeys(
        ("currency", "round_target", "round_result", "cell", "placed_at", "extra"), "stake"
    )
    stream = Stream.objects.get()
    assert (stream.results, stream.result_sum, stream.highest_result) == (1, Decimal("4.95"), Decimal("4.95"))
    line = StreamMoney.objects.get()
    assert (line.currency, line.bets, line.wagered, line.returned) == ("btc", 1, 2, 0)
    stored_round = Round.objects.get()
    assert (stored_round.result, stored_round.cell, stored_round.difficulty) == (Decimal("4.95"), 3, "expert")
    assert_totals_are_true()


def test_a_filled_currency_leaves_the_others_that_named_none():
    take(bet(1), bet(2, amount="0.1", payout="7.5"), bet(3, currency="btc"))
    take(ours(2, amount="0.1", payout="7.5"))
    lines = {line.currency: (line.bets, line.wagered, line.returned) for line in StreamMoney.objects.all()}
    assert lines == {None: (1, 2, 0), "btc": (2, Decimal("2.1"), Decimal("7.5"))}
    assert_totals_are_true()


def test_the_value_that_came_first_stays():
    take(bet(7, roundResult="1.63"), ours(roundResult="1.6333333333333333"))
    take(ours(8, roundResult="1.6333333333333333"), bet(8, roundResult="1.63"))
    results = dict(Bet.objects.values_list("nonce", "round_result"))
    assert results == {7: Decimal("1.63"), 8: Decimal("1.6333333333333333")}
    # The wire's value is in no table, but the bot's tells the cell.
    assert set(Bet.objects.values_list("nonce", "cell")) == {(7, 1), (8, 1)}
    assert set(Round.objects.values_list("nonce", "cell")) == {(7, 1), (8, 1)}


def test_a_provider_is_held_to_its_own_word_after_another_filled_it():
    take(bet(7, roundResult=None), ours(roundResult="4.95"))
    assert take(bet(7, roundResult=None)) == [KNOWN]
    assert take(bet(7, roundResult="1.63")) == [CONFLICT]
    assert take(ours(roundResult="4.95"), ours(roundResult=None)) == [KNOWN, KNOWN]
    assert_totals_are_true()


def test_one_provider_fills_nothing_of_its_own():
    assert take(bet(7), bet(7, currency="btc"), bet(7, roundResult="1.001")) == [ACCEPTED, KNOWN, CONFLICT]
    assert Bet.objects.get().currency is None
    assert not sources()


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([heartbeat(7, roundResult="1.63"), ours(roundResult="1.6333333333333333")], [ACCEPTED, ACCEPTED]),
        ([ours(roundResult="1.6333333333333333"), heartbeat(7, roundResult="1.63")], [ACCEPTED, KNOWN]),
        ([heartbeat(7, roundResult="1.63"), ours(roundResult="4.95")], [ACCEPTED, CONFLICT]),
        ([ours(roundResult=None), heartbeat(7, roundResult="1.63")], [ACCEPTED, ACCEPTED]),
        ([heartbeat(7, roundResult="1.63"), bet(7, roundResult="1.635")], [ACCEPTED, CONFLICT]),
        ([heartbeat(7, roundResult="1.63"), ours(roundResult=None), bet(7, roundResult="4.95")], None),
        ([bet(7, roundResult=None), ours(roundResult="1.6333333333333333"), heartbeat(7, roundResult="1.63")], None),
    ],
)
def test_heartbeats_beside_our_bets(messages, expected, together):
    expected = expected or ([ACCEPTED, ACCEPTED, CONFLICT] if messages[0] == heartbeat(7, roundResult="1.63") else None)
    outcomes = take(*messages) if together else [outcome for message in messages for outcome in take(message)]
    assert outcomes == (expected or [ACCEPTED, KNOWN, KNOWN])
    assert Round.objects.count() == 1
    assert_totals_are_true()


def test_an_archive_fills_and_names_no_further_source_of_a_known_id():
    took = [bet(1), bet(2)]
    archive = [message._replace(provider="import") for message in took]
    take(*took)
    assert take(*archive) == [KNOWN, KNOWN]
    assert not sources()
    assert take(archive[0]._replace(currency="btc"), archive[1]._replace(provider_bet_id="casino:2")) == [KNOWN] * 2
    assert sources() == {("import", "bet-1"), ("import", "casino:2")}
    assert dict(Bet.objects.values_list("nonce", "currency")) == {1: "btc", 2: None}
    assert_totals_are_true()


def test_an_archived_bet_without_a_nonce_is_not_filled():
    archive = bet(7)._replace(provider="import", nonce=None, placed_at=None)
    assert take(archive, bet(7, currency="btc")) == [ACCEPTED, KNOWN]
    stored = Bet.objects.get()
    assert (stored.nonce, stored.currency, stored.filled) == (None, None, None)


def test_the_mark_of_recomputed_rows_does_not_come_to_a_bet():
    take(bet(7), ours(recomputed=True, other=1))
    assert Bet.objects.get().extra == {"other": 1}


def test_further_keys_stay_within_their_limit():
    take(bet(7, note="x" * 5000), ours(more="y" * 5000), ours(less=1))
    assert set(Bet.objects.get().extra) == {"note", "less"}


def test_a_source_is_of_a_known_provider():
    take(bet(7))
    stored = Bet.objects.get()
    with pytest.raises(IntegrityError, match="source_provider_known"), transaction.atomic():
        BetSource.objects.create(stream=stored.stream, bet=stored, provider="x", provider_bet_id="y", created_at=AT)
    BetSource.objects.create(stream=stored.stream, bet=stored, provider="stake", provider_bet_id="y", created_at=AT)
    with pytest.raises(IntegrityError, match="source_unique"), transaction.atomic():
        BetSource.objects.create(stream=stored.stream, bet=stored, provider="stake", provider_bet_id="y", created_at=AT)


# --- Any order ------------------------------------------------------------------------------------

RESULTS = {"1.63": "1.6333333333333333", "4.95": "4.9499999999999", "1": "1"}  # as the bot shows it: as the wire tells


@st.composite
def reports(draw: Any) -> list[Any]:
    """Reports of a few rounds by the bot and by us, each perhaps twice, each leaving out what it likes."""
    told: list[Any] = []
    for nonce in draw(st.sets(st.integers(1, 8), min_size=1, max_size=5)):
        shown = draw(st.sampled_from(sorted(RESULTS)))
        wager = {"amount": draw(st.sampled_from(["1", "0.1"])), "payout": draw(st.sampled_from(["0", "7.5"]))}
        for _ in range(draw(st.integers(0, 2))):
            told.append(heartbeat(nonce, roundResult=draw(st.sampled_from([shown, None]))))
        optional = {"dateTime": draw(st.sampled_from([None, "2026-01-02T03:04:05.678Z"]))}
        optional |= {"currency": draw(st.sampled_from([None, "btc"]))}
        bots = bet(nonce, **wager, **optional, roundResult=draw(st.sampled_from([shown, None])))
        told += [bots] * draw(st.integers(0, 2))
        known = draw(st.booleans())
        ours_told = ours(
            nonce,
            id=draw(st.sampled_from([f"bet-{nonce}", f"house:{nonce}"])),
            roundResult=RESULTS[shown] if known else None,
            **wager,
        )
        # No table has the wire's value, so whoever brings it says which cell it is.
        ours_told = ours_told._replace(cell=cell_of("pump", "expert", Decimal(shown)) if known else None)
        told += [ours_told] * draw(st.integers(0, 2))
    return told


_CONTENT = ("nonce", "game", "amount", "payout", "currency", "difficulty", "round_target", "cell", "placed_at")


def state() -> dict[str, Any]:
    """What is left, less what may follow the order: whose row it is, and which of two comparable results it shows."""
    bets = list(Bet.objects.order_by("nonce"))
    ids = {(each.provider, each.provider_bet_id) for each in bets}
    return {
        "bets": [[getattr(each, name) for name in _CONTENT] for each in bets],
        "results": [None if each.round_result is None else round(each.round_result, 2) for each in bets],
        "reports": ids | sources(),
        "money": list(StreamMoney.objects.order_by("currency").values_list("currency", "bets", "wagered", "returned")),
        "rounds": [
            (each.nonce, each.result and round(each.result, 2), each.cell, each.difficulty)
            for each in Round.objects.order_by("nonce")
        ],
        "counts": list(Stream.objects.values_list("bets", "rounds", "conflicts", "results")),
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=reports(), order=st.randoms(use_true_random=False))
def test_any_order_leaves_the_same_rows(told, order: Random):
    states = []
    for _ in range(3):
        Stream.objects.all().delete()
        sql.forget_streams()
        start = 0
        while start < len(told):
            size = order.randint(1, len(told) - start)
            ingest(told[start : start + size], at=AT)
            start += size
        assert_totals_are_true()
        states.append(state())
        take(*told)
        assert state() == states[-1]
        order.shuffle(told)
    assert states[0] == states[1] == states[2]
    assert not Conflict.objects.exists()


# --- Inside somebody's transaction ----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_stream_of_a_transaction_that_failed_is_not_remembered():
    with transaction.atomic():
        assert take(ours(1)) == [ACCEPTED]
        transaction.set_rollback(True)
    assert not Stream.objects.exists()
    assert sql.remembered_streams([ours(1)]) is None
    with transaction.atomic():
        assert take(ours(1), ours(1)) == [ACCEPTED, KNOWN]
        assert sql.remembered_streams([ours(1)]) is None
    assert sql.remembered_streams([ours(1)]) is not None
    with transaction.atomic():
        assert take(ours(2)) == [ACCEPTED]  # the quick way, in a savepoint
        assert take(ours(2), bet(2)) == [KNOWN, KNOWN]
    assert_totals_are_true()


@pytest.mark.django_db(transaction=True)
def test_a_refused_message_leaves_the_transaction_usable():
    take(ours(1))
    with transaction.atomic():
        [refused] = ingest([ours(2)._replace(amount=Decimal(-1))], at=AT)
        assert not hasattr(refused, "accepted")
        assert take(ours(3)) == [ACCEPTED]
    assert list(Bet.objects.order_by("seq").values_list("nonce", flat=True)) == [1, 3]


# --- At once --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_bot_and_we_report_the_same_nonces_at_once():
    nonces = range(1, 121)

    def bots(order: list[int]) -> int:
        """Batches of ten; how many were stored."""
        batches = [[bet(nonce, roundResult=None) for nonce in order[start : start + 10]] for start in range(0, 120, 10)]
        return sum(outcome == ACCEPTED for batch in batches for outcome in take(*batch))

    def we(order: list[int]) -> int:
        """One by one, each in a transaction with something else of ours."""
        stored = 0
        for nonce in order:
            with transaction.atomic():
                stored += take(ours(nonce, roundResult="1.63")) == [ACCEPTED]
        return stored

    backwards = list(reversed(nonces))
    counts = together(lambda: bots(list(nonces)), lambda: we(backwards), lambda: we(list(nonces)))
    assert sum(counts) == Bet.objects.count() == 120
    stream = Stream.objects.get()
    assert (stream.conflicts, stream.last_seq, stream.results) == (0, 120, 120)
    # Each is one row with two reports, and knows what either told.
    assert BetSource.objects.count() == 120
    assert set(Bet.objects.values_list("currency", "round_result")) == {("btc", Decimal("1.63"))}
    assert StreamMoney.objects.get().bets == 120
    assert_totals_are_true()


# --- Looking up -----------------------------------------------------------------------------------


def test_bets_by_the_ids_of_the_venue():
    take(
        bet(1), ours(1), ours(2), bet(3)._replace(provider="import"), bet(1, id="elsewhere", serverSeedHashed="cd" * 32)
    )
    stream = Stream.objects.get(server_seed_hashed=HASH)
    found = queries.bets_by_provider_ids(["bet-1", "house:1", "house:2", "bet-3", "elsewhere", "unknown"], [HASH])
    first = (stream.public_id, 1, "antebot")
    assert found == {"bet-1": first, "house:1": first, "house:2": (stream.public_id, 2, "stake")}
    assert queries.bets_by_provider_ids([], [HASH]) == queries.bets_by_provider_ids(["bet-1"], []) == {}


def test_find_by_pair():
    take(bet(1))
    found = queries.find_by_pair(HASH, "client-1")
    assert found is not None
    assert found.bets == 1
    assert queries.find_by_pair(HASH, "client-2") is None


@pytest.mark.parametrize("name", ["known bets", "bets by id"])
def test_look_ups_are_index_probes(name):
    """Once tables are large: told so by some thousand rows, and by forbidding what still invites to read them all."""
    take(*(bet(nonce) for nonce in range(1, 3_001)))
    take(*(ours(nonce) for nonce in range(1, 1_001)))
    key = Stream.objects.get().pk
    parameters = {"ids": ["bet-1"], "hashes": [HASH], "streams": [key], "nonces": [1], "bet_streams": [key]}
    statement = {"known bets": sql._KNOWN_BETS, "bets by id": reads._BY_ID}[name]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE streams_stream, streams_bet, streams_betsource, streams_round")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {statement}", parameters)
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "Seq Scan" not in plan
    # No index is read from end to end: each is entered by what narrows it.
    assert plan.count("Index Cond") == plan.count("Index Scan") + plan.count("Index Only Scan") > 0
