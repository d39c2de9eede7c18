"""What could bring an engine down, or cost requests that have nothing to do with it."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledger import checks, posting, sql
from ledger.engine import Engine
from ledger.money import AMOUNT_MAX, BALANCE_MAX
from ledger.operations import Answer, Code, Done, Kind, Op, Refused
from ledger.poster import ATTEMPTS, Poster
from tests.ledger.conftest import AT, connect

Opener = Callable[..., int]
Connection = psycopg.Connection[Any]


def dep(wallet: int, amount: int = 100) -> Op:
    return Op(Kind.DEPOSIT, wallet, uuid4(), amount)


def test_a_caller_that_gives_up_costs_nobody_else(wallet: Opener) -> None:
    """asyncio.wrap_future cancels the future when its task is cancelled: a client that hangs up."""
    ann = wallet("ann")
    gate = threading.Event()

    def slow() -> Connection:
        gate.wait(5)
        return connect()

    made = Engine(slow, now=lambda: AT)
    given_up = made.submit([dep(ann)])
    assert not given_up.cancel()
    gate.set()
    later = made.submit([dep(ann)])
    assert isinstance(given_up.result(timeout=5)[0], Done)
    assert isinstance(later.result(timeout=5)[0], Done)
    made.close()


class Holding(psycopg.Connection):
    """Waits before its commit until it may."""

    before_commit: threading.Event
    reached: threading.Event | None = None

    @contextlib.contextmanager
    def transaction(self, *args: Any, **kwargs: Any) -> Iterator[psycopg.Transaction]:
        with super().transaction(*args, **kwargs) as tx:
            yield tx
            if self.reached is not None:
                self.reached.set()
                assert self.before_commit.wait(20)


def holding(reached: threading.Event, go: threading.Event) -> Callable[[], Connection]:
    with contextlib.closing(connect()) as usual:
        parameters, password = usual.info.get_parameters(), usual.info.password

    def made() -> Connection:
        raw = Holding.connect(**parameters, password=password, autocommit=True)
        raw.reached, raw.before_commit = reached, go
        return raw

    return made


@pytest.mark.parametrize("kind", [Kind.TRANSFER, Kind.DEPOSIT, Kind.ADJUST])
def test_a_reversal_beside_what_it_reverses(wallet: Opener, poster: Poster, kind: Kind) -> None:
    """The movement is not there when the wallets to lock are looked up, and is there once they are locked."""
    ann, ben = wallet("ann"), wallet("ben")
    poster.post([dep(ann, 1000)], at=AT)
    reached, go = threading.Event(), threading.Event()
    first = Poster(holding(reached, go))
    op = Op(kind, ann, uuid4(), 50, other_wallet_id=ben if kind == Kind.TRANSFER else None)
    told: list[list[Answer]] = []
    one = threading.Thread(target=lambda: told.append(first.post([op], at=AT)))
    one.start()
    assert reached.wait(10)
    failed: list[str] = []

    def reverse() -> None:
        try:
            told.append(poster.post([Op(Kind.REVERSE, ann, uuid4(), undone=op.client_id)], at=AT))
        except Exception as error:
            failed.append(repr(error))

    two = threading.Thread(target=reverse)
    two.start()
    with contextlib.closing(connect()) as raw:
        until = time.monotonic() + 10  # until it waits for the wallet
        while raw.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is None and time.monotonic() < until:
            time.sleep(0.01)
    go.set()
    one.join(20)
    two.join(20)
    first.close()
    assert failed == []
    assert [isinstance(answer, Done) for (answer,) in told] == [True, True]
    assert checks.check() == []


def test_a_wallet_that_somebody_holds_stops_nobody_else(wallet: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(posting.SETTINGS, "lock_timeout", 100)
    ann, ben = wallet("ann"), wallet("ben")
    engine = Engine(connect, now=lambda: AT)
    with contextlib.closing(connect()) as raw:
        with raw.transaction():
            raw.execute("SELECT 1 FROM ledger_wallet WHERE id = %s FOR UPDATE", [ann])
            held, free = dep(ann), dep(ben)
            (first, second) = engine.submit([held, free]).result(timeout=10)
            assert isinstance(first, Refused)
            assert first.code == Code.UNAVAILABLE
            assert isinstance(second, Done)
            # It is passed by from here on: nobody waits for it again just now.
            raw.execute("SELECT 1")  # this transaction is not idle
            (third,) = engine.submit([dep(ben)]).result(timeout=10)
            assert isinstance(third, Done)
        (again,) = engine.submit([held]).result(timeout=10)
    engine.close()
    assert isinstance(again, Done)
    assert not again.replayed
    assert checks.check() == []


def test_a_connection_that_died_in_between_costs_no_request(wallet: Opener) -> None:
    ann = wallet("ann")
    made = Engine(connect, now=lambda: AT)
    made.submit([dep(ann)]).result(10)
    with contextlib.closing(connect()) as raw:
        raw.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = %s AND pid <> pg_backend_pid()",
            [posting.APPLICATION],
        )
    answer = made.submit([dep(ann)]).result(10)[0]
    made.close()
    assert isinstance(answer, Done)


def test_the_world_cannot_owe_more_than_a_number_of_the_database(wallet: Opener, poster: Poster) -> None:
    """93 deposits of the most that one operation moves, into wallets that are far from full."""
    rich = wallet("rich", "BTC")
    (*done, last) = poster.post([dep(rich if n < 50 else wallet("too", "BTC"), AMOUNT_MAX) for n in range(93)], at=AT)
    assert all(isinstance(answer, Done) for answer in done)
    assert isinstance(last, Refused)
    assert (last.code, last.which, last.allowed) == (Code.LIMIT, "balance", BALANCE_MAX)
    assert checks.check() == []


def test_a_payout_below_zero_is_refused_by_the_rules(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    bet = Op(Kind.PLACE, ann, uuid4(), 10)
    poster.post([dep(ann), bet], at=AT)
    (answer,) = poster.post([Op(Kind.WIN, ann, uuid4(), -50, hold=bet.client_id)], at=AT)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.which) == (Code.LIMIT, "least")


def test_beside_a_stuck_wallet_others_are_still_waited_for(wallet: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another engine holds for the moment of a commit is no reason to refuse anybody."""
    monkeypatch.setitem(posting.SETTINGS, "lock_timeout", 1_000)
    ann, ben = wallet("ann"), wallet("ben")
    poster = Poster(connect)
    poster.post([dep(ann), dep(ben)], at=AT)
    begun = threading.Event()

    def as_another_engine_does() -> None:
        with contextlib.closing(connect()) as other, other.transaction():
            other.execute("SELECT 1 FROM ledger_wallet WHERE id = %s FOR NO KEY UPDATE", [ben])
            begun.set()
            time.sleep(0.1)

    with contextlib.closing(connect()) as holder, holder.transaction():
        holder.execute("SELECT 1 FROM ledger_wallet WHERE id = %s FOR UPDATE", [ann])
        (first,) = poster.post([Op(Kind.PLACE, ann, uuid4(), 1)], at=AT)
        thread = threading.Thread(target=as_another_engine_does)
        thread.start()
        begun.wait()
        again, of_ben = poster.post([Op(Kind.PLACE, ann, uuid4(), 1), Op(Kind.PLACE, ben, uuid4(), 1)], at=AT)
        thread.join()
    poster.close()
    assert [getattr(each, "code", None) for each in (first, again)] == [Code.UNAVAILABLE, Code.UNAVAILABLE]
    assert isinstance(of_ben, Done)


def test_nobody_is_told_that_nothing_was_done_when_it_was(wallet: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a batch that broke is taken apart, a part of it is committed; then something ends the rest."""
    ann = wallet("ann")
    real = Poster.post
    calls = []

    def post(self: Poster, ops: Sequence[Op], *, at: datetime) -> list[Answer]:
        calls.append(len(ops))
        if len(calls) == 1:
            raise ValueError("poison")
        if len(calls) == 3:
            raise SystemExit
        return real(self, ops, at=at)

    monkeypatch.setattr(Poster, "post", post)
    engine = Engine(connect, now=lambda: AT)
    ops = [dep(ann, 1), dep(ann, 2)]
    answers = engine.submit(ops).result(10)
    assert [getattr(each, "code", None) for each in answers] == [Code.UNAVAILABLE, Code.UNAVAILABLE]
    first, second = engine.submit(ops).result(10)
    engine.close()
    assert (first.replayed, second.replayed) == (True, False)
    assert checks.check() == []


@pytest.mark.parametrize("refused", range(1, ATTEMPTS + 1))
def test_however_often_a_race_is_lost_the_last_attempt_says_what_became_of_it(
    wallet: Opener, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    """Races lost, and then a wallet that somebody holds, whichever attempt that is."""
    real = Poster._transact
    calls = []

    def transact(self: Poster, ops: Sequence[Op], *, at: datetime, pass_by: bool) -> list[Answer]:
        calls.append(pass_by)
        if len(calls) < refused:
            raise psycopg.errors.DeadlockDetected
        if len(calls) == refused:
            raise psycopg.errors.LockNotAvailable
        return real(self, ops, at=at, pass_by=pass_by)

    monkeypatch.setattr(Poster, "_transact", transact)
    poster = Poster(connect)
    if refused == ATTEMPTS:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            poster.post([dep(wallet("ann"))], at=AT)
    else:
        (answer,) = poster.post([dep(wallet("ann"))], at=AT)
        assert isinstance(answer, Done)
        assert calls == [False] * refused + [True]
    poster.close()


def test_looking_for_a_stuck_wallet_keeps_no_lock_out_of_order(wallet: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wallet that was stuck a moment ago, and is free again, is locked in its turn and not before the others."""
    first, second = wallet("ann"), wallet("ben")
    poster = Poster(connect)
    poster.post([dep(first), dep(second)], at=AT)
    poster._stuck[second] = time.monotonic() + 60
    seen: list[object] = []
    real = sql.lock_and_look_up

    def look_up(*given: Any) -> Any:
        with contextlib.closing(connect()) as other:
            row = other.execute("SELECT id FROM ledger_wallet WHERE id = %s FOR UPDATE SKIP LOCKED", [second])
            seen.append(row.fetchone())
        return real(*given)

    monkeypatch.setattr(sql, "lock_and_look_up", look_up)
    answers = poster.post([Op(Kind.TRANSFER, first, uuid4(), 5, other_wallet_id=second)], at=AT)
    poster.close()
    assert isinstance(answers[0], Done)
    assert seen == [(second,)]
