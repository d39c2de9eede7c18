"""The one way a bet or round gets in: idempotent, counted, ordered.

A batch is one transaction. It locks the streams it touches in key order, looks up what is already known under those
locks, decides message by message (`streams.decide`), and writes the rows together with the totals they change. Every
writer of a stream holds its row lock, so what was looked up stays true until the commit, and `seq` has neither holes
nor late arrivals. The statements are in `streams.sql`; they travel in two pipelined round trips.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction

from streams import sql
from streams.decide import Outcome, decide_all
from streams.wire import Message

log = logging.getLogger(__name__)

# A transaction that lost a deadlock, or whose stream was deleted under it, is run again; more than this is no chance.
ATTEMPTS = 5

_LOST_A_RACE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


class Refused(NamedTuple):
    """The database would not store this message; the others of its batch are not affected."""

    reason: str


class StreamsBusy(Exception):
    """A batch lost every race for its streams; nothing was stored, and sending it again is safe."""


def ingest(messages: Sequence[Message], *, at: datetime, live: bool = True) -> list[Outcome | Refused]:
    """Store what is new of `messages`, durably, and answer for each in order.

    `at` is the time of arrival. With `live` false (an import) a stream's "last seen" follows the bets' own times
    instead of `at`. A message the database refuses is refused alone: the batch is halved until it stands by itself.
    Raises `StreamsBusy`, or Django's `OperationalError` when the database is away; nothing is stored then.
    """
    if not messages:
        return []
    try:
        return list(_ingest_together(messages, at=at, live=live))
    except (DataError, IntegrityError) as error:
        if len(messages) == 1:
            log.warning("message refused by the database", extra={"kind": type(error).__name__})
            return [Refused("The database refused this message.")]
        half = len(messages) // 2
        return ingest(messages[:half], at=at, live=live) + ingest(messages[half:], at=at, live=live)


def _ingest_together(messages: Sequence[Message], *, at: datetime, live: bool) -> list[Outcome]:
    for _ in range(ATTEMPTS):
        try:
            outcomes, found = _transact(messages, at=at, live=live)
        except sql.StreamVanished:
            sql.forget_streams()
            continue
        except (OperationalError, InterfaceError) as error:
            if isinstance(error.__cause__, _LOST_A_RACE) or _connection_was_lost():
                continue
            raise
        # Only a committed stream may be remembered.
        sql.remember_streams(found)
        return outcomes
    raise StreamsBusy("The streams were busy; nothing was stored. Please send the messages again.")


def _transact(messages: Sequence[Message], *, at: datetime, live: bool) -> tuple[list[Outcome], dict[sql.Pair, int]]:
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors, _pipelined_transaction(raw):
        found = sql.find_streams(raw, messages, at=at, live=live)
        addressed = [(found[message.server_seed_hashed, message.client_seed], message) for message in messages]
        changes = sql.lock_and_look_up(raw, addressed)
        outcomes = decide_all(changes, addressed)
        sql.write(raw, list(changes.values()), at=at, live=live)
    return outcomes, found


@contextmanager
def _pipelined_transaction(raw: psycopg.Connection[Any]) -> Iterator[None]:
    """One transaction whose COMMIT travels with its last statements.

    So a stream's lock is held for one round trip less than with Django's `atomic`, and that lock is what limits a
    busy stream. Inside somebody's `atomic` it is a savepoint of that.
    """
    if connection.in_atomic_block:
        with transaction.atomic(), raw.pipeline():
            yield
    else:
        with raw.pipeline(), raw.transaction():
            yield


def _connection_was_lost() -> bool:
    """Whether the server went away under us, as in a restart; then a new connection may do what the old could not.

    Even if the commit had gone through: what is stored already is known by the next attempt.
    """
    if connection.in_atomic_block or connection.connection is None or not connection.connection.closed:
        return False
    connection.close()
    return True
