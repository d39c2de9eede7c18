"""Reading the log: what came after a number, on some streams, and whether anything of it is gone by now."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from django.db import connection

from events import sources
from events.sources import EventRow

REPLAY_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Replay:
    """What came after a number.

    `last_seq` is how far the log went when it was read: a reader who got less than `limit` events has seen all of its
    streams up to there. `gone` says that events after the number it asked from are not kept any more; then only a
    snapshot of the state as of `last_seq` brings it up to date.
    """

    events: tuple[EventRow, ...]
    last_seq: int
    gone: bool


_HEAD = "SELECT event_seq, first_seq FROM events_head WHERE id = 1"

# Each stream by its own index, no further than the limit, and the smallest numbers of all. `prev` lets a reader prove
# that nothing is missing between two events of a stream.
_REPLAY = """
SELECT e.seq, (SELECT max(p.seq) FROM events_event p WHERE p.stream = e.stream AND p.seq < e.seq),
       e.stream, e.type, e.body, e.at
FROM unnest(%(streams)s::text[]) AS k (stream), LATERAL (
    SELECT * FROM events_event e WHERE e.stream = k.stream AND e.seq > %(after)s AND e.seq <= %(upto)s
    ORDER BY e.seq LIMIT %(limit)s) AS e
ORDER BY e.seq LIMIT %(limit)s
"""


def replay(streams: Collection[str], *, after: int, limit: int = REPLAY_MAX) -> Replay:
    """The events of these streams behind number `after`, oldest first, at most `limit`.

    The head is read first, and nothing beyond it: an event that is committed in between waits for the next call, and
    `last_seq` never claims more than was looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HEAD)
        last_seq, first_seq = cursor.fetchone() or (0, 1)
        if after + 1 < first_seq or after > last_seq:
            # From before what is kept; or from a log that is not this one, such as an older backup's.
            return Replay((), last_seq, gone=True)
        told, stored = sources.split(streams)
        events = _stored(cursor, stored, after=after, upto=last_seq, limit=limit)
        for source, names in told:
            events += source.replay(cursor, names, after=after, upto=last_seq, limit=limit)
    return Replay(tuple(sorted(events, key=attrgetter("seq"))[:limit]), last_seq, gone=False)


def _stored(cursor: Any, streams: Collection[str], *, after: int, upto: int, limit: int) -> list[EventRow]:
    if not streams:
        return []
    cursor.execute(_REPLAY, {"streams": list(streams), "after": after, "upto": upto, "limit": limit})
    # Django leaves JSON to whoever reads it.
    return [
        EventRow(seq, prev, stream, type_, json.loads(body), at)
        for seq, prev, stream, type_, body, at in cursor.fetchall()
    ]


def last_seq() -> int:
    """The number of the newest event."""
    with connection.cursor() as cursor:
        cursor.execute(_HEAD)
        row = cursor.fetchone()
    return int(row[0]) if row else 0
