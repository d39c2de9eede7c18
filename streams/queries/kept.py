"""What people keep, and what was kept apart: bookmarks, snapshots, conflicts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from streams.models import Bookmark, Conflict, Snapshot
from streams.queries.errors import NotFound
from streams.queries.streams import StreamRef, StreamSummary


@dataclass(frozen=True, slots=True)
class BookmarkRow:
    id: int
    stream_id: UUID
    seq: int
    nonce: int | None
    result: Decimal | None
    note: str
    created_at: datetime


def list_bookmarks(stream: StreamSummary | StreamRef, *, limit: int = 1000) -> tuple[BookmarkRow, ...]:
    """A stream's bookmarks, newest first."""
    rows = Bookmark.objects.filter(stream_id=stream.key).select_related("bet", "stream").order_by("-created_at", "-id")
    return tuple(bookmark_row(row) for row in rows[:limit])


def bookmark_row(row: Bookmark) -> BookmarkRow:
    return BookmarkRow(
        row.pk, row.stream.public_id, row.bet.seq, row.bet.nonce, row.bet.round_result, row.note, row.created_at
    )


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    id: int
    stream_id: UUID
    name: str
    filter_state: dict[str, Any]
    last_seq: int
    created_at: datetime


def list_snapshots(stream: StreamSummary | StreamRef, *, limit: int = 1000) -> tuple[SnapshotRow, ...]:
    """A stream's snapshots, newest first."""
    rows = Snapshot.objects.filter(stream_id=stream.key).select_related("stream").order_by("-created_at", "-id")
    return tuple(snapshot_row(row) for row in rows[:limit])


def get_snapshot(stream: StreamSummary | StreamRef, snapshot_id: int) -> SnapshotRow:
    """One snapshot of a stream; raises `NotFound`."""
    row = Snapshot.objects.filter(stream_id=stream.key, pk=snapshot_id).select_related("stream").first()
    if row is None:
        raise NotFound("There is no such snapshot of this stream.")
    return snapshot_row(row)


def snapshot_row(row: Snapshot) -> SnapshotRow:
    return SnapshotRow(row.pk, row.stream.public_id, row.name, row.filter_state, row.last_seq, row.created_at)


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A report that contradicts the bet numbered `seq` (None where it contradicts a round)."""

    id: int
    reason: str
    reason_text: str
    nonce: int | None
    provider_bet_id: str
    seq: int | None
    message: dict[str, Any]
    times: int
    first_at: datetime
    last_at: datetime


def list_conflicts(
    stream: StreamSummary | StreamRef, *, limit: int, before: int | None = None
) -> tuple[ConflictRow, ...]:
    """A stream's conflicts, newest first; `before` is the id of the last one seen."""
    rows = Conflict.objects.filter(stream_id=stream.key).select_related("bet").order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return tuple(
        ConflictRow(
            row.pk,
            row.reason,
            row.get_reason_display(),
            row.nonce,
            row.provider_bet_id,
            row.bet.seq if row.bet else None,
            row.message,
            row.times,
            row.first_at,
            row.last_at,
        )
        for row in rows[:limit]
    )
