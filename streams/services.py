"""What people change: notes, bookmarks, snapshots, archiving and deleting. Bets get in through `streams.ingest`."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from streams import queries
from streams.models import Bet, Bookmark, Snapshot, Stream
from streams.queries import NotFound

DELETE_CHUNK = 5_000


class NotesChanged(Exception):
    """Somebody else edited the notes since the version at hand; `current` is what they say now."""

    def __init__(self, *, current: str, version: int) -> None:
        super().__init__("The notes were changed by somebody else in the meantime.")
        self.current = current
        self.version = version


class AlreadyBookmarked(Exception):
    """The bet has a bookmark already."""


def set_notes(*, stream_id: UUID, notes: str, version: int | None = None) -> None:
    """Replace a stream's notes; with `version`, only if nobody has since. Raises `NotFound`, `NotesChanged`."""
    with transaction.atomic():
        stream = _lock(stream_id)
        if version is not None and version != stream.notes_version:
            raise NotesChanged(current=stream.notes, version=stream.notes_version)
        if stream.notes == notes:
            return
        stream.notes = notes
        stream.notes_version += 1
        stream.save(update_fields=["notes", "notes_version"])


def archive(*, stream_id: UUID, at: datetime) -> None:
    """Put a stream away: out of the list, its rows kept. A live bet that arrives later brings it back."""
    if not Stream.objects.alive().filter(public_id=stream_id).update(archived_at=at):
        raise NotFound("There is no such stream.")


def unarchive(*, stream_id: UUID) -> None:
    """Bring a stream back into the list."""
    if not Stream.objects.alive().filter(public_id=stream_id).update(archived_at=None):
        raise NotFound("There is no such stream.")


def delete(*, stream_id: UUID, at: datetime) -> int:
    """Take a stream away at once, and say how many bets go with it; its rows are removed by `remove_deleted`."""
    with transaction.atomic():
        stream = _lock(stream_id)
        stream.deleted_at = at
        stream.save(update_fields=["deleted_at"])
    return stream.bets


def _lock(stream_id: UUID) -> Stream:
    stream = Stream.objects.alive().select_for_update(no_key=True).filter(public_id=stream_id).first()
    if stream is None:
        raise NotFound("There is no such stream.")
    return stream


# Children before parents. Rows are found by the stream's own index, so each chunk costs the same.
_TABLES = (
    *("verificationfinding", "streamverification", "conflict", "bookmark", "snapshot", "betsource", "bet", "round"),
    "streammoney",
)
_REMOVALS = (
    *(
        f"DELETE FROM streams_{table} WHERE ctid IN (SELECT ctid FROM streams_{table} WHERE stream_id = %s LIMIT %s)"  # noqa: S608  fixed names
        for table in _TABLES
    ),
    "DELETE FROM streams_stream WHERE ctid IN (SELECT ctid FROM streams_stream WHERE id = %s LIMIT %s)",
)


def remove_deleted(*, chunk: int = DELETE_CHUNK) -> int:
    """Remove the rows of deleted streams, a short transaction a chunk, so that no writer waits; how many rows went.

    Safe to run twice at once and to stop anywhere: what is left is found again.
    """
    removed = 0
    for key in list(Stream.objects.exclude(deleted_at=None).values_list("pk", flat=True)):
        for statement in _REMOVALS:
            while rows := _execute(statement, [key, chunk]):
                removed += rows
    return removed


def _execute(statement: str, parameters: Sequence[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: int = cursor.rowcount
    return rows


# --- Bookmarks and snapshots ----------------------------------------------------------------------


def add_bookmark(
    *, stream_id: UUID, nonce: int, result: Decimal | None, note: str, at: datetime
) -> queries.BookmarkRow:
    """Mark the bet of a nonce; `result` has to be its result, where given. Raises `NotFound`, `AlreadyBookmarked`."""
    stream = queries.get_stream(stream_id)
    bet = Bet.objects.filter(stream_id=stream.key, nonce=nonce).first()
    if bet is None or (result is not None and bet.round_result != result):
        raise NotFound("No bet of this stream has that nonce and that multiplier.")
    try:
        with transaction.atomic():
            row = Bookmark.objects.create(stream_id=stream.key, bet=bet, note=note, created_at=at)
    except IntegrityError as error:
        raise AlreadyBookmarked("This bet is bookmarked already.") from error
    return queries.bookmark_row(row)


def set_bookmark(*, stream_id: UUID, seq: int, marked: bool, note: str | None, at: datetime) -> None:
    """Mark the bet numbered `seq` or take its mark away; `note` None keeps the one it has. Twice is as once.

    Raises `NotFound`.
    """
    stream = queries.get_stream(stream_id)
    bet = Bet.objects.filter(stream_id=stream.key, seq=seq).first()
    if bet is None:
        raise NotFound("There is no such bet in this stream.")
    if not marked:
        Bookmark.objects.filter(bet=bet).delete()
        return
    made = {"stream_id": stream.key, "note": note or "", "created_at": at}
    Bookmark.objects.update_or_create(bet=bet, defaults={} if note is None else {"note": note}, create_defaults=made)


def edit_bookmark(*, bookmark_id: int, note: str) -> queries.BookmarkRow:
    """Replace a bookmark's note. Raises `NotFound`."""
    kept = Bookmark.objects.filter(pk=bookmark_id, stream__deleted_at=None)
    kept.update(note=note)
    row = kept.select_related("bet", "stream").first()
    if row is None:
        raise NotFound("There is no such bookmark.")
    return queries.bookmark_row(row)


def remove_bookmark(*, bookmark_id: int) -> None:
    """Take a bookmark away. Raises `NotFound`."""
    if not Bookmark.objects.filter(pk=bookmark_id, stream__deleted_at=None).delete()[0]:
        raise NotFound("There is no such bookmark.")


def add_snapshot(
    *, stream_id: UUID, name: str, filter_state: dict[str, object], last_seq: int, at: datetime
) -> queries.SnapshotRow:
    """Keep a view of a stream as of the bet numbered `last_seq`. Raises `NotFound` when there is none."""
    stream = queries.get_stream(stream_id)
    if not Bet.objects.filter(stream_id=stream.key, seq=last_seq).exists():
        raise NotFound("This stream has no bet of that id.")
    row = Snapshot.objects.create(
        stream_id=stream.key, name=name, filter_state=filter_state, last_seq=last_seq, created_at=at
    )
    return queries.snapshot_row(row)


def remove_snapshot(*, snapshot_id: int) -> None:
    """Take a snapshot away. Raises `NotFound`."""
    if not Snapshot.objects.filter(pk=snapshot_id, stream__deleted_at=None).delete()[0]:
        raise NotFound("There is no such snapshot.")
