"""The SQL functions are the engine's equal: the same answers, the same rows, whichever of the two was asked."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts import switches
from accounts.audit import By
from ledger import checks
from ledger.models import EntryRow, HoldRow, Result, WalletRow
from ledger.operations import Answer, Done, Kind, Op
from ledger.poster import Poster
from tests.ledger.conftest import AT, connect

Opener = Callable[..., int]
COLUMNS = ("code", "new_available", "new_locked", "new_version", "replayed", "details")


def call(statement: str, *values: Any) -> dict[str, Any]:
    """One function's answer, from a connection of its own, as whoever scripts has it."""
    with connect() as raw:
        row = raw.execute(f"SELECT * FROM {statement}", values).fetchone()
    assert row is not None
    return dict(zip(COLUMNS, row, strict=True))


def by_function(op: Op) -> dict[str, Any]:
    match op.kind:
        case Kind.PLACE:
            values = (op.wallet_id, op.amount, op.client_id, op.expected_version, op.ref_type, op.ref_id)
            return call("rpc_place_bet(%s, %s, %s, %s, %s, %s)", *values)
        case Kind.WIN:
            return call("rpc_process_win(%s, %s, %s, %s)", op.wallet_id, op.hold, op.amount, op.client_id)
        case Kind.LOSE:
            return call("rpc_process_loss(%s, %s, %s)", op.wallet_id, op.hold, op.client_id)
    values = (op.wallet_id, op.client_id, op.amount, op.expected_version, op.ref_type, op.ref_id)
    return call("ledger_post(1::smallint, %s, %s, %s, %s, NULL, %s, %s)", *values)


def as_row(answer: Answer) -> dict[str, Any]:
    """An engine's answer as the functions give it."""
    if isinstance(answer, Done):
        return dict(
            zip(COLUMNS, ("OK", answer.available, answer.locked, answer.version, answer.replayed, {}), strict=True)
        )
    named = ("expected", "actual", "need", "have", "which", "allowed")
    details = {name: getattr(answer, name) for name in named if getattr(answer, name) not in (None, "")}
    return dict(zip(COLUMNS, (answer.code.value, None, None, None, answer.replayed, details), strict=True))


def drawn_ops(drawn: random.Random, wallet: int, count: int) -> list[Op]:
    """Requests of all kinds: repeated, stale, of other content, for holds that are open, closed or nobody's."""
    ops: list[Op] = [Op(Kind.DEPOSIT, wallet, uuid4(), 300)]
    for _ in range(count):
        bets = [op for op in ops if op.kind == Kind.PLACE]
        hold = drawn.choice(bets).client_id if bets and drawn.random() < 0.9 else uuid4()
        version = drawn.choice([None, None, None, drawn.randint(0, len(ops))])
        match drawn.randint(0, 9):
            case 0 | 1:
                op = Op(Kind.DEPOSIT, wallet, uuid4(), drawn.choice([0, 1, 50, 1_000, 1_001]))
            case 2 | 3 | 4:
                amount = drawn.choice([-5, 0, 1, 20, 75, 400, 1_001, 10**17 + 1])
                op = Op(Kind.PLACE, wallet, uuid4(), amount, expected_version=version, ref_type="round", ref_id="é7")
            case 5 | 6:
                op = Op(Kind.WIN, wallet, uuid4(), drawn.choice([-1, 0, 7, 40, 10**17 + 1]), hold=hold)
            case 7:
                op = Op(Kind.LOSE, wallet, uuid4(), hold=hold)
            case 8:
                op = drawn.choice(ops)
            case _:
                # A loss has no amount that could differ.
                op = drawn.choice([op for op in ops if op.kind != Kind.LOSE])
                op = replace(op, amount=drawn.randint(1, 9))
        ops.append(op)
    return ops


def rows_of(wallet: int) -> list[list[tuple[Any, ...]]]:
    """Everything that is stored about a wallet, but for its own id and its place in the log."""
    entries = EntryRow.objects.filter(wallet_id=wallet).order_by("version")
    columns = ("version", "kind", "d_available", "d_locked", "available_after", "locked_after", "client_id")
    holds = HoldRow.objects.filter(wallet_id=wallet).order_by("client_id")
    results = Result.objects.filter(wallet_id=wallet).order_by("client_id")
    return [
        list(entries.values_list(*columns, "ref_type", "ref_id", "reason")),
        list(holds.values_list("client_id", "kind", "amount", "status", "payout", "version", "ref_type", "ref_id")),
        list(results.values_list("client_id", "version", "code", "details", "moved")),
        list(WalletRow.objects.filter(pk=wallet).values_list("available", "locked", "version")),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_the_same_requests_get_the_same_answers_and_rows(wallet: Opener, poster: Poster, seed: int) -> None:
    ann, ben = wallet("ann"), wallet("ben")
    for op in drawn_ops(random.Random(seed), ann, 60):
        other = replace(op, wallet_id=ben)
        assert by_function(op) == as_row(poster.post([other], at=AT)[0]), op
    assert rows_of(ann) == rows_of(ben)
    assert checks.check() == []


@pytest.mark.parametrize("seed", range(4))
def test_both_may_be_asked_by_turns(wallet: Opener, poster: Poster, seed: int) -> None:
    ann, ben = wallet("ann"), wallet("ben")
    drawn = random.Random(seed)
    for op in drawn_ops(drawn, ann, 60):
        model = poster.post([replace(op, wallet_id=ben)], at=AT)[0]
        answer = by_function(op) if drawn.random() < 0.5 else as_row(poster.post([op], at=AT)[0])
        assert answer == as_row(model), op
    assert rows_of(ann) == rows_of(ben)
    assert checks.check() == []


def test_fingerprints_are_the_same(db: None) -> None:
    ops = [
        Op(Kind.PLACE, 7, uuid4(), 10, ref_type="ronda", ref_id="ñ✓"),
        Op(Kind.WIN, 2**62, uuid4(), 10**17, hold=uuid4()),
        Op(Kind.DEPOSIT, 1, uuid4(), 1),
    ]
    for op in ops:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ledger_fingerprint(%s::smallint, %s, %s, %s, %s, %s)",
                [op.kind.value, op.wallet_id, op.amount, op.hold, op.ref_type, op.ref_id],
            )
            assert bytes(cursor.fetchone()[0]) == op.fingerprint()


def test_a_deposit_of_a_chain_is_credited_once(wallet: Opener) -> None:
    ann = wallet("ann")
    seen = ("eth", "0x" + "ab" * 32, 3, "0x" + "cd" * 32, ann, 500)
    first = call("rpc_record_deposit(%s, %s, %s, %s, %s, %s)", *seen)
    assert (first["code"], first["new_available"], first["replayed"]) == ("OK", 500, False)
    for _ in range(3):
        assert call("rpc_record_deposit(%s, %s, %s, %s, %s, %s)", *seen) == {**first, "replayed": True}
    other_block = (*seen[:3], "0x" + "ce" * 32, *seen[4:])
    assert call("rpc_record_deposit(%s, %s, %s, %s, %s, %s)", *other_block)["new_available"] == 1_000
    assert checks.check() == []


def test_functions_and_engines_at_once_keep_every_invariant(wallet: Opener) -> None:
    ann = wallet("ann")
    call("ledger_post(1::smallint, %s, %s, 50, NULL, NULL, '', '')", ann, uuid4())
    shared = [uuid4() for _ in range(10)]
    answers: list[tuple[UUID, dict[str, Any]]] = []

    def send(number: int) -> None:
        poster = Poster(connect)
        for client_id in shared:
            op = Op(Kind.PLACE, ann, client_id, 10)
            answers.append((client_id, by_function(op) if number % 2 else as_row(poster.post([op], at=AT)[0])))
        poster.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 40
    for client_id in shared:
        told = [{**answer, "replayed": None} for id_, answer in answers if id_ == client_id]
        assert all(answer == told[0] for answer in told)
    assert len({id_ for id_, answer in answers if answer["code"] == "OK"}) == 5
    assert checks.check() == []


def test_the_switches_hold_for_functions_too(wallet: Opener) -> None:
    ann = wallet("ann")
    deposit = ("ledger_post(1::smallint, %s, %s, 50, NULL, NULL, '', '')", ann, uuid4())
    for name, called in [(switches.DEPOSITS_PAUSED, "Deposits"), (switches.WAGERS_PAUSED, "Wagers")]:
        switches.turn(name, True, by=By.command_line(), at=AT)
        statement = deposit if called == "Deposits" else ("rpc_place_bet(%s, %s, %s)", ann, 10, uuid4())
        assert (call(*statement)["code"], call(*statement)["details"]) == ("UNAVAILABLE", {"which": called})
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_hold_switch(%s)", [name])
            cursor.execute("SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = 7030003")
        switches.turn(name, False, by=By.command_line(), at=AT)
    assert call(*deposit)["code"] == "OK"


@pytest.mark.parametrize("name", [switches.WAGERS_PAUSED, switches.DEPOSITS_PAUSED])
def test_the_functions_lock_the_switch_that_is_turned(transactional_db: None, name: str) -> None:
    with connect() as raw, raw.transaction():
        raw.execute("SELECT ledger_hold_switch(%s)", [name])
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [switches.LOCKS, switches._key(name)])
            assert cursor.fetchone() == (False,)


@pytest.mark.parametrize(
    "statement",
    [
        "rpc_place_bet({ann}, NULL, gen_random_uuid())",
        "rpc_place_bet({ann}, 5, NULL)",
        "rpc_place_bet({ann}, 5, gen_random_uuid(), NULL, NULL)",
        "rpc_place_bet({ann}, 5, gen_random_uuid(), NULL, repeat('x', 101))",
    ],
)
def test_what_cannot_be_asked_changes_nothing(wallet: Opener, statement: str) -> None:
    ann = wallet("ann")
    with connect() as raw:
        raw.execute("SELECT ledger_post(1::smallint, %s, gen_random_uuid(), 50, NULL, NULL, '', '')", [ann])
        with pytest.raises(Exception, match="required|too long"):
            raw.execute("SELECT * FROM " + statement.format(ann=ann))
    assert WalletRow.objects.get(pk=ann).version == 1
    assert checks.check() == []


def test_a_wallet_that_is_nobodys_is_credited_to_nobody(ledger: None) -> None:
    answer = call("rpc_process_win(%s, %s, %s, %s)", 10**9, uuid4(), 100, uuid4())
    assert (answer["code"], answer["details"]) == ("NOT_FOUND", {"which": "wallet"})
    assert not EntryRow.objects.exists()


def test_checkpoints_are_kept_by_chain(transactional_db: None) -> None:
    with connect() as raw:
        for block in (7, 120, 95):  # a chain may go back
            raw.execute("SELECT set_indexer_checkpoint(%s, 'eth')", [block])
            assert raw.execute("SELECT get_indexer_checkpoint('eth'), get_indexer_checkpoint()").fetchone() == (
                block,
                0,
            )
        with pytest.raises(Exception, match="checkpoint_block_not_negative"):
            raw.execute("SELECT set_indexer_checkpoint(-1)")


def test_the_views_are_right_after_any_history(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    bets = [Op(Kind.PLACE, ann, uuid4(), 10) for _ in range(4)]
    poster.post([Op(Kind.DEPOSIT, ann, uuid4(), 100), *bets], at=AT)
    poster.post([Op(Kind.WIN, ann, uuid4(), 25, hold=bets[0].client_id)], at=AT)
    poster.post([Op(Kind.LOSE, ann, uuid4(), hold=bets[1].client_id)], at=AT)
    poster.post([Op(Kind.VOID, ann, uuid4(), hold=bets[2].client_id)], at=AT)
    poster.post([Op(Kind.ADJUST, ann, uuid4(), -5, reason="a gift too much")], at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT in_order FROM balance_reconciliation")
        assert cursor.fetchall() == [(True,)]
        cursor.execute("SELECT available, locked, locked_holds FROM balance_reconciliation WHERE wallet_id = %s", [ann])
        assert cursor.fetchall() == [(90, 10, 10)]
        cursor.execute("SELECT op_type FROM recent_activity WHERE wallet_id = %s", [ann])
        assert [row[0] for row in cursor.fetchall()] == [
            *("adjustment", "bet_void", "bet_lose", "bet_win"),
            *(["bet_lock"] * 4),
            "deposit",
        ]
        cursor.execute("ALTER TABLE ledger_wallet DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_wallet SET available = available + 1 WHERE id = %s", [ann])
        cursor.execute("ALTER TABLE ledger_wallet ENABLE TRIGGER USER")
        cursor.execute("SELECT wallet_id FROM balance_reconciliation WHERE NOT in_order")
        assert cursor.fetchall() == [(ann,)]
