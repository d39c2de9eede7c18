"""Connections that die on purpose, at any exchange with the server.

psycopg speaks with the server in exchanges: it sends something and waits for what comes back (`Connection.wait`). A
`Doom` names one of them, and whether the end comes before it is sent, when it is sent and nothing was read, or when the
server has answered. At a commit these are the three a caller cannot tell apart. `left` counts exchanges; where it is
None, the commit is meant.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg.transaction import Transaction

Result = TypeVar("Result")


class Moment(StrEnum):
    """When the end comes, seen from an exchange."""

    BEFORE = "before"
    SENT = "sent"
    AFTER = "after"


class End(StrEnum):
    """What ends: the whole process, its connection, or only the transaction, as the loser of a deadlock."""

    PROCESS = "process"
    CONNECTION = "connection"
    TRANSACTION = "transaction"


class Died(Exception):
    """The process is no more; nothing of it remembers anything."""


@dataclass(slots=True)
class Doom:
    """Where a connection ends; `met` once it has, `done` where the server was told to commit before it had."""

    end: End
    moment: Moment
    left: int | None
    met: bool = False
    done: bool = False


class Mortal(psycopg.Connection[Any]):
    """A connection of the engine's that meets its doom, where it has one."""

    doom: Doom | None = None
    _inside = False  # a transaction, so neither at its beginning nor at its end
    _committing = False
    _fate: Exception | None = None

    @contextmanager
    def transaction(self, savepoint_name: str | None = None, force_rollback: bool = False) -> Iterator[Transaction]:
        """As psycopg's, noting where it stands."""
        with super().transaction(savepoint_name, force_rollback) as transaction:
            self._inside = True
            try:
                yield transaction
                self._committing = True
            finally:
                self._inside = False
        self._committing = False

    def wait(self, gen: Generator[Any, Any, Result], *args: Any, **kwargs: Any) -> Result:
        """One exchange, or the end."""
        if self._fate is not None:
            raise self._fate
        doom = self.doom
        if doom is None or not self._comes_now(doom):
            return super().wait(gen, *args, **kwargs)
        doom.met, self.doom = True, None
        if doom.end == End.TRANSACTION:
            raise errors.DeadlockDetected("deadlock detected")
        if doom.moment == Moment.SENT:
            next(gen, None)  # sends, and returns where it would read
        elif doom.moment == Moment.AFTER:
            super().wait(gen, *args, **kwargs)
        doom.done = self._committing and doom.moment != Moment.BEFORE
        self.pgconn.finish()
        self._fate = Died() if doom.end == End.PROCESS else psycopg.OperationalError("the connection is lost")
        raise self._fate

    def _comes_now(self, doom: Doom) -> bool:
        if doom.left is None:
            return self._committing
        doom.left -= 1
        # The loser of a deadlock learns it by a statement of its transaction, which may then be rolled back.
        begun = self._inside and self.pgconn.transaction_status == TransactionStatus.INTRANS
        return doom.left <= 0 and (begun or doom.end != End.TRANSACTION)
