"""The one place of a poller: a lock of the database that its process holds."""

from types import TracebackType
from typing import Final

from django.db import DatabaseError, connections

# Any fixed numbers: they name this lock among the database's advisory locks.
LOCK: Final = (7_030_202, 0)

_HELD: Final = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    " AND classid = %s AND objid = %s AND granted)"
)


class Place:
    """Held as long as its own connection lives: a killed process loses it by itself."""

    def __init__(self) -> None:
        self._connection = connections.create_connection("default")

    def take(self) -> bool:
        """Take the place; False where another process has it. Raises the database's errors."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", LOCK)
            return bool(cursor.fetchone()[0])

    def is_held(self) -> bool:
        """Whether this process still has it: a connection that broke has lost it."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(_HELD, LOCK)
                return bool(cursor.fetchone()[0])
        except DatabaseError:
            return False

    def __enter__(self) -> "Place":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
