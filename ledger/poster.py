"""One batch of requests, one transaction: what an engine does on its connection.

Wallets are locked in the order of their ids, then it is looked up what was answered before, then everything is decided
in the order of arrival and written, and last of all the head of the log is moved on.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import psycopg

from accounts import switches
from events.log import NewEvent, append
from ledger import content, extension_sql, sql
from ledger.decide import State
from ledger.operations import Answer, Code, Kind, Op, Refused

log = logging.getLogger(__name__)

ATTEMPTS: Final = 5
# A currency's limits take effect within this time in every process.
BELIEVED_SECONDS: Final = 1.0
# How long a wallet that somebody held for too long is passed by at once, before it is waited for again.
STUCK_SECONDS: Final = 5.0
CURRENCIES_MAX: Final = 500_000  # of wallets, as many as are remembered

_LOST_A_RACE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, sql.Outdated)

Connect = Callable[[], psycopg.Connection[Any]]


class Poster:
    """Posts batches on one connection; not thread-safe."""

    def __init__(self, connect: Connect, *, shard: int = 0) -> None:
        self._connect, self._shard = connect, shard
        self._raw: psycopg.Connection[Any] | None = None
        self._books: sql.Books | None = None
        self._books_until = 0.0
        self._currencies: dict[int, str] = {}  # of wallets; a wallet keeps its currency for ever
        self._stuck: dict[int, float] = {}  # wallets that somebody held, and until when they are passed by

    def post(self, ops: Sequence[Op], *, at: datetime) -> list[Answer]:
        """Decide and commit requests in one transaction; the answers in their order.

        A request for a wallet that somebody else holds for too long is answered `UNAVAILABLE` alone. Raises
        `psycopg.Error` where nothing was committed, or where that is not known because the connection broke in the
        commit: asking again with the same client ids is then always right.
        """
        pass_by = False
        for _ in range(ATTEMPTS - 1):
            fresh = self._raw is None or self._raw.closed
            try:
                return self._transact(ops, at=at, pass_by=pass_by)
            except _LOST_A_RACE:
                self._books = None
            except psycopg.errors.LockNotAvailable:
                if pass_by:
                    raise
                pass_by = True
            except (psycopg.OperationalError, psycopg.InterfaceError):
                # A connection that died while nothing was asked: on a new one the same is right, whatever became of it.
                if fresh or self._raw is None or not self._raw.closed:
                    raise
        return self._transact(ops, at=at, pass_by=pass_by)

    def close(self) -> None:
        """Let go of the connection."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def _transact(self, ops: Sequence[Op], *, at: datetime, pass_by: bool) -> list[Answer]:
        raw = self._connection()
        with raw.transaction(), psycopg.Cursor(raw) as cursor:
            paused = _paused(cursor, ops)
            books = self._read_books(cursor)
            if len(self._currencies) > CURRENCIES_MAX:
                self._currencies.clear()
            touched = sql.wallets_touched(cursor, ops, books, self._currencies)
            wallets = {wallet_id for each in touched for wallet_id in each}
            stuck = self._stuck_among(cursor, wallets, pass_by=pass_by)
            free = [op for op, each in zip(ops, touched, strict=True) if stuck.isdisjoint(each)] if stuck else ops
            state = sql.lock_and_look_up(cursor, free, books, wallets - stuck)
            state.paused = paused
            answers = state.decide_all(free)
            if state.news:
                self._write(cursor, state, at=at)
        if not stuck:
            return answers
        decided = iter(answers)
        return [
            next(decided) if stuck.isdisjoint(each) else Refused(op.wallet_id, op.client_id, Code.UNAVAILABLE)
            for op, each in zip(ops, touched, strict=True)
        ]

    def _stuck_among(self, cursor: sql.Cursor, wallets: set[int], *, pass_by: bool) -> set[int]:
        """The wallets not to wait for: none, unless waiting for one took too long just now or a moment ago."""
        now = time.monotonic()
        if self._stuck:
            self._stuck = {wallet_id: until for wallet_id, until in self._stuck.items() if now < until}
        if pass_by:
            stuck = sql.stuck_wallets(cursor, wallets)
            if stuck:
                log.warning("Wallets are held by somebody else", extra={"wallets": sorted(stuck)[:10]})
                self._stuck.update(dict.fromkeys(stuck, now + STUCK_SECONDS))
            return stuck
        # Others may be held for a moment by another engine's commit, and are waited for.
        doubtful = wallets & self._stuck.keys()
        if not doubtful:
            return set()
        # Only a look: locks that are kept from here on would be out of the order that all keep.
        with cursor.connection.transaction(force_rollback=True):
            return sql.stuck_wallets(cursor, doubtful)

    @staticmethod
    def _write(cursor: sql.Cursor, state: State, *, at: datetime) -> None:
        row = cursor.execute("SELECT nextval('ledger_journal_ids')").fetchone()
        assert row is not None
        journal_id = int(row[0])
        digest = content.digest(journal_id, at, len(state.news), state.entries)
        changed = sql.write(cursor, state, journal_id=journal_id)
        events = [NewEvent(*event) for event in extension_sql.write(cursor, state.views)]
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
