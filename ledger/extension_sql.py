"""The statements of extensions: their rows locked and read, and what they add to a batch written."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from ledger import kinds
from ledger.kinds import View
from ledger.operations import Op

Cursor = psycopg.Cursor[Any]


class NotFound(Exception):
    """Rows of an extension are not as its decision took them to be."""


def lock(cursor: Cursor, ops: Sequence[Op]) -> dict[str, View]:
    """Lock the rows that requests are about; the view of each extension they name, in the order of their names."""
    extended: dict[str, list[Op]] = {}
    for op in ops:
        if op.extension:
            extended.setdefault(op.extension, []).append(op)
    views = {}
    for name in sorted(extended):
        extension = kinds.named(name)
        columns = ("id", *extension.columns)
        statement = sql.SQL("SELECT {} FROM {} WHERE id = ANY(%s::bigint[]) ORDER BY id FOR {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(extension.table),
            sql.SQL("NO KEY UPDATE" if extension.exclusive else "SHARE"),
        )
        ids = sorted(set(extension.extra_locks(extended[name])))
        rows = cursor.execute(statement, [ids]).fetchall()
        views[name] = View({row[0]: dict(zip(columns, row, strict=True)) for row in rows})
    return views


def write(cursor: Cursor, views: Mapping[str, View]) -> list[kinds.Event]:
    """Write what extensions add to the requests that are done; the events that they tell.

    Raises `NotFound` where a row is not as it was decided upon, `ValueError` for a table that is not theirs.
    """
    events: list[kinds.Event] = []
    for name, view in views.items():
        if not view.accepted:
            continue
        rows = kinds.named(name).rows(view.accepted)
        for copy in rows.copies:
            _copy_rows(cursor, copy)
        for update in rows.updates:
            _update_rows(cursor, update)
        events += rows.events
    return events


def _copy_rows(cursor: Cursor, copied: kinds.Copy) -> None:
    kinds.check_table(copied.table)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(copied.table), sql.SQL(", ").join(map(sql.Identifier, copied.columns))
    )
    with cursor.copy(statement) as copy:
        copy.set_types(copied.types)
        for row in copied.rows:
            copy.write_row(row)


def _update_rows(cursor: Cursor, update: kinds.Update) -> None:
    kinds.check_table(update.table)
    if not update.rows:
        return
    for type_ in update.types:
        kinds.check_name(type_)
    names = [sql.Identifier(name) for name in (*update.keys, *update.columns)]
    aliases = [sql.Identifier(f"v{number}") for number in range(len(names))]
    count = len(update.keys)
    statement = sql.SQL("UPDATE {} t SET {} FROM unnest({}) AS k ({}) WHERE {}").format(
        sql.Identifier(update.table),
        sql.SQL(", ").join(
            sql.SQL("{} = k.{}").format(*pair) for pair in zip(names[count:], aliases[count:], strict=True)
        ),
        sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.Identifier(type_)) for type_ in update.types),
        sql.SQL(", ").join(aliases),
        sql.SQL(" AND ").join(
            sql.SQL("t.{} = k.{}").format(*pair) for pair in zip(names[:count], aliases[:count], strict=True)
        ),
    )
    cursor.execute(statement, [list(column) for column in zip(*update.rows, strict=True)])
    if cursor.rowcount != len(update.rows):
        raise NotFound(f"{cursor.rowcount} of {len(update.rows)} rows of {update.table} are as they were.")
