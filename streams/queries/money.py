"""What the bets of some seeds wagered and returned, summed from where the last sum ended."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection


class DayLine(NamedTuple):
    """The bets of one stream, currency (None where nobody named it) and UTC day, by the time they were placed at."""

    stream_key: int
    currency: str | None
    day: date
    bets: int
    wagered: Decimal
    returned: Decimal
    last_seq: int


# One probe of the index over (stream, seq) for each stream; only newer bets are read.
_SINCE = """
SELECT s.id, b.currency, (COALESCE(b.placed_at, b.received_at) AT TIME ZONE 'UTC')::date AS day,
       count(*), sum(b.amount), sum(b.payout), max(b.seq)
FROM streams_stream s LEFT JOIN unnest(%(keys)s::bigint[], %(seqs)s::bigint[]) AS k (key, seq) ON k.key = s.id,
LATERAL (SELECT * FROM streams_bet b WHERE b.stream_id = s.id AND b.seq > COALESCE(k.seq, 0) OFFSET 0) AS b
WHERE s.server_seed_hashed = ANY(%(hashes)s::text[]) AND s.deleted_at IS NULL
GROUP BY s.id, b.currency, day ORDER BY s.id, b.currency, day
"""


def money_since(server_seed_hashes: Collection[str], after_seq: Mapping[int, int]) -> list[DayLine]:
    """Sums over the bets of the streams of these hashes that come behind the seq named for each stream key (or 0).

    The next call starts behind the highest `last_seq` of each stream. A bet keeps its seq when another provider names
    its currency later, so it is counted once, under what it was called first.
    """
    if not server_seed_hashes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _SINCE,
            {"keys": list(after_seq), "seqs": list(after_seq.values()), "hashes": list(server_seed_hashes)},
        )
        return [DayLine(*row) for row in cursor.fetchall()]
