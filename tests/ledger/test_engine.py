"""What the engine commits is what the rules say, kept for ever, in a chain, once, whoever asks at once."""

import hashlib
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from events.models import Head
from ledger import checks, content, engine
from ledger.engine import Engine
from ledger.models import EntryRow, HoldRow, Journal, Result, WalletRow
from ledger.operations import Answer, Code, Done, Kind, Op, Refused
from ledger.poster import Poster
from tests.ledger.conftest import AT, connect

Opener = Callable[..., int]


def deposit(wallet: int, amount: int) -> Op:
    return Op(Kind.DEPOSIT, wallet, uuid4(), amount)


def place(wallet: int, amount: int, client_id: UUID | None = None) -> Op:
    return Op(Kind.PLACE, wallet, client_id or uuid4(), amount, ref_type="round", ref_id="7")


def end(kind: Kind, hold: Op, amount: int = 0) -> Op:
    return Op(kind, hold.wallet_id, uuid4(), amount, hold=hold.client_id)


def has(wallet: int) -> tuple[int, int, int]:
    row = WalletRow.objects.get(pk=wallet)
    return row.available, row.locked, row.version


def side(kind: str, currency: str = "PTS") -> tuple[int, int, int]:
    return has(WalletRow.objects.get(kind=kind, currency=currency, shard=0).pk)


def test_it_works(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    bet = place(ann, 30)
    answers = poster.post([deposit(ann, 100), bet, end(Kind.WIN, bet, 75)], at=AT)
    assert [(a.available, a.locked, a.version) for a in answers if isinstance(a, Done)] == [
        *((100, 0, 1), (70, 30, 2), (145, 0, 3)),
    ]
    assert (has(ann), side("world"), side("house")) == ((145, 0, 3), (-100, 0, 1), (-45, 0, 1))
    hold = HoldRow.objects.get()
    assert (hold.status, hold.amount, hold.payout, hold.ref_type, hold.ref_id) == ("settled", 30, 75, "round", "7")
    journal = Journal.objects.get()
    assert (journal.no, journal.operations, journal.entries, journal.recorded_at) == (1, 3, 5, AT)


def test_a_hold_is_ended_in_a_later_batch(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    bet = place(ann, 30)
    poster.post([deposit(ann, 100), bet], at=AT)
    lost = end(Kind.LOSE, bet)
    poster.post([lost], at=AT)
    assert (has(ann), side("house")) == ((70, 0, 3), (30, 0, 1))
    (again, other) = poster.post([lost, end(Kind.VOID, bet)], at=AT)
    assert isinstance(again, Done)
    assert again.replayed
    assert isinstance(other, Refused)
    assert other.code == Code.HOLD_CLOSED


def test_answers_are_remembered_for_ever(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    first = poster.post([deposit(ann, 10)], at=AT)
    refused, done = place(ann, 50), place(ann, 10)
    answers = poster.post([refused, done], at=AT)
    poster.post([deposit(ann, 500)], at=AT)
    fresh = Poster(connect)
    again = fresh.post([refused, done, replace(done, amount=9)], at=AT)
    fresh.close()
    assert again[:2] == [replace(answer, replayed=True) for answer in answers]
    assert isinstance(again[2], Refused)
    assert again[2].code == Code.IDEMPOTENCY_MISMATCH
    assert first[0].version == 1  # type: ignore[union-attr]
    assert Journal.objects.count() == 3


def test_what_was_moved_is_undone_once_in_later_batches(wallet: Opener, poster: Poster) -> None:
    ann, ben = wallet("ann"), wallet("ben")
    gift = Op(Kind.TRANSFER, ann, uuid4(), 30, other_wallet_id=ben)
    poster.post([deposit(ann, 100), gift], at=AT)
    undo = Op(Kind.REVERSE, ann, uuid4(), undone=gift.client_id)
    assert isinstance(poster.post([undo], at=AT)[0], Done)
    (twice,) = poster.post([replace(undo, client_id=uuid4())], at=AT)
    assert isinstance(twice, Refused)
    assert (has(ann)[0], has(ben)[0]) == (100, 0)


def test_the_chain_can_be_recomputed_from_the_rows(wallet: Opener, poster: Poster) -> None:
    ann, coin = wallet("ann"), wallet("ann", "BTC")
    for number in range(1, 6):
        adjust = Op(Kind.ADJUST, coin, uuid4(), number, ref_type="ticket", ref_id="ü7", reason="a “reason”")
        poster.post([deposit(ann, number), adjust, place(ann, number)], at=AT)
    before = bytes(32)
    for journal in Journal.objects.order_by("no"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_digest(%s)", [journal.pk])
            (recomputed,) = cursor.fetchone()
        assert bytes(recomputed) == bytes(journal.digest)
        assert bytes(journal.hash_before) == before
        before = content.link(before, bytes(journal.digest))
        assert (
            bytes(journal.hash) == before == hashlib.sha256(bytes(journal.hash_before) + bytes(journal.digest)).digest()
        )
    head = Head.objects.get()
    assert (head.journal_no, bytes(head.hash)) == (5, before)


def test_what_was_refused_alone_leaves_a_journal_and_no_entry(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    (answer,) = poster.post([place(ann, 10)], at=AT)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.need, answer.have) == (Code.INSUFFICIENT_FUNDS, 10, 0)
    assert (Journal.objects.get().entries, EntryRow.objects.count()) == (0, 0)


def test_nothing_is_written_for_a_wallet_that_is_nobodys(ledger: None, poster: Poster) -> None:
    (answer,) = poster.post([place(10**9, 10)], at=AT)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.which) == (Code.NOT_FOUND, "wallet")
    assert not Result.objects.exists()
    assert not Journal.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET d_available = 0",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_journal SET no = no + 1",
        "DELETE FROM ledger_journal",
        "UPDATE ledger_result SET code = 'LIMIT'",
        "DELETE FROM ledger_result",
        "DELETE FROM ledger_wallet",
        "UPDATE ledger_wallet SET available = available + 1",
        "UPDATE ledger_wallet SET available = available + 1, version = version + 1",
        "UPDATE ledger_wallet SET available = -1, version = version + 1 WHERE kind = 'user'",
        "UPDATE ledger_wallet SET locked = -1, version = version + 1",
        "UPDATE ledger_wallet SET owner = 'eve'",
        "UPDATE ledger_hold SET amount = 1",
        "UPDATE ledger_hold SET status = 'open'",
        "DELETE FROM ledger_hold",
        "UPDATE ledger_currency SET scale = 3",
        "DELETE FROM ledger_currency",
    ],
)
def test_the_database_holds_what_was_written(wallet: Opener, poster: Poster, statement: str) -> None:
    ann = wallet("ann")
    poster.post([deposit(ann, 100), place(ann, 10)], at=AT)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- At once --------------------------------------------------------------------------------------------


def running() -> Engine:
    return Engine(connect, now=lambda: AT)


def answers_of(made: Engine, ops: list[Op]) -> list[Answer]:
    return made.submit(ops).result(timeout=60)


def test_everything_taken_is_answered_when_it_closes(wallet: Opener) -> None:
    ann = wallet("ann")
    made = running()
    futures = [made.submit([deposit(ann, 1)]) for _ in range(500)]
    made.close()
    assert all(isinstance(future.result(timeout=0)[0], Done) for future in futures)
    assert has(ann)[0] == 500
    with pytest.raises(engine.Closed):
        made.submit([deposit(ann, 1)])


def test_a_full_queue_answers_busy_and_decides_nothing(wallet: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = wallet("ann")
    monkeypatch.setattr(engine, "QUEUE_MAX", 3)
    made = running()
    answers = answers_of(made, [deposit(ann, 1) for _ in range(4)])
    made.close()
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {Code.BUSY}
    assert has(ann) == (0, 0, 0)


def test_a_poisonous_request_fails_alone(wallet: Opener) -> None:
    ann = wallet("ann")
    poison = Op(Kind.DEPOSIT, ann, uuid4(), 5, ref_id="nul\0")  # PostgreSQL cannot hold it; the edge refuses it
    made = running()
    answers = answers_of(made, [deposit(ann, 1), deposit(ann, 2), poison, deposit(ann, 4)])
    made.close()
    assert [getattr(answer, "code", "done") for answer in answers] == ["done", "done", Code.INTERNAL, "done"]
    assert has(ann)[0] == 7
    assert not Result.objects.filter(client_id=poison.client_id).exists()


def test_a_lost_connection_is_unavailable_and_then_replaced(wallet: Opener) -> None:
    ann = wallet("ann")
    made = running()
    assert isinstance(answers_of(made, [deposit(ann, 1)])[0], Done)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE '%%ledger_journal%%' AND pid <> pg_backend_pid()"
        )
    again = deposit(ann, 2)
    (answer,) = answers_of(made, [again])
    if isinstance(answer, Refused):
        assert answer.code == Code.UNAVAILABLE
        (answer,) = answers_of(made, [again])
    assert isinstance(answer, Done)
    made.close()
    assert has(ann)[0] == 3


def test_fifty_bets_of_a_hundred_on_a_hundred_and_fifty(wallet: Opener) -> None:
    ann = wallet("ann")
    engines = [running() for _ in range(3)]
    answers_of(engines[0], [deposit(ann, 150)])
    found: list[Answer] = []
    threads = [
        threading.Thread(target=lambda n=n: found.extend(answers_of(engines[n % 3], [place(ann, 100)])))
        for n in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for made in engines:
        made.close()
    assert sorted(type(answer).__name__ for answer in found) == ["Done", *["Refused"] * 49]
    assert has(ann)[:2] == (50, 100)


def test_three_engines_over_the_same_wallets_keep_every_invariant(wallet: Opener) -> None:
    """Random requests with duplicates, sent through engines that meet on every wallet."""
    wallets = [wallet(f"player {number}") for number in range(6)]
    engines = [running() for _ in range(3)]
    answers_of(engines[0], [deposit(each, 500) for each in wallets])

    def play(number: int) -> None:
        drawn = random.Random(number)
        sent: list[Op] = []
        for _ in range(25):
            bets = [place(drawn.choice(wallets), drawn.randint(1, 90)) for _ in range(4)]
            ends = [
                end(drawn.choice([Kind.WIN, Kind.LOSE, Kind.VOID]), bet, drawn.randint(1, 200) * (drawn.random() < 0.5))
                for bet in bets
            ]
            ends = [replace(op, amount=0) if op.kind != Kind.WIN else replace(op, amount=op.amount or 1) for op in ends]
            one, two = drawn.sample(wallets, 2)
            moved = Op(Kind.TRANSFER, one, uuid4(), drawn.randint(1, 60), other_wallet_id=two)
            sent += [*bets, *ends, moved]
            answers_of(drawn.choice(engines), [*bets, moved, *drawn.sample(sent, min(3, len(sent)))])
            answers_of(drawn.choice(engines), ends)

    threads = [threading.Thread(target=play, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    for made in engines:
        made.close()
    assert_invariants()


def assert_invariants() -> None:
    """I1 to I6, I10 and I11 of a small ledger, the plain way."""
    wallets = {row.pk: row for row in WalletRow.objects.all()}
    for currency in ("PTS", "BTC"):
        assert sum(row.available + row.locked for row in wallets.values() if row.currency_id == currency) == 0
    entries: dict[int, list[EntryRow]] = {}
    for entry in EntryRow.objects.order_by("wallet_id", "version"):
        entries.setdefault(entry.wallet_id, []).append(entry)
    for number, row in wallets.items():
        own = entries.get(number, [])
        assert [entry.version for entry in own] == list(range(1, row.version + 1))
        assert row.available == sum(entry.d_available for entry in own)
        assert row.locked == sum(entry.d_locked for entry in own)
        assert row.locked == sum(HoldRow.objects.filter(wallet=row, status="open").values_list("amount", flat=True))
        assert row.kind != "user" or row.available >= 0
        for one, next_ in zip(own, own[1:], strict=False):
            assert next_.available_after == one.available_after + next_.d_available
            assert next_.locked_after == one.locked_after + next_.d_locked
    numbers = list(Journal.objects.order_by("no").values_list("no", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert checks.check() == []
