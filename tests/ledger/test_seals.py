"""A seal is made once a day, says what the books were, is signed, and is never changed."""

import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from ledger import checks, seals, signing
from ledger.models import Seal
from ledger.operations import Kind, Op
from ledger.poster import Poster
from tests.ledger.conftest import AT

DAY = timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.STAKEPRO_HOME = tmp_path
    return tmp_path


def change(statement: str, *values: object) -> None:
    """As whoever owns the table can."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_seal DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        cursor.execute("ALTER TABLE ledger_seal ENABLE TRIGGER USER")


def test_seals_follow_one_another(wallet: Callable[..., int], poster: Poster, home: Path) -> None:
    ann = wallet("ann")
    poster.post([Op(Kind.DEPOSIT, ann, uuid4(), 100)], at=AT)
    first, is_new = seals.seal(at=AT)
    assert is_new
    again, is_new = seals.seal(at=AT + timedelta(hours=3))
    assert (again.statement, is_new) == (first.statement, False)
    poster.post([Op(Kind.PLACE, ann, uuid4(), 30)], at=AT)
    second, _ = seals.seal(at=AT + DAY)
    told = json.loads(second.statement)
    assert told["before"] == {"day": "2026-11-21", "sha256": seals.statement_hash(first)}
    assert (told["journal_no"], told["entries"], told["day"]) == (2, 3, "2026-11-22")
    assert told["sums"]["PTS"]["user"] == {"wallets": 1, "available": "70", "locked": "30"}
    assert told["sums"]["PTS"]["world"] == {"wallets": 1, "available": "-100", "locked": "0"}
    assert bytes(second.public_key) == signing.public_key()
    assert seals.problems() == []
    assert checks.summary().seals == (second, first)
    assert checks.run(full=True, at=AT).breaches == 0
    _what_may_not_be(first, second)


def _what_may_not_be(first: Seal, second: Seal) -> None:
    for refused in ("UPDATE ledger_seal SET statement = 'x'", "DELETE FROM ledger_seal"):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(refused)
    altered = first.statement.replace('"available":"100"', '"available":"900"')
    assert altered != first.statement
    table: list[tuple[str, tuple[object, ...], list[str]]] = [
        (
            "UPDATE ledger_seal SET statement = %s WHERE day = %s",
            (altered, first.day),
            [
                "the seal of 2026-11-21 is not signed by the key it names",
                "the seal of 2026-11-22 does not name the one before it",
            ],
        ),
        (
            "DELETE FROM ledger_seal WHERE day = %s",
            (first.day,),
            ["the seal of 2026-11-22 does not name the one before it"],
        ),
        (
            "UPDATE ledger_seal SET public_key = sha256('') WHERE day = %s",
            (second.day,),
            ["the seal of 2026-11-22 is not signed by the key it names"],
        ),
        (
            "UPDATE ledger_seal SET hash = sha256(hash) WHERE day = %s",
            (second.day,),
            [
                "the seal of 2026-11-22 says something else than its row",
                "journal 2 is not the one that was sealed on 2026-11-22",
            ],
        ),
    ]
    for statement, values, expected in table:
        with transaction.atomic():
            change(statement, *values)
            assert seals.problems() == expected, statement
            if "hash = " in statement:
                broken = [each for each in checks.check() if each.invariant == "I10"]
                assert [each.text for each in broken] == ["journal 2 is not the one that was sealed on 2026-11-22"]
            transaction.set_rollback(True)


def test_the_command_shows_the_seal_and_the_key(ledger: None, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seal_ledger")
    printed = capsys.readouterr().out
    assert printed.startswith("Sealed: ")
    assert f"public key  {signing.public_key().hex()}\n" in printed
    call_command("seal_ledger")
    assert capsys.readouterr().out.startswith("Already sealed: ")
    call_command("seal_ledger", "--verify")
    assert capsys.readouterr().out.startswith("Every seal is signed")
    with transaction.atomic():
        change("UPDATE ledger_seal SET signature = sha256('')")
        with pytest.raises(CommandError, match="1 of what"):
            call_command("seal_ledger", "--verify")
        transaction.set_rollback(True)


def test_the_key_is_made_once_for_its_user_alone(home: Path) -> None:
    key = signing.public_key()
    path = home / signing.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.public_key() == key
    signature = signing.sign(b"books")
    assert signing.is_signed(b"books", signature=signature, by=key)
    assert not signing.is_signed(b"looks", signature=signature, by=key)
    assert not signing.is_signed(b"books", signature=signature[:-1], by=key)
    assert not signing.is_signed(b"books", signature=signature, by=b"short")


@pytest.mark.parametrize("content", ["", "too short\n", "A" * 43 + "\n"])
def test_it_refuses_a_key_that_is_none(home: Path, content: str) -> None:
    (home / signing.FILE_NAME).write_text(content)
    with pytest.raises(signing.NoSigningKey, match=r"^ledger\.key "):
        signing.sign(b"books")
