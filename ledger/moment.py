"""One moment of the books: several statements that all see the same commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[Any]:
    """A cursor whose statements all see what was committed when the first of them began; nothing can be written.

    A batch of the engine is one transaction, so in any moment wallets, entries, journals and head belong together.
    Inside a transaction that is open already it is that one, with what it sees.
    """
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            yield cursor
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # A check joins whole tables; compiling its statements takes longer than it saves.
        cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        yield cursor
