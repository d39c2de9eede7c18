"""The one place of a poller: a lock of the database that its process holds."""

from types import TracebackType
from typing import Final

from django.db import DatabaseError, connections

# Any fixed numbers: they name this lock among the database's advisory locks.
LOCK: Final = (7_030_202, 0)


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
        """Whether the connection that holds it still lives."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            return False
        return True

    def __enter__(self) -> "Place":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
