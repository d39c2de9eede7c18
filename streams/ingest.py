"""The one way a bet or round gets in: idempotent, counted, ordered.

A batch is one transaction. It locks the streams it touches in key order, looks up what is already known under those
locks, decides message by message (`streams.decide`), and writes the rows together with the totals they change. Every
writer of a stream holds its row lock, so what was looked up stays true until the commit, and `seq` has neither holes
nor late arrivals. Since nearly all messages are new, that is assumed first and checked by the one statement that then
writes them. The statements are in `streams.sql`.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import psycopg
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction

from streams import sql
from streams.decide import Outcome, StreamChange, decide_all
from streams.wire import Message

log = logging.getLogger(__name__)

# A transaction that lost a deadlock, or whose stream was deleted under it, is run again; more than this is no chance.
ATTEMPTS = 5

# Above this the look-ups cost little beside the rows, and the careful way writes while the next part is prepared.
AS_IF_NEW_MAX = 1000

_LOST_A_RACE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


class Refused(NamedTuple):
    """The database would not store this message; the others of its batch are not affected."""

    reason: str


class StreamsBusy(Exception):
    """A batch lost every race for its streams; nothing was stored, and sending it again is safe."""


def ingest(
    messages: Sequence[Message], *, at: datetime, live: bool = True, simulated: bool = False
) -> list[Outcome | Refused]:
    """Store what is new of `messages`, durably, and answer for each in order.

    `at` is the time of arrival. With `live` false (an import) a stream's "last seen" follows the bets' own times
    instead of `at`. With `simulated` the streams that these messages begin are marked so; those that exist stay what
    they are. Inside the caller's `atomic` all is as durable as that transaction.
    A message the database refuses is refused alone: the batch is halved until it stands by itself.
    Raises `StreamsBusy`, or Django's `OperationalError` when the database is away; nothing is stored then.
    """
    if not messages:
        return []
    try:
        return list(_ingest_together(messages, at=at, live=live, simulated=simulated))
    except (DataError, IntegrityError) as error:
        if len(messages) == 1:
            log.warning("message refused by the database", extra={"kind": type(error).__name__})
            return [Refused("The database refused this message.")]
        half = len(messages) // 2
        again = partial(ingest, at=at, live=live, simulated=simulated)
        return again(messages[:half]) + again(messages[half:])


def _ingest_together(messages: Sequence[Message], *, at: datetime, live: bool, simulated: bool) -> list[Outcome]:
    for _ in range(ATTEMPTS):
        try:
            outcomes, found = _transact(messages, at=at, live=live, simulated=simulated)
        except sql.StreamVanished:
            sql.forget_streams()
            continue
        except (OperationalError, InterfaceError) as error:
            if isinstance(error.__cause__, _LOST_A_RACE) or _connection_was_lost():
                continue
            raise
        # Only a committed stream may be remembered; outside of a transaction that is at once.
        transaction.on_commit(partial(sql.remember_streams, found))
        return outcomes
    raise StreamsBusy("The streams were busy; nothing was stored. Please send the messages again.")


def _transact(
    messages: Sequence[Message], *, at: datetime, live: bool, simulated: bool
) -> tuple[list[Outcome], dict[sql.Pair, sql.Known]]:
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors:
        sql.renew_plans(raw, len(messages))
        if len(messages) <= AS_IF_NEW_MAX:
            outcomes = _ingest_as_if_new(raw, messages, at=at, live=live)
            if outcomes is not None:
                return outcomes, {}
        with _pipelined_transaction(raw):
            found = sql.find_streams(raw, messages, at=at, live=live, simulated=simulated)
            addressed = _addressed(messages, found)
            changes = sql.lock_and_look_up(raw, found.values(), addressed)
            outcomes = decide_all(changes, addressed)
            sql.write(raw, list(changes.values()), at=at, live=live)
    return outcomes, found


def _ingest_as_if_new(
    raw: psycopg.Connection[Any], messages: Sequence[Message], *, at: datetime, live: bool
) -> list[Outcome] | None:
    """The outcomes, if all messages turn out to be new; None, with nothing stored, when they have to be looked at.

    Nearly every message is new, and then one statement does it all, holding its streams' locks for a fraction of what
    asking first takes. It is decided as if nothing were known, and the database checks that under the lock.
    """
    found = sql.remembered_streams(messages)
    if found is None:
        return None
    addressed = _addressed(messages, found)
    changes = {known.key: StreamChange(known.key, known.public_id, last_seq=0) for known in found.values()}
    outcomes = decide_all(changes, addressed)
    if not all(outcome.accepted for outcome in outcomes):
        return None
    # The statement is a transaction of its own; inside somebody's it must not spoil that one if it fails.
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        written = sql.write_if_new(raw, list(changes.values()), at=at, live=live)
    return outcomes if written else None


def _addressed(messages: Sequence[Message], found: dict[sql.Pair, sql.Known]) -> list[tuple[int, Message]]:
    return [(found[message.server_seed_hashed, message.client_seed].key, message) for message in messages]


@contextmanager
def _pipelined_transaction(raw: psycopg.Connection[Any]) -> Iterator[None]:
    """One transaction whose COMMIT travels with its last statements.

    So a stream's lock is held for one round trip less than with Django's `atomic`, and that lock is what limits a
    busy stream. Inside somebody's `atomic` it is a savepoint of that.
    """
    if connection.in_atomic_block:
        with transaction.atomic(), raw.pipeline():
            yield
        return
    try:
        # Not psycopg's `transaction()`: in a pipeline that waits for the server before and after.
        with raw.pipeline():
            psycopg.Cursor(raw).execute("BEGIN")
            yield
            psycopg.Cursor(raw).execute("COMMIT")
    except BaseException:
        if not raw.closed:
            raw.rollback()
        raise


def _connection_was_lost() -> bool:
    """Whether the server went away under us, as in a restart; then a new connection may do what the old could not.

    Even if the commit had gone through: what is stored already is known by the next attempt.
    """
    if connection.in_atomic_block or connection.connection is None or not connection.connection.closed:
        return False
    connection.close()
    return True
