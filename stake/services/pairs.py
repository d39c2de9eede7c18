"""The seed pair in use: read from the venue, kept on the session, and noted as one of its account's."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from stake.models import AccountPair, SeedRotation, StakeSession
from stake.services.venues import line_to
from stake.values import SeedPair


def fresh(session: StakeSession, *, max_age: timedelta, now: Callable[[], datetime]) -> StakeSession:
    """The session with a pair that was read within `max_age`. Raises what the venue raises."""
    if session.pair_hash and session.pair_read_at is not None and now() - session.pair_read_at <= max_age:
        return session
    return read(session, now=now)


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


def note_played(session: StakeSession, *, server_seed_hash: str, nonce: int) -> None:
    """A nonce of the pair in use was played; a lower one that is heard of late changes nothing."""
    StakeSession.objects.filter(Q(pair_hash=server_seed_hash), pk=session.pk).update(
        pair_nonce=Greatest(F("pair_nonce"), nonce)
    )


def link_rotation(session: StakeSession, *, server_seed_hash: str, stream_id: object) -> None:
    """The stream of a pair exists: the rotation that brought the pair leads to it."""
    SeedRotation.objects.filter(session=session, new_hash=server_seed_hash, new_stream_id=None).update(
        new_stream_id=stream_id
    )
