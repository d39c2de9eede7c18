"""The engine of this process, for everybody in it: views, commands, tasks and the gateway.

It starts with the first request and ends with the process, after everything that was taken is answered. A child made
by `fork` gets one of its own.
"""

import atexit
import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Final

import psycopg
from django.db import connection
from django.utils import timezone

from ledger.engine import LOCK_SECONDS, STATEMENT_SECONDS, Closed, Engine
from ledger.models import HOUSE_SHARDS
from ledger.operations import Answer, Code, Op, Refused

# How long a caller waits for the answer; what takes longer may still be done, and asking again tells.
ANSWER_SECONDS: Final = 30
APPLICATION: Final = "stakepro ledger"  # as PostgreSQL lists the connection

# What the engine relies on, whatever the role or the database is set to: a commit is durable, a statement sees what was
# committed before it began, and nothing waits for ever.
SETTINGS: Final = {
    "synchronous_commit": "on",
    "default_transaction_isolation": r"read\ committed",
    "statement_timeout": STATEMENT_SECONDS * 1_000,
    "idle_in_transaction_session_timeout": STATEMENT_SECONDS * 1_000,
    "lock_timeout": LOCK_SECONDS * 1_000,
}
# A network that has gone away is noticed in as long (libpq's names; nothing of it concerns a socket of this machine).
NETWORK: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": STATEMENT_SECONDS * 1_000,
}

_lock = threading.Lock()
_engine: Engine | None = None
_owner = 0  # the process that the engine belongs to


def submit(ops: Sequence[Op]) -> "Future[list[Answer]]":
    """Queue requests to be decided together, in their order; the answers come once they are committed."""
    try:
        return engine().submit(ops)
    except Closed:
        answered: Future[list[Answer]] = Future()
        answered.set_result([Refused(op.wallet_id, op.client_id, Code.UNAVAILABLE) for op in ops])
        return answered


def post(ops: Sequence[Op]) -> list[Answer]:
    """Submit requests and wait for their answers; `UNAVAILABLE` where none came in time."""
    try:
        return submit(ops).result(timeout=ANSWER_SECONDS)
    except TimeoutError:
        return [Refused(op.wallet_id, op.client_id, Code.UNAVAILABLE) for op in ops]


def post_one(op: Op) -> Answer:
    """As `post`, for one."""
    return post([op])[0]


def engine() -> Engine:
    """This process's engine, started where there is none yet."""
    global _engine, _owner  # noqa: PLW0603  one of each process, made by whoever comes first
    with _lock:
        if _engine is None or _owner != os.getpid():
            # Of several processes each has a shard of the house, so that they seldom wait for each other.
            _engine, _owner = Engine(connect, now=timezone.now, shard=os.getpid() % HOUSE_SHARDS), os.getpid()
        return _engine


def close() -> None:
    """Answer what was taken, and end the engine; the next request starts another."""
    global _engine  # noqa: PLW0603
    with _lock:
        ending, _engine = _engine, None
    if ending is not None and _owner == os.getpid():
        ending.close()


def connect() -> "psycopg.Connection[Any]":
    """A connection to Django's database that is not Django's, with limits on how long a statement may take."""
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    options = f"{parameters.pop('options', '')} {settings}".strip()
    return psycopg.connect(**{**NETWORK, **parameters}, options=options, autocommit=True, application_name=APPLICATION)


def _after_fork() -> None:
    """A lock that another thread held when we were forked would be held for ever."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


atexit.register(close)
os.register_at_fork(after_in_child=_after_fork)
