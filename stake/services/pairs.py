"""The seed pair in use: read from the venue, kept on the session, and noted as one of its account's."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from stake.models import AccountPair, StakeSession
from stake.services.venues import line_to
from stake.values import SeedPair


def is_fresh(session: StakeSession, *, max_age: timedelta, at: datetime) -> bool:
    """Whether the pair in use was read within `max_age`."""
    return bool(session.pair_hash) and session.pair_read_at is not None and at - session.pair_read_at <= max_age


def read(session: StakeSession, *, now: Callable[[], datetime]) -> StakeSession:
    """Ask the venue for the pair in use, and keep it. Raises what the venue raises."""
    with line_to(session, now=now) as venue:
        pair = venue.seed_pair()
    keep(session, pair, at=now())
    session.refresh_from_db()
    return session


@transaction.atomic
def keep(session: StakeSession, pair: SeedPair, *, at: datetime) -> None:
    """Keep the pair that the venue told as the session's own, and its account's."""
    StakeSession.objects.filter(pk=session.pk).update(
        pair_hash=pair.server_seed_hash,
        pair_client_seed=pair.client_seed,
        pair_next_hash=pair.next_server_seed_hash or "",
        pair_nonce=pair.nonce,
        pair_read_at=at,
    )
    note_pair(session.account_key, pair.server_seed_hash, pair.client_seed, at=at)


def note_pair(account_key: str, server_seed_hash: str, client_seed: str, *, at: datetime) -> None:
    """From now on the bets of this pair are the account's."""
    if account_key:
        AccountPair.objects.bulk_create(
            [
                AccountPair(
                    account_key=account_key,
                    server_seed_hashed=server_seed_hash,
                    client_seed=client_seed,
                    first_seen_at=at,
                )
            ],
            ignore_conflicts=True,
        )


_NOTE_PLAYED = """
WITH pair AS (
    INSERT INTO stake_accountpair (account_key, server_seed_hashed, client_seed, first_seen_at)
    SELECT %(account)s, %(hash)s, %(client_seed)s, %(at)s WHERE %(account)s <> ''
    ON CONFLICT DO NOTHING
), rotation AS (
    UPDATE stake_seedrotation SET new_stream_id = %(stream)s
    WHERE session_id = %(session)s AND new_hash = %(hash)s AND new_stream_id IS NULL
)
UPDATE stake_stakesession SET pair_nonce = GREATEST(pair_nonce, %(nonce)s)
WHERE id = %(session)s AND pair_hash = %(hash)s
"""


def note_played(
    session: StakeSession, *, server_seed_hash: str, client_seed: str, nonce: int, stream_id: UUID, at: datetime
) -> None:
    """A nonce of a pair was played, and its bet is in this stream; one statement.

    The pair is the account's. Where it is the one in use, its nonce is at least this one; a lower one that is heard of
    late changes nothing. The rotation that brought the pair leads to the stream.
    """
    told: dict[str, Any] = {
        "account": session.account_key,
        "hash": server_seed_hash,
        "client_seed": client_seed,
        "at": at,
        "stream": stream_id,
        "session": session.pk,
        "nonce": nonce,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_PLAYED, told)
