"""Rounds that never arrived."""

from dataclasses import dataclass

from django.db import connection

from streams.queries.streams import StreamSummary


@dataclass(frozen=True, slots=True)
class Hole:
    """Nonces, both ends included, of which neither heartbeat nor bet arrived."""

    first: int
    last: int

    @property
    def nonces(self) -> int:
        return self.last - self.first + 1


_HOLES = """
SELECT previous + 1, nonce - 1
FROM (SELECT nonce, lead(nonce) OVER (ORDER BY nonce DESC) AS previous FROM streams_round WHERE stream_id = %s
      ORDER BY nonce DESC) AS r
WHERE nonce > previous + 1 LIMIT %s
"""


def list_holes(stream: StreamSummary, *, limit: int) -> tuple[Hole, ...]:
    """The newest ranges of missing rounds. Reads no row where nothing is missing, else only up to the last range."""
    if stream.missing <= 0:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_HOLES, [stream.key, limit])
        return tuple(Hole(first, last) for first, last in cursor.fetchall())
