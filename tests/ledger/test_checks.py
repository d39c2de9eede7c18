"""Each invariant finds what breaks it, and says where; books in order have no breach."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from ledger import checks
from ledger.engine import Poster
from ledger.operations import Kind, Op
from tests.ledger.conftest import AT


@pytest.fixture
def books(wallet: Callable[..., int], poster: Poster) -> int:
    """Some history; the wallet of ann."""
    ann, ben = wallet("ann"), wallet("ben")
    bets = [Op(Kind.PLACE, ann, uuid4(), 10) for _ in range(3)]
    poster.post([Op(Kind.DEPOSIT, ann, uuid4(), 100), *bets], at=AT)
    poster.post([Op(Kind.WIN, ann, uuid4(), 25, hold=bets[0].client_id)], at=AT)
    poster.post([Op(Kind.LOSE, ann, uuid4(), hold=bets[1].client_id)], at=AT)
    poster.post([Op(Kind.TRANSFER, ann, uuid4(), 5, other_wallet_id=ben)], at=AT)
    poster.post([Op(Kind.PLACE, ben, uuid4(), 500)], at=AT)
    return ann


def test_books_in_order(books: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert checks.check() == []
    call_command("check_ledger")
    assert capsys.readouterr().out.splitlines()[-1] == "The books are in order."


def test_empty_books_are_in_order(ledger: None) -> None:
    assert checks.check() == []


# What a hand in the database could do, the triggers away, and what has to notice.
DAMAGE = [
    ("UPDATE ledger_wallet SET available = available + 1 WHERE id = {ann}", {"I1", "I2"}),
    ("UPDATE ledger_wallet SET available = available - 1, locked = locked + 1 WHERE id = {ann}", {"I2", "I4"}),
    ("UPDATE ledger_wallet SET version = version + 1 WHERE id = {ann}", {"I3"}),
    ("DELETE FROM ledger_entry WHERE wallet_id = {ann} AND version = 3", {"I2", "I3", "I6", "I10"}),
    (
        "UPDATE ledger_entry SET d_available = d_available + 1, available_after = available_after + 1"
        " WHERE wallet_id = {ann} AND version = 1",
        {"I1", "I2", "I10"},
    ),
    ("UPDATE ledger_entry SET reason = 'because' WHERE wallet_id = {ann} AND version = 2", {"I10"}),
    ("UPDATE ledger_entry SET client_id = gen_random_uuid() WHERE wallet_id = {ann} AND version = 2", {"I6", "I10"}),
    ("UPDATE ledger_hold SET amount = amount + 1 WHERE wallet_id = {ann} AND status = 'open'", {"I4", "I6"}),
    ("UPDATE ledger_hold SET status = 'void' WHERE wallet_id = {ann} AND status = 'open'", {"I4"}),
    ("DELETE FROM ledger_result WHERE client_id = (SELECT client_id FROM ledger_result LIMIT 1)", {"I6"}),
    ("DELETE FROM ledger_hold WHERE wallet_id = {ann} AND status = 'settled' AND payout > 0", {"I6"}),
    ("UPDATE ledger_journal SET recorded_at = recorded_at + interval '1 second' WHERE no = 2", {"I10"}),
    ("UPDATE ledger_journal SET operations = operations + 1 WHERE no = 2", {"I6", "I10"}),
    ("DELETE FROM ledger_journal WHERE no = 2", {"I1", "I6", "I10", "I11"}),
    ("UPDATE ledger_journal SET hash = sha256(hash) WHERE no = 5", {"I10"}),
    ("UPDATE events_head SET hash = sha256(hash)", {"I10"}),
    ("UPDATE events_head SET event_seq = event_seq + 1", {"I11"}),
    ("UPDATE ledger_journal SET events = events + 1 WHERE no = 2", {"I11"}),
    ("UPDATE ledger_entry SET place = NULL WHERE wallet_id = {ann} AND version = 4", {"I11"}),
]


@contextmanager
def without_triggers() -> Iterator[Any]:
    """As whoever owns the tables can have it."""
    tables = [f"ledger_{name}" for name in ("wallet", "entry", "hold", "result", "journal")] + ["events_event"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.mark.parametrize(("statement", "noticed"), DAMAGE, ids=[statement for statement, _ in DAMAGE])
def test_damage_is_noticed(books: int, statement: str, noticed: set[str]) -> None:
    with without_triggers() as cursor:
        cursor.execute(statement.format(ann=books))
        assert cursor.rowcount == 1
    found = checks.check()
    assert {breach.invariant for breach in found} == noticed
    if "ledger_wallet" in statement:
        assert any(f"wallet {books}" in breach.text for breach in found)


def test_the_command_says_where_and_fails(books: int, capsys: pytest.CaptureFixture[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_wallet SET version = version + 1, available = available + 7 WHERE id = %s", [books]
        )
    with pytest.raises(SystemExit) as ended:
        call_command("check_ledger")
    assert ended.value.code == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == "3 of 14 are broken."
    assert f"wallet {books} has" in printed.err
