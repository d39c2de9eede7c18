"""Group commit: what arrives while a batch is being committed is the next batch, and its commit is everybody's answer.

One thread owns one connection. It takes whatever is queued, at most `BATCH_MAX`, locks the wallets in order of their
ids, looks up what was answered before, decides in the order of arrival, writes all of it and commits; then the requests
are answered. There is no timer: a lone request commits at once, and under load the batches grow. The queue is bounded:
beyond it a request is answered `BUSY` without having been decided, and may be sent again.

Several engines, in this process or others, are correct at once, since they lock rows in one order; they only wait for
each other where their wallets meet. A request that the database refuses, or that meets an error of ours, is found by
halving its batch and answered `INTERNAL` alone.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg

from accounts import switches
from events.log import NewEvent, append
from ledger import content, sql
from ledger.decide import State
from ledger.operations import Answer, Code, Kind, Op, Refused

log = logging.getLogger(__name__)

BATCH_MAX: Final = 5_000
QUEUE_MAX: Final = 50_000
ATTEMPTS: Final = 5
# A statement of ours takes milliseconds; one that waits for so long waits for something that is stuck.
STATEMENT_SECONDS: Final = 10
# A currency's limits take effect within this time in every process.
BELIEVED_SECONDS: Final = 1.0

_LOST_A_RACE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)

Connect = Callable[[], psycopg.Connection[Any]]


class Closed(Exception):
    """The engine takes no more requests."""


class Poster:
    """Posts batches on one connection; not thread-safe."""

    def __init__(self, connect: Connect, *, shard: int = 0) -> None:
        self._connect, self._shard = connect, shard
        self._raw: psycopg.Connection[Any] | None = None
        self._books: sql.Books | None = None
        self._books_until = 0.0
        self._currencies: dict[int, str] = {}  # of wallets; a wallet keeps its currency for ever

    def post(self, ops: Sequence[Op], *, at: datetime) -> list[Answer]:
        """Decide and commit requests in one transaction; the answers in their order.

        Raises `psycopg.Error` where nothing of it was committed, or where that is not known because the connection
        broke in the commit: asking again with the same client ids is then always right.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._transact(ops, at=at)
            except _LOST_A_RACE:
                if attempt + 1 == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Let go of the connection."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def _transact(self, ops: Sequence[Op], *, at: datetime) -> list[Answer]:
        raw = self._connection()
        with raw.transaction(), psycopg.Cursor(raw) as cursor:
            paused = _paused(cursor, ops)
            books = self._read_books(cursor)
            touched = sql.wallets_touched(cursor, ops, books, self._currencies)
            state = sql.lock_and_look_up(cursor, ops, books, touched)
            state.paused = paused
            answers = state.decide_all(ops)
            if state.news:
                self._write(cursor, state, at=at)
        return answers

    @staticmethod
    def _write(cursor: sql.Cursor, state: State, *, at: datetime) -> None:
        row = cursor.execute("SELECT nextval('ledger_journal_ids')").fetchone()
        assert row is not None
        journal_id = int(row[0])
        digest = content.digest(journal_id, at, len(state.news), state.entries)
        changed = sql.write(cursor, state, journal_id=journal_id)
        events = [NewEvent(*event) for event in sql.write_extensions(cursor, state.views)]
        # Last: whoever appends holds up every other engine until its commit.
        told = append(cursor, events, at=at, digest=digest, reserved=changed)
        sql.write_journal(
            cursor,
            journal_id=journal_id,
            no=told.journal_no,
            at=at,
            state=state,
            first_event=told.last_seq - changed + 1,
            events=changed,
            digest=digest,
            hash_before=told.hash_before,
            hash_after=told.hash_after,
        )

    def _read_books(self, cursor: sql.Cursor) -> sql.Books:
        now = time.monotonic()
        if self._books is None or now > self._books_until:
            self._books = sql.read_books(cursor, shard=self._shard)
            self._books_until = now + BELIEVED_SECONDS
        return self._books

    def _connection(self) -> psycopg.Connection[Any]:
        if self._raw is None or self._raw.closed:
            self._raw = self._connect()
            sql.prepare(self._raw)
        return self._raw


# Which switch pauses the kinds that begin something; what was begun always ends.
_SWITCHES: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.PLACE: (switches.WAGERS_PAUSED, "Wagers"),
    Kind.DEPOSIT: (switches.DEPOSITS_PAUSED, "Deposits"),
    Kind.WITHDRAW: (switches.WITHDRAWALS_PAUSED, "Withdrawals"),
}


def _paused(cursor: sql.Cursor, ops: Sequence[Op]) -> Mapping[Kind, str]:
    """Kinds that are paused until this transaction ends, with what people call them."""
    asked = {op.kind for op in ops} & _SWITCHES.keys()
    if not asked:
        return {}
    on = switches.on_among(cursor, [_SWITCHES[kind][0] for kind in asked])
    return {kind: _SWITCHES[kind][1] for kind in asked if _SWITCHES[kind][0] in on}


class _Group(NamedTuple):
    """Requests that were submitted together."""

    ops: Sequence[Op]
    answered: "Future[list[Answer]]"


class Engine:
    """The queue of one process and the thread that empties it; `submit` may be called from any thread."""

    def __init__(self, connect: Connect, *, now: Callable[[], datetime], shard: int = 0) -> None:
        self._poster = Poster(connect, shard=shard)
        self._now = now
        self._waiting: deque[_Group] = deque()
        self._ops_waiting = 0
        self._arrived = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="ledger engine", daemon=True)
        self._thread.start()

    def submit(self, ops: Sequence[Op]) -> "Future[list[Answer]]":
        """Queue requests, to be decided in this order; their answers come when they are committed.

        Together they may be at most `BATCH_MAX`, and become part of one batch. Where the queue has no room for all of
        them, none is taken and each is `BUSY`. Raises `Closed`.
        """
        if not 0 < len(ops) <= BATCH_MAX:
            raise ValueError(f"Submit 1 to {BATCH_MAX} requests at once.")
        group = _Group(ops, Future())
        with self._arrived:
            if self._closing:
                raise Closed
            if self._ops_waiting + len(ops) <= QUEUE_MAX:
                self._waiting.append(group)
                self._ops_waiting += len(ops)
                self._arrived.notify()
                return group.answered
        group.answered.set_result([Refused(op.wallet_id, op.client_id, Code.BUSY) for op in ops])
        return group.answered

    def close(self) -> None:
        """Take no more requests, answer all that were taken, and end."""
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        self._thread.join()
        self._poster.close()

    def _run(self) -> None:
        while groups := self._next_groups():
            answers = self._answers([op for group in groups for op in group.ops])
            place = 0
            for group in groups:
                group.answered.set_result(answers[place : place + len(group.ops)])
                place += len(group.ops)

    def _next_groups(self) -> "list[_Group]":
        """What waits, as soon as something does; nothing when the engine is closed and all is answered."""
        taken: list[_Group] = []
        size = 0
        with self._arrived:
            self._arrived.wait_for(lambda: self._waiting or self._closing)
            while self._waiting and size + len(self._waiting[0].ops) <= BATCH_MAX:
                taken.append(self._waiting.popleft())
                size += len(taken[-1].ops)
            self._ops_waiting -= size
        return taken

    def _answers(self, ops: list[Op]) -> list[Answer]:
        try:
            return self._poster.post(ops, at=self._now())
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._poster.close()
            log.warning("The ledger's database did not answer", extra={"reason": type(error).__name__})
            return [Refused(op.wallet_id, op.client_id, Code.UNAVAILABLE) for op in ops]
        except Exception:
            if len(ops) == 1:
                log.exception("A request of the ledger failed", extra={"kind": ops[0].kind.name.lower()})
                return [Refused(ops[0].wallet_id, ops[0].client_id, Code.INTERNAL)]
            half = len(ops) // 2
            return self._answers(ops[:half]) + self._answers(ops[half:])
