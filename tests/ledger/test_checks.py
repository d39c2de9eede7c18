"""Each invariant finds what breaks it, and says where; books in order have no breach, also while money moves."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from ledger import checks
from ledger.models import CheckRun
from ledger.operations import Kind, Op
from ledger.poster import Poster
from tests.ledger.conftest import AT, connect

# Ids that sort the same in every run.
OLD, NEW, LATE, MOVED = (UUID(int=number) for number in (1, 2, 3, 4))


@pytest.fixture
def books(wallet: Callable[..., int], poster: Poster) -> dict[str, int]:
    """Some history that was checked, and some that came behind it; wallets by owner. Ann's new entries begin at 6."""
    ann, ben, cat = wallet("ann"), wallet("ben"), wallet("cat")
    poster.post([Op(Kind.DEPOSIT, ann, OLD, 100), Op(Kind.DEPOSIT, cat, uuid4(), 70)], at=AT)
    bets = [Op(Kind.PLACE, ann, uuid4(), 10) for _ in range(3)]
    poster.post(bets, at=AT)
    poster.post([Op(Kind.WIN, ann, uuid4(), 25, hold=bets[0].client_id)], at=AT)
    poster.post([Op(Kind.PLACE, cat, uuid4(), 5)], at=AT)
    assert checks.run(full=True, at=AT).breaches == 0
    poster.post([Op(Kind.LOSE, ann, NEW, hold=bets[1].client_id)], at=AT)
    poster.post([Op(Kind.TRANSFER, ann, MOVED, 5, other_wallet_id=ben), Op(Kind.PLACE, ann, LATE, 7)], at=AT)
    poster.post([Op(Kind.PLACE, ben, uuid4(), 500)], at=AT)
    poster.post([Op(Kind.REVERSE, ann, uuid4(), undone=MOVED), Op(Kind.ADJUST, ben, uuid4(), 9, reason="why")], at=AT)
    poster.post([Op(Kind.WITHDRAW, ben, uuid4(), 3)], at=AT)
    return {"ann": ann, "ben": ben, "cat": cat}


# What a hand in the database could do, the triggers away, and what a full and an incremental check notice of it.
# Journals 1 to 4 were checked before, and cat's wallet was not touched since.
DAMAGE: list[tuple[str, set[str], set[str]]] = [
    ("UPDATE ledger_wallet SET available = available + 1 WHERE id = {ann}", {"I1", "I2"}, {"I1", "I2"}),
    ("UPDATE ledger_wallet SET available = available + 1 WHERE id = {cat}", {"I1", "I2"}, {"I1"}),
    (
        "UPDATE ledger_wallet SET available = available - 1, locked = locked + 1 WHERE id = {ann}",
        {"I2", "I4"},
        {"I2", "I4"},
    ),
    ("UPDATE ledger_wallet SET version = version + 1 WHERE id = {ann}", {"I3"}, {"I3"}),
    ("UPDATE ledger_wallet SET version = version + 1 WHERE id = {cat}", {"I3"}, set()),
    ("DELETE FROM ledger_entry WHERE wallet_id = {ann} AND version = 3", {"I2", "I3", "I6", "I10"}, set()),
    (
        "DELETE FROM ledger_entry WHERE wallet_id = {ann} AND version = 6",
        {"I1", "I2", "I3", "I6", "I10"},
        {"I1", "I2", "I10"},
    ),
    (
        "UPDATE ledger_entry SET d_available = d_available + 1, available_after = available_after + 1"
        " WHERE wallet_id = {ann} AND version = 1",
        {"I1", "I2", "I10"},
        set(),
    ),
    (
        "UPDATE ledger_entry SET d_available = d_available + 1, available_after = available_after + 1"
        " WHERE wallet_id = {ann} AND version = 6",
        {"I1", "I2", "I10"},
        {"I1", "I2", "I10"},
    ),
    # As many minor units as do not show where a number is folded into 32 bits.
    (
        "UPDATE ledger_entry SET available_after = available_after + 4294967297"
        " WHERE wallet_id = {ann} AND version = 6",
        {"I2", "I10"},
        {"I2", "I10"},
    ),
    ("UPDATE ledger_entry SET reason = 'because' WHERE wallet_id = {ann} AND version = 2", {"I10"}, set()),
    ("UPDATE ledger_entry SET reason = 'because' WHERE wallet_id = {ann} AND version = 6", {"I10"}, {"I10"}),
    ("UPDATE ledger_entry SET place = NULL WHERE wallet_id = {ann} AND version = 6", {"I10"}, {"I10"}),
    (
        "UPDATE ledger_entry SET client_id = gen_random_uuid() WHERE wallet_id = {ann} AND version = 2",
        {"I6", "I10"},
        set(),
    ),
    (
        "UPDATE ledger_entry SET client_id = gen_random_uuid() WHERE wallet_id = {ann} AND version = 6",
        {"I6", "I10"},
        {"I6", "I10"},
    ),
    (
        "UPDATE ledger_hold SET amount = amount + 1 WHERE wallet_id = {ann} AND status = 'open' AND amount = 7",
        {"I4"},
        {"I4"},
    ),
    (
        "UPDATE ledger_hold SET status = 'void' WHERE wallet_id = {ann} AND status = 'open' AND amount = 7",
        {"I4"},
        {"I4"},
    ),
    ("DELETE FROM ledger_hold WHERE wallet_id = {cat}", {"I4", "I6"}, set()),
    ("UPDATE ledger_wallet SET available = -1 WHERE id = {cat}", {"I1", "I2", "I5"}, {"I1", "I5"}),
    ("DELETE FROM ledger_result WHERE client_id = '{new}'", {"I6"}, {"I6"}),
    ("DELETE FROM ledger_result WHERE client_id = '{old}'", {"I6"}, set()),
    (
        "DELETE FROM ledger_entry WHERE kind = 11 AND wallet_id = {ann}",
        {"I1", "I2", "I3", "I6", "I10"},
        {"I1", "I2", "I3", "I10"},
    ),
    (
        "INSERT INTO ledger_result (wallet_id, client_id, fingerprint, version, code)"
        " SELECT wallet_id, client_id, fingerprint, version, '' FROM ledger_hold WHERE client_id = '{late}'",
        {"I6"},
        {"I6"},
    ),
    ("UPDATE ledger_journal SET recorded_at = recorded_at + interval '1 second' WHERE no = 2", {"I10"}, set()),
    ("UPDATE ledger_journal SET operations = operations + 1 WHERE no = 6", {"I10"}, {"I10"}),
    ("DELETE FROM ledger_journal WHERE no = 2", {"I1", "I10", "I11"}, set()),
    ("DELETE FROM ledger_journal WHERE no = 6", {"I1", "I10", "I11"}, {"I10", "I11"}),
    # The last that was checked: what follows must link to what it was then.
    ("UPDATE ledger_journal SET hash = sha256(hash) WHERE no = 4", {"I10"}, set()),
    ("UPDATE ledger_journal SET hash_before = sha256(hash_before) WHERE no = 5", {"I10"}, {"I10"}),
    ("DELETE FROM ledger_journal WHERE no = 9", {"I1", "I10", "I11"}, {"I10", "I11"}),
    ("UPDATE events_head SET hash = sha256(hash)", {"I10"}, {"I10"}),
    ("UPDATE events_head SET event_seq = event_seq + 1", {"I11"}, {"I11"}),
    ("UPDATE ledger_journal SET first_event = first_event - 1 WHERE no = 6", {"I11"}, {"I11"}),
    ("UPDATE ledger_journal SET events = events + 1 WHERE no = 6", {"I10", "I11"}, {"I10", "I11"}),
]


@contextmanager
def undone() -> Iterator[Any]:
    """A cursor of whoever owns the tables, the triggers away; everything is rolled back."""
    with connection.cursor() as cursor, transaction.atomic():
        for name in ("wallet", "entry", "hold", "result", "journal"):
            cursor.execute(f"ALTER TABLE ledger_{name} DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE ledger_wallet DROP CONSTRAINT wallet_available_not_negative")
        yield cursor
        transaction.set_rollback(True)


def broken(run: CheckRun) -> set[str]:
    """The invariants that a run found broken."""
    return {each["name"] for each in run.results if each["breaches"]}


def test_damage_is_noticed(books: dict[str, int], caplog: pytest.LogCaptureFixture) -> None:
    noticed: dict[str, tuple[set[str], set[str]]] = {}
    for statement, _, _ in DAMAGE:
        caplog.clear()
        with undone() as cursor:
            cursor.execute(statement.format(**books, old=OLD, new=NEW, late=LATE))
            assert cursor.rowcount == 1, statement
            full, incremental = (checks.run(full=full, at=AT) for full in (True, False))
            assert (full.is_full, incremental.is_full) == (True, False)
            noticed[statement] = broken(full), broken(incremental)
            told = json.dumps(full.results)
            assert "ledger_wallet" not in statement or "wallet " in told
            assert len([record for record in caplog.records if record.levelname == "ERROR"]) == (
                full.breaches + incremental.breaches
            )
    assert noticed == {statement: (full, incremental) for statement, full, incremental in DAMAGE}


def test_each_invariant_is_broken_by_something() -> None:
    named = {"I1", "I2", "I3", "I4", "I5", "I6", "I10", "I11"}
    assert set().union(*(full for _, full, _ in DAMAGE)) == named
    assert set().union(*(incremental for _, _, incremental in DAMAGE)) == named


def test_books_in_order(books: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    assert checks.check() == []
    call_command("check_ledger")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "The books are in order."
    assert lines[-2].startswith("Looked at journals 5 to 9 in ")
    assert lines[-3] == "I7   not checked: needs commissions"
    # Nothing came since.
    call_command("check_ledger")
    assert capsys.readouterr().out.splitlines()[-2].startswith("Looked at no journal in ")
    newest = checks.last_run()
    assert newest is not None
    assert (newest.open_holds, newest.journal_no, newest.event_seq) == (4, 9, _event_seq())
    call_command("check_ledger", "--full")
    assert capsys.readouterr().out.splitlines()[-2].startswith("Looked at everything up to journal 9 in ")
    assert checks.last_run().open_holds == 4


def _event_seq() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_seq FROM events_head")
        return int(cursor.fetchone()[0])


def test_empty_books_are_in_order(ledger: None) -> None:
    assert checks.check() == []
    # Without an earlier one it looks at everything.
    assert [checks.run(full=False, at=AT).is_full for _ in range(2)] == [True, False]


def test_a_breach_stays_until_it_is_gone(books: dict[str, int], poster: Poster) -> None:
    ann = books["ann"]
    with undone() as cursor:
        cursor.execute("UPDATE ledger_wallet SET available = available + 1 WHERE id = %s", [ann])
        cursor.execute("UPDATE ledger_wallet SET available = available - 1 WHERE id = %s", [books["ben"]])
        first, second = (checks.run(full=False, at=AT) for _ in range(2))
        assert broken(first) == broken(second) == {"I2"}
        assert (first.after_no, second.after_no) == (4, 4)
        assert f"wallet {ann} has" in json.dumps(first.results)
        cursor.execute("UPDATE ledger_wallet SET available = available - 1 WHERE id = %s", [ann])
        cursor.execute("UPDATE ledger_wallet SET available = available + 1 WHERE id = %s", [books["ben"]])
        assert checks.run(full=False, at=AT).breaches == 0
        assert checks.run(full=False, at=AT).after_no == 9


def test_the_command_says_where_and_fails(books: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    with undone() as cursor:
        cursor.execute("UPDATE ledger_wallet SET available = available + 7 WHERE id = %s", [books["ann"]])
        with pytest.raises(SystemExit) as ended:
            call_command("check_ledger", "--full")
    assert ended.value.code == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == "2 of 14 are broken."
    assert f"wallet {books['ann']} has" in printed.err


def test_money_that_moves_is_no_breach(books: dict[str, int]) -> None:
    """Each check sees one moment, whole, however many batches are committed between its statements."""
    ending = threading.Event()

    def post() -> None:
        poster = Poster(connect)
        while not ending.is_set():
            poster.post([Op(Kind.TRANSFER, books["ann"], uuid4(), 1, other_wallet_id=books["ben"])], at=AT)
            poster.post([Op(Kind.TRANSFER, books["ben"], uuid4(), 1, other_wallet_id=books["ann"])], at=AT)
        poster.close()

    thread = threading.Thread(target=post)
    thread.start()
    try:
        runs = []
        # Until enough was committed between them; the time limit of the test is the deadline.
        while len(runs) < 12 or runs[-1].journal_no < 30:
            runs.append(checks.run(full=len(runs) % 4 == 3, at=AT))
    finally:
        ending.set()
        thread.join()
    assert [run.results for run in runs if run.breaches] == []


def test_runs_are_pruned_but_not_where_the_next_begins(ledger: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "KEPT_MAX", 3)
    start = checks.run(full=True, at=AT)
    fulls = [checks.run(full=True, at=AT).pk for _ in range(4)]
    assert list(CheckRun.objects.order_by("pk").values_list("pk", flat=True)) == fulls[1:]
    with undone() as cursor:
        cursor.execute("UPDATE ledger_wallet SET available = 1 WHERE kind = 'world' AND currency = 'PTS'")
        bad = [checks.run(full=full, at=AT).pk for full in (True, True, True, True, False)]
        left = list(CheckRun.objects.order_by("pk").values_list("pk", flat=True))
    assert left == [fulls[-1], *bad[1:]]
    assert start.pk not in left


# --- What is told -----------------------------------------------------------------------------------


def test_health_is_unknown_until_something_was_checked(ledger: None) -> None:
    checks.forget_health()
    told = checks.health(at=AT)
    assert (told["status"], told["reason"]) == ("unknown", "Nothing was checked yet.")
    assert checks.run(full=True, at=AT).breaches == 0
    assert checks.health(at=AT)["status"] == "unknown"  # as it was said a moment ago
    checks.forget_health()
    told = checks.health(at=AT)
    assert told["status"] == "ok"
    assert set(told["invariants"].values()) == {"ok"}
    assert "I7" in told["not_checked"]
    assert "I7" not in told["invariants"]
    late = checks.health(at=AT + timedelta(minutes=16))
    assert (late["status"], late["reason"]) == ("unknown", "Nothing was checked for 16 minutes.")


def test_health_remembers_what_the_full_check_found(books: dict[str, int]) -> None:
    with undone() as cursor:
        cursor.execute("UPDATE ledger_wallet SET version = version + 1 WHERE id = %s", [books["cat"]])
        assert checks.run(full=True, at=AT).breaches == 1
        assert checks.run(full=False, at=AT).breaches == 0
        checks.forget_health()
        told = checks.health(at=AT)
        assert told["status"] == "violated"
        assert told["invariants"]["I3"] == "violated"
        assert f"wallet {books['cat']} is at version" in told["breaches"][0]["text"]
    checks.forget_health()


def test_the_summary_has_what_each_kind_holds(books: dict[str, int]) -> None:
    summary = checks.summary()
    sums = {(each.currency, each.kind): each.sum for each in summary.totals}
    assert summary.drift == {"BTC": 0, "PTS": 0}
    # 170 came in; ann won 15 and lost 10; ben was given 9.
    assert (sums["PTS", "world"], sums["PTS", "user"], sums["PTS", "house"]) == (-170, 184, -14)
    assert summary.last_full is not None
    assert summary.last_incremental is None
    assert (summary.journal_no, summary.seals) == (9, ())
