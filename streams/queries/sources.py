"""Bets by who reported them: the further sources of one, and where the bets of some ids are."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from streams.models import Bet, BetSource
from streams.queries.errors import NotFound
from streams.queries.streams import StreamRef, StreamSummary

# How people read what a source filled.
_FIELD_WORDS = {
    "currency": "the currency",
    "difficulty": "the difficulty",
    "round_target": "the target",
    "round_result": "the result",
    "placed_at": "the time",
    "extra": "further keys",
}


class SourceRow(NamedTuple):
    """Who else reported a bet, under which id; `filled` names in words what only this provider told."""

    provider: str
    provider_bet_id: str
    filled: tuple[str, ...]
    first_at: datetime


def list_sources(stream: StreamSummary | StreamRef, *, seq: int) -> tuple[SourceRow, ...]:
    """The further sources of a bet, in the order they came; its first is on the bet. Raises `NotFound`."""
    bet = Bet.objects.filter(stream_id=stream.key, seq=seq).only("pk", "filled").first()
    if bet is None:
        raise NotFound("There is no such bet in this stream.")
    filled = bet.filled or {}
    return tuple(
        SourceRow(
            row.provider,
            row.provider_bet_id,
            tuple(words for field, words in _FIELD_WORDS.items() if filled.get(field) == row.provider),
            row.created_at,
        )
        for row in BetSource.objects.filter(bet=bet).order_by("pk")
    )


class BetPlace(NamedTuple):
    """Where a bet is, and which provider brought it first."""

    stream_id: UUID
    seq: int
    provider: str


# Ids are unique in a stream only, so there is no index over all streams: each id is one probe for each pair named.
_BY_ID = """
SELECT k.bet_id, s.public_id, b.seq, b.provider
FROM streams_stream s CROSS JOIN unnest(%(ids)s::text[]) AS k (bet_id), LATERAL (
    SELECT b.seq, b.provider FROM streams_bet b
    WHERE b.stream_id = s.id AND b.provider_bet_id = k.bet_id AND b.provider <> 'import'
    ORDER BY b.provider LIMIT 1) AS b
WHERE s.server_seed_hashed = ANY(%(hashes)s::text[]) AND s.deleted_at IS NULL
UNION ALL
SELECT k.bet_id, s.public_id, b.seq, b.provider
FROM streams_stream s CROSS JOIN unnest(%(ids)s::text[]) AS k (bet_id), LATERAL (
    SELECT a.bet_id FROM streams_betsource a
    WHERE a.stream_id = s.id AND a.provider_bet_id = k.bet_id AND a.provider <> 'import'
    ORDER BY a.provider LIMIT 1) AS a
JOIN streams_bet b ON b.id = a.bet_id
WHERE s.server_seed_hashed = ANY(%(hashes)s::text[]) AND s.deleted_at IS NULL
"""


def bets_by_provider_ids(ids: Collection[str], server_seed_hashes: Collection[str]) -> dict[str, BetPlace]:
    """Where the bets are that Antebot or Stake, who share their ids, reported under these, in the streams of these
    hashes; ids that are unknown there are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_ID, {"ids": list(ids), "hashes": list(server_seed_hashes)})
        return {bet_id: BetPlace(*place) for bet_id, *place in cursor.fetchall()}
