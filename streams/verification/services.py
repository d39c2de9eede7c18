"""What is asked of verification: reveal a seed, verify a stream, find what waits, note a failure."""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from fairness.errors import InvalidInput
from fairness.seeds import hash_server_seed
from streams import queries
from streams.models import SeedAlias, Stream, StreamVerification, VerificationFinding
from streams.queries.verification import Reveal, revealed
from streams.verification_models import OPEN, VerificationStatus
from streams.wire import SEED_MAX

log = logging.getLogger(__name__)

# A worker writes down each chunk; one that has not for this long is gone.
SILENT_FOR: Final = timedelta(seconds=30)


class NotThisSeed(Exception):
    """The seed is not the one that the stream's hash commits to; the text is for people."""


class NotRevealed(Exception):
    """There is nothing to verify a stream with."""


def reveal(*, stream_id: UUID, server_seed: str, by: str, at: datetime) -> Reveal:
    """Keep a stream's server seed once it hashes to the stream's hash, and ask for the verification of every stream
    that it reveals; twice is as once.

    Raises `NotFound`, `InvalidInput`, `NotThisSeed`.
    """
    stream = queries.get_stream(stream_id)
    hashed = hash_server_seed(server_seed)
    if hashed != stream.server_seed_hashed.lower():
        raise NotThisSeed(
            f"This seed hashes to {hashed}, but the stream was played under {stream.server_seed_hashed}. "
            "Take the server seed of this pair, exactly as the venue shows it after the rotation."
        )
    if len(server_seed) > SEED_MAX:
        raise InvalidInput("server_seed", f"is longer than {SEED_MAX} characters")
    with transaction.atomic():
        _, is_new = SeedAlias.objects.update_or_create(
            server_seed_hashed=hashed,
            defaults={"last_seen_at": at},
            create_defaults={"server_seed": server_seed, "first_seen_at": at, "last_seen_at": at},
        )
        for key in _streams_of(hashed):
            _ask(key, by=by, at=at, again=False)
    if is_new:
        log.info("Server seed revealed", extra={"server_seed_hashed": hashed, "by": by})
    kept = revealed(stream)
    assert kept is not None
    return kept


def _streams_of(hashed: str) -> list[int]:
    hashes = [hashed, hashed.upper()]
    return list(
        Stream.objects.alive().filter(server_seed_hashed__in=hashes).order_by("id").values_list("pk", flat=True)
    )


def verify_again(*, stream_id: UUID, by: str, at: datetime) -> None:
    """Ask for a stream's verification from the start; while one is at work, it is left alone.

    Raises `NotFound`, `NotRevealed`.
    """
    stream = queries.get_stream(stream_id)
    if revealed(stream) is None:
        raise NotRevealed("The server seed of this stream is not revealed yet; reveal it first.")
    with transaction.atomic():
        _ask(stream.key, by=by, at=at, again=True)


def _ask(stream_key: int, *, by: str, at: datetime, again: bool) -> None:
    """Queue a verification, unless one is at work already, or has been and `again` is not asked for."""
    row, is_new = StreamVerification.objects.select_for_update().get_or_create(
        pk=stream_key, defaults={"asked_at": at, "asked_by": by[:200], "version": settings.VERSION}
    )
    if is_new or row.status in OPEN or not again:
        return
    VerificationFinding.objects.filter(verification=row).delete()
    StreamVerification.objects.filter(pk=stream_key).update(
        edition=F("edition") + 1,
        status=VerificationStatus.QUEUED,
        position=None,
        rounds_checked=0,
        bets_checked=0,
        matches=0,
        mismatches=0,
        cannots=0,
        other_forms=0,
        reasons={},
        version=settings.VERSION,
        asked_by=by[:200],
        asked_at=at,
        started_at=None,
        advanced_at=None,
        finished_at=None,
        error="",
    )


def note_failure(*, stream_key: int, at: datetime) -> None:
    """A verification met an error of ours; it can be asked for again."""
    StreamVerification.objects.filter(pk=stream_key, status__in=OPEN).update(
        status=VerificationStatus.FAILED, finished_at=at, error="Something went wrong on our side; the log has details."
    )


def next_waiting(*, at: datetime) -> int | None:
    """The key of the stream asked for first whose verification nobody is at; None where there is none."""
    rows = StreamVerification.objects.filter(status__in=OPEN, stream__deleted_at=None)
    left = rows.filter(advanced_at=None) | rows.filter(advanced_at__lt=at - SILENT_FOR)
    return left.order_by("asked_at", "pk").values_list("pk", flat=True).first()
