"""Who may act, one at a time: PostgreSQL's advisory locks, held by the whole installation.

The lock of an account, then the one for all accounts: always in this order, so that two that wait never wait for each
other. Both go with the transaction. The lock of what is in flight lasts as long as its sender lives, on the sender's
own connection: whoever gets it while the intent is still in flight knows that its sender is gone.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from django.db import Error, connection

ALL_ACCOUNTS = "all accounts"


def _key(kind: str, name: str) -> int:
    """A number for the lock, of all 64 bits: two names that share one would only wait for each other."""
    return int.from_bytes(hashlib.sha256(f"stake {kind}:{name}".encode()).digest()[:8], signed=True)


def lock_account(account_key: str) -> None:
    """Wait for the account, then for all accounts together; both until the transaction ends."""
    _lock(account_key, ALL_ACCOUNTS)


def lock_all_accounts() -> None:
    """Wait until nobody commits a bet or changes a limit, of whatever account; until the transaction ends."""
    _lock(ALL_ACCOUNTS)


def _lock(*names: str) -> None:
    """One after the other, as they are named: an array is read in its order, and each of its rows takes its lock."""
    keys = [_key("account", name) for name in names]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS lock (key)", [keys])


@contextmanager
def in_flight(request_id: UUID) -> Iterator[None]:
    """While this holds, others know that whoever sent the request still waits for the answer."""
    key = _key("in flight", str(request_id))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
    try:
        yield
    finally:
        _unlock(key)


@contextmanager
def if_nobody_waits(request_id: UUID) -> Iterator[bool]:
    """Whether the request's sender is gone; while true, nobody else looks for it either."""
    key = _key("in flight", str(request_id))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        row = cursor.fetchone()
    got = bool(row and row[0])
    try:
        yield got
    finally:
        if got:
            _unlock(key)


def _unlock(key: int) -> None:
    """Give the lock back. It went with the connection if that broke; then there is nothing to give."""
    if connection.connection is None or connection.connection.closed:
        return
    # Whether the connection works still, this shows as well as asking it first would.
    with suppress(Error), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
