"""What the database held before the first test comes back after each test that commits; nothing else stays.

Django's `flush` empties every table and has permissions, groups and switches made anew, which takes longer than most
of these tests: about 0.15 s. Here only tables that changed are emptied, and what they held is put back as it was.
"""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

REFERENCES = "SELECT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"


class FirstState:
    """Which tables there are, and the rows of those that have some, as one array literal each."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            # Those of the task queue as well, which are no models of Django's.
            found = connection.introspection.get_table_list(cursor)
            self.tables = sorted(table.name for table in found if table.type == "t")
            cursor.execute(" UNION ALL ".join(f"SELECT '{name}', {_rows(name)}" for name in self.tables))
            self.rows: dict[str, str] = {name: rows for name, rows in cursor.fetchall() if rows is not None}
            cursor.execute(REFERENCES)
            self._references: list[tuple[str, str]] = cursor.fetchall()
        self._changed = " UNION ALL ".join(f"SELECT '{name}' WHERE {self._has_changed(name)}" for name in self.tables)

    def restore(self) -> None:
        """Bring every table back. As before a `flush`, transactions of others are waited for."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {_listed(self.tables)} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(self._changed, [self.rows[name] for name in self.tables if name in self.rows])
            changed = self._with_referring({name for (name,) in cursor.fetchall()})
            if changed:
                cursor.execute(f"TRUNCATE {_listed(changed)}")
            for name in sorted(changed & self.rows.keys()):
                self._put_back(name, cursor)
        if ContentType._meta.db_table in changed:
            ContentType.objects.clear_cache()

    def _has_changed(self, name: str) -> str:
        if name in self.rows:
            return f"({_rows(name)}) IS DISTINCT FROM %s"
        return f'EXISTS (SELECT FROM "{name}")'

    def _with_referring(self, names: set[str]) -> set[str]:
        """These tables and all with a foreign key to one of them, as PostgreSQL truncates only all of them."""
        while more := {refers for to, refers in self._references if to in names} - names:
            names = names | more
        return names

    def _put_back(self, name: str, cursor: CursorWrapper) -> None:
        cursor.execute(f'INSERT INTO "{name}" SELECT (unnest(%s::"{name}"[])).*', [self.rows[name]])


def _rows(name: str) -> str:
    return f'(SELECT array_agg(t ORDER BY t)::text FROM "{name}" t)'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))
