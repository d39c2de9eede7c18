"""How far back the last bet of the same cell, or of a tier, lies."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import connection

from streams.queries.bets import BetRow
from streams.queries.streams import StreamRef, StreamSummary

_PREVIOUS_OF_CELL = """
SELECT k.seq, k.nonce - p.position
FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::text[], %s::text[])
     AS k (seq, nonce, result, game, difficulty), LATERAL (
    SELECT b.position FROM streams_bet b
    WHERE b.stream_id = %s AND b.result_key = k.result AND b.position < k.nonce AND b.position >= 0
      AND b.game = k.game AND b.difficulty IS NOT DISTINCT FROM k.difficulty
    ORDER BY b.result_key DESC, b.position DESC LIMIT 1) AS p
"""

_HITS_OF_TIER = """
(SELECT position FROM streams_bet WHERE stream_id = %s AND result_key >= %s AND position >= %s AND position <= %s)
UNION ALL
(SELECT max(position) FROM streams_bet WHERE stream_id = %s AND result_key >= %s AND position >= 0 AND position < %s)
ORDER BY 1
"""


def with_distances(
    stream: StreamSummary | StreamRef, bets: Iterable[BetRow], *, tier: Decimal | None = None
) -> tuple[BetRow, ...]:
    """The bets with how many nonces lie back to the previous bet of the same cell (`distance`).

    The same cell is the same result in the same game and difficulty. With `tier`, also back to the previous bet
    whose result is that tier or above (`tier_distance`). None where there is no previous one, or no nonce.
    """
    rows = tuple(bets)
    counted = [bet for bet in rows if bet.nonce is not None and bet.round_result is not None]
    if not counted:
        return rows
    with connection.cursor() as cursor:
        cursor.execute(
            _PREVIOUS_OF_CELL,
            [
                [bet.seq for bet in counted],
                [bet.nonce for bet in counted],
                [bet.round_result for bet in counted],
                [bet.game for bet in counted],
                [bet.difficulty for bet in counted],
                stream.key,
            ],
        )
        distances = dict(cursor.fetchall())
    tiers = _tier_distances(stream, [bet.position for bet in counted], tier) if tier is not None else {}
    return tuple(BetRow._make((*bet[:-2], distances.get(bet.seq), tiers.get(bet.position))) for bet in rows)


def _tier_distances(stream: StreamSummary | StreamRef, positions: Sequence[int], tier: Decimal) -> dict[int, int]:
    first, last = min(positions), max(positions)
    with connection.cursor() as cursor:
        cursor.execute(_HITS_OF_TIER, [stream.key, tier, first, last, stream.key, tier, first])
        hits = [position for (position,) in cursor.fetchall() if position is not None]
    distances: dict[int, int] = {}
    previous = 0  # index into hits: how many lie before the position at hand
    for position in sorted(positions):
        while previous < len(hits) and hits[previous] < position:
            previous += 1
        if previous:
            distances[position] = position - hits[previous - 1]
    return distances
