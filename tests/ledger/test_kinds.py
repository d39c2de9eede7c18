"""An app commits rows of its own with the money: all of it or nothing, and its mistakes stay its own.

The app of this test has rounds that are open or closed, and a line for each bet in a round.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from events.queries import replay
from ledger import checks, kinds, posting
from ledger.kinds import Copy, Decided, Declined, Event, Extension, Rows, Update, View
from ledger.models import EntryRow, HoldRow, WalletRow
from ledger.operations import Answer, Code, Done, Kind, Op, Refused
from ledger.poster import Poster
from tests.ledger.conftest import AT

Opener = Callable[..., int]

EXPOSURE_MAX = 100


def locks(ops: Sequence[Op]) -> list[int]:
    return [int(op.payload[0] or 0) for op in ops]


def decide(op: Op, view: View) -> Declined | None:
    round_id = int(op.payload[0] or 0)
    if op.payload[1] == "broken":
        raise RuntimeError("a mistake of the app")
    row = view.rows.get(round_id)
    if row is None or row["state"] != "betting":
        return Declined(Code.ROUND_CLOSED)
    taken = row["exposure"] + sum(each.op.amount for each in view.accepted if each.op.payload[0] == round_id)
    return Declined(Code.LIMIT, "exposure", EXPOSURE_MAX) if taken + op.amount > EXPOSURE_MAX else None


def rows(decided: Sequence[Decided]) -> Rows:
    if any(each.op.payload[1] == "bad rows" for each in decided):
        raise RuntimeError("a mistake of the app")
    per_round: dict[int, int] = {}
    for op, _ in decided:
        per_round[int(op.payload[0] or 0)] = per_round.get(int(op.payload[0] or 0), 0) + op.amount
    state = "gone" if any(each.op.payload[1] == "stale" for each in decided) else "betting"
    lines = [(op.client_id, op.payload[0], op.amount, op.payload[1]) for op, _ in decided]
    return Rows(
        copies=[Copy("toy_bet", ("id", "round_id", "amount", "pick"), ("uuid", "int8", "int8", "text"), lines)],
        updates=[
            Update(
                "toy_round",
                ("id", "state"),
                ("added",),
                ("int8", "text", "int8"),
                [(number, state, amount) for number, amount in per_round.items()],
            )
        ],
        events=[Event(f"toy:{number}", "toy.bets", {"amount": amount}) for number, amount in per_round.items()],
    )


TOY = Extension("toy", "toy_round", ("state", "exposure"), exclusive=True, extra_locks=locks, decide=decide, rows=rows)


@pytest.fixture
def toy(ledger: None) -> Iterator[None]:
    """The app's two tables, and its registration."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE toy_round (id bigint PRIMARY KEY, state text, exposure bigint, added bigint)")
        cursor.execute("CREATE TABLE toy_bet (id uuid PRIMARY KEY, round_id bigint, amount bigint, pick text)")
        cursor.execute("INSERT INTO toy_round VALUES (7, 'betting', 0, 0), (8, 'closed', 0, 0), (9, 'betting', 0, 0)")
    kinds.register(TOY)
    yield
    posting.close()
    kinds._registered.pop("toy")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE toy_bet, toy_round")


@pytest.fixture
def ann(toy: None, wallet: Opener, poster: Poster) -> int:
    opened = wallet("ann")
    poster.post([Op(Kind.DEPOSIT, opened, uuid4(), 1_000)], at=AT)
    return opened


def bet(wallet: int, round_id: int, amount: int = 10, pick: str = "red") -> Op:
    return Op(Kind.PLACE, wallet, uuid4(), amount, extension="toy", payload=(round_id, pick))


def stored(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def codes(answers: Sequence[Answer]) -> list[str]:
    return ["done" if isinstance(answer, Done) else answer.code.value for answer in answers]


def test_rows_are_committed_with_the_money(ann: int, poster: Poster) -> None:
    ops = [bet(ann, 7), bet(ann, 9, 30), bet(ann, 7, 5)]
    assert codes(poster.post(ops, at=AT)) == ["done"] * 3
    assert stored("SELECT id, round_id, amount, pick FROM toy_bet ORDER BY amount") == [
        *((ops[2].client_id, 7, 5, "red"), (ops[0].client_id, 7, 10, "red"), (ops[1].client_id, 9, 30, "red"))
    ]
    assert stored("SELECT id, added FROM toy_round ORDER BY id") == [(7, 15), (8, 0), (9, 30)]
    assert [(event.stream, event.body) for event in replay(["toy:7", "toy:9"], after=0).events] == [
        *(("toy:7", {"amount": 15}), ("toy:9", {"amount": 30}))
    ]
    assert HoldRow.objects.count() == 3
    assert checks.check() == []


def test_the_app_declines_and_that_is_remembered(ann: int, poster: Poster) -> None:
    late, missing, first, too_much = bet(ann, 8), bet(ann, 6), bet(ann, 7, 90), bet(ann, 7, 11)
    answers = poster.post([late, missing, first, too_much], at=AT)
    assert codes(answers) == ["ROUND_CLOSED", "ROUND_CLOSED", "done", "LIMIT"]
    limit = answers[3]
    assert isinstance(limit, Refused)
    assert (limit.which, limit.allowed) == ("exposure", EXPOSURE_MAX)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE toy_round SET state = 'betting'")
    (again,) = poster.post([late], at=AT)
    assert codes([again]) == ["ROUND_CLOSED"]
    assert again.replayed
    assert stored("SELECT amount FROM toy_bet") == [(90,)]


def test_the_wallet_declines_what_the_app_accepts(ann: int, poster: Poster) -> None:
    poster.post([Op(Kind.WITHDRAW, ann, uuid4(), 995)], at=AT)
    assert codes(poster.post([bet(ann, 7, 6), bet(ann, 7, 5)], at=AT)) == ["INSUFFICIENT_FUNDS", "done"]
    assert stored("SELECT amount FROM toy_bet") == [(5,)]


def test_a_replay_writes_nothing_again(ann: int, poster: Poster) -> None:
    op = bet(ann, 7)
    (first,) = poster.post([op], at=AT)
    (again, mismatch) = poster.post([op, replace(op, payload=(7, "black"))], at=AT)
    assert isinstance(again, Done)
    assert again == replace(first, replayed=True)
    assert codes([mismatch]) == ["IDEMPOTENCY_MISMATCH"]
    assert stored("SELECT count(*) FROM toy_bet") == [(1,)]


@pytest.mark.parametrize("pick", ["broken", "bad rows", "stale", "\x00"])
def test_a_mistake_of_the_app_costs_that_request_alone(ann: int, pick: str) -> None:
    ops = [bet(ann, 7, 1 + number, pick if number == 3 else "red") for number in range(8)]
    answers = posting.post(ops)
    assert codes(answers) == ["done"] * 3 + ["INTERNAL"] + ["done"] * 4
    assert stored("SELECT sum(amount) FROM toy_bet") == [(32,)]
    assert WalletRow.objects.get(pk=ann).locked == 32
    # Nothing was decided for it, so it may be sent again once the app is mended.
    assert codes(posting.post([replace(ops[3], payload=(7, "red"))])) == ["done"]
    assert checks.check() == []


def test_an_unknown_extension_is_a_mistake_of_that_request_alone(ann: int) -> None:
    strange = Op(Kind.PLACE, ann, uuid4(), 1, extension="nobody")
    assert codes(posting.post([bet(ann, 7), strange])) == ["done", "INTERNAL"]


@pytest.mark.parametrize(
    "table", ["ledger_wallet", "events_event", "accounts_token", "toy_bet; DROP TABLE toy_bet", 'a"b', "Toy", ""]
)
def test_an_app_cannot_name_tables_that_are_not_its_own(table: str, ann: int, poster: Poster) -> None:
    with pytest.raises(ValueError, match="may not write|small letters"):
        kinds.register(replace(TOY, table=table))
    kinds.register(replace(TOY, rows=lambda decided: Rows(copies=[Copy(table, ("id",), ("int8",), [(1,)])])))
    before = EntryRow.objects.count()
    with pytest.raises(ValueError, match="may not write|small letters"):
        poster.post([bet(ann, 7)], at=AT)
    kinds.register(
        replace(TOY, rows=lambda decided: Rows(updates=[Update(table, ("id",), ("a",), ("int8",) * 2, [(1, 1)])]))
    )
    with pytest.raises(ValueError, match="may not write|small letters"):
        poster.post([bet(ann, 7)], at=AT)
    assert EntryRow.objects.count() == before


def test_what_the_database_refuses_of_the_app_undoes_the_money_too(ann: int, poster: Poster) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE toy_bet ADD CONSTRAINT small CHECK (amount < 50)")
    with pytest.raises(psycopg.errors.CheckViolation):
        poster.post([bet(ann, 7, 60)], at=AT)
    assert WalletRow.objects.get(pk=ann).locked == 0
    assert not HoldRow.objects.exists()
    assert checks.check() == []
