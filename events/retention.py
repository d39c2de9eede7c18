"""Old events go: first the head says from where on events are kept, then the rows follow in chunks."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from events import sources

KEPT_FOR: Final = timedelta(hours=24)
KEPT_AT_MOST: Final = 1_000_000
CHUNK: Final = 5_000

# The first that is young enough, by a walk up the key from where the kept ones begin: few are read each time.
_FIRST_YOUNG = "SELECT seq FROM events_event WHERE seq >= %s AND at >= %s ORDER BY seq LIMIT 1"
_TOO_MANY = "SELECT seq FROM events_event ORDER BY seq DESC OFFSET %s LIMIT 1"
_MOVE_ON = "UPDATE events_head SET first_seq = GREATEST(first_seq, %s) WHERE id = 1 RETURNING first_seq"
_REMOVE = """
DELETE FROM events_event WHERE seq IN (
    SELECT seq FROM events_event WHERE seq < %s ORDER BY seq LIMIT %s)
"""


def prune(*, at: datetime, kept_for: timedelta = KEPT_FOR, kept_at_most: int = KEPT_AT_MOST) -> int:
    """Let events go that are older than `kept_for`, or stored beyond the newest `kept_at_most`; how many rows went.

    Whoever asks from before then is told that a part is gone, from the moment the head has moved; the rows follow.
    Events that a source tells have no rows here, and count by their age alone.
    """
    first = _move_on(at=at, kept_for=kept_for, kept_at_most=kept_at_most)
    removed = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_REMOVE, [first, CHUNK])
            gone: int = cursor.rowcount
        removed += gone
        if gone < CHUNK:
            return removed


@transaction.atomic
def _move_on(*, at: datetime, kept_for: timedelta, kept_at_most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_seq, first_seq FROM events_head WHERE id = 1")
        row = cursor.fetchone()
        assert row is not None
        last, first = row
        cursor.execute(_FIRST_YOUNG, [first, at - kept_for])
        young = cursor.fetchone()
        told = [source.first_since(cursor, at - kept_for) for source in sources.registered()]
        # None is young enough: all that were there when we looked may go.
        wanted = min([last + 1, *([young[0]] if young else []), *(seq for seq in told if seq is not None)])
        cursor.execute(_TOO_MANY, [kept_at_most])
        too_many = cursor.fetchone()
        if too_many is not None:
            wanted = max(wanted, too_many[0] + 1)
        cursor.execute(_MOVE_ON, [wanted])
        moved = cursor.fetchone()
        assert moved is not None
        return int(moved[0])
