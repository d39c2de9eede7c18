"""Telling what happened: the last statement of the transaction that did it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from events import sources, words


class NewEvent(NamedTuple):
    """What happened, on which stream; the body is JSON."""

    stream: str
    type: str
    body: dict[str, Any]


class Appended(NamedTuple):
    """Where the events are in the log, and the link of the chain that this commit became, where it was sealed.

    The numbers that were reserved are the last ones. Without any `first_seq` is one above `last_seq`.
    """

    first_seq: int
    last_seq: int
    journal_no: int
    hash_before: bytes
    hash_after: bytes


_APPEND = "SELECT * FROM events_append(%s::text[], %s::text[], %s::jsonb[], %s, %s, %s)"


def append(
    cursor: "psycopg.Cursor[Any]",
    events: Sequence[NewEvent],
    *,
    at: datetime,
    digest: bytes | None = None,
    reserved: int = 0,
) -> Appended:
    """Give the events their numbers and, with `digest` (32 bytes), the commit its link in the chain.

    `reserved` numbers more, behind theirs, are for events that the commit's own rows tell (`events.sources`).

    Call it last in an open transaction: it holds up everybody else who appends until that ends. Raises `ValueError`
    for a stream or type that is not a name.
    """
    for event in events:
        words.check_stream(event.stream)
        if sources.is_told(event.stream):
            raise ValueError(f"Events of {event.stream} are told by rows of their own.")
        words.check_type(event.type)
    cursor.execute(
        _APPEND,
        [
            [event.stream for event in events],
            [event.type for event in events],
            [words.json_text(event.body) for event in events],
            at,
            digest,
            reserved,
        ],
    )
    row = cursor.fetchone()
    assert row is not None
    return Appended(row[0], row[1], row[2], bytes(row[3]), bytes(row[4]))
