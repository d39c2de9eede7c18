"""The journal as a signed file: each batch with its entries and hashes, to be checked by anybody, offline.

The file is JSON Lines in UTF-8, streamed; numbers of 64 bits that are amounts are texts of minor units:

    {"format": "stakepro journal 1", "exported_at", "from", "to", "hash_before", "currencies", "public_key"}
    {"no", "id", "recorded_at", "operations", "digest", "hash_before", "hash", "entries": [[wallet, version, kind,
        change available, change locked, available after, locked after, client id, reference type, reference id,
        reason, currency], …]}                                                      … one line a journal, in order
    {"seal": day, "statement", "signature", "public_key"}                           … of those journals, by day
    {"sha256", "signature", "public_key"}                                           … of all bytes before this line

`recorded_at` is microseconds since 1970. An entry has what its digest is made of (`ledger.content`), and its wallet's
currency. `scripts/verify_journal.py` checks such a file without anything of ours.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from typing import IO, Any, Final

from django.db import connection, transaction

from ledger import signing
from ledger.models import CurrencyRow, Journal, Seal

FORMAT: Final = "stakepro journal 1"
ROWS_AT_ONCE: Final = 5_000
TELL_EVERY: Final = 1_000  # journals
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

# The database sorts once and hands the rows over as they are read, however many there are.
_ROWS = """
SELECT j.no, j.id, j.recorded_at, j.operations, j.digest, j.hash_before, j.hash,
       e.wallet_id, e.version, e.kind, e.d_available, e.d_locked, e.available_after, e.locked_after, e.client_id,
       e.ref_type, e.ref_id, e.reason, w.currency
FROM ledger_journal j
LEFT JOIN ledger_entry e ON e.journal_id = j.id AND e.journal_id BETWEEN %(first_id)s AND %(last_id)s
LEFT JOIN ledger_wallet w ON w.id = e.wallet_id
WHERE j.no BETWEEN %(first)s AND %(last)s
ORDER BY j.no, e.wallet_id, e.version
"""


class CannotExport(Exception):
    """There is nothing to export as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file holds, and its SHA-256 up to the signature."""

    first: int
    last: int
    entries: int
    seals: int
    sha256: str


def export(
    path: Path, *, at: datetime, first: int = 1, last: int | None = None, told: Callable[[int], None] = lambda no: None
) -> Exported:
    """Write journals `first` to `last` (the newest where None) to a file, gzipped where its name ends in .gz.

    The file appears under its name when it is whole. `told` hears the number of the last journal written, now and
    then. Raises `CannotExport`, `signing.NoSigningKey` and `OSError`.
    """
    last = _last(first, last)
    partial = path.with_name(f".{path.name}.part")
    try:
        with _opened(partial, is_packed=path.suffix == ".gz") as file:
            exported = _write(file, at=at, first=first, last=last, told=told)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return exported


def _last(first: int, last: int | None) -> int:
    newest = Journal.objects.order_by("-no").values_list("no", flat=True).first() or 0
    if last is not None and last > newest:
        raise CannotExport(f"There are {newest} journals.")
    last = newest if last is None else last
    if not 1 <= first <= last:
        raise CannotExport(f"There are no journals from {first} to {last}.")
    return last


@contextmanager
def _opened(path: Path, *, is_packed: bool) -> Iterator["IO[bytes] | gzip.GzipFile"]:
    if not is_packed:
        with path.open("wb") as plain:
            yield plain
        return
    # Without name and time, so that equal content is an equal file.
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
        yield packed


def _write(
    file: "IO[bytes] | gzip.GzipFile", *, at: datetime, first: int, last: int, told: Callable[[int], None]
) -> Exported:
    running = hashlib.sha256()

    def put(content: dict[str, Any]) -> None:
        line = _line(content)
        running.update(line)
        file.write(line)

    put(_header(at=at, first=first, last=last))
    entries = 0
    for journal in _journals(first, last):
        put(journal)
        entries += len(journal["entries"])
        if journal["no"] % TELL_EVERY == 0:
            told(journal["no"])
    seals = list(Seal.objects.filter(journal_no__range=(first, last)).order_by("day"))
    for each in seals:
        put(_seal(each))
    sha256 = running.hexdigest()
    put({"sha256": sha256, "signature": signing.sign(running.digest()).hex(), "public_key": signing.public_key().hex()})
    return Exported(first, last, entries, len(seals), sha256)


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _header(*, at: datetime, first: int, last: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "exported_at": at.astimezone(UTC).isoformat(),
        "from": first,
        "to": last,
        "hash_before": bytes(Journal.objects.values_list("hash_before", flat=True).get(no=first)).hex(),
        "currencies": dict(CurrencyRow.objects.order_by("code").values_list("code", "scale")),
        "public_key": signing.public_key().hex(),
    }


def _journals(first: int, last: int) -> Iterator[dict[str, Any]]:
    """Each journal's line, in order. They are never changed, so it does not matter how long reading them takes."""
    ids = Journal.objects.filter(no__range=(first, last)).values_list("id", flat=True).order_by("id")
    span = {"first": first, "last": last, "first_id": ids.first(), "last_id": ids.last()}
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS, span)
        read = chain.from_iterable(iter(lambda: cursor.fetchmany(ROWS_AT_ONCE), []))
        for key, rows in groupby(read, key=lambda row: row[:7]):
            no, journal_id, recorded_at, operations, digest, hash_before, hash_after = key
            yield {
                "no": no,
                "id": journal_id,
                "recorded_at": (recorded_at - _EPOCH) // _MICROSECOND,
                "operations": operations,
                "digest": bytes(digest).hex(),
                "hash_before": bytes(hash_before).hex(),
                "hash": bytes(hash_after).hex(),
                "entries": [_entry(row[7:]) for row in rows if row[7] is not None],
            }


def _entry(row: tuple[Any, ...]) -> list[Any]:
    wallet_id, version, kind, d_available, d_locked, available, locked, client_id, *words = row
    amounts = [str(amount) for amount in (d_available, d_locked, available, locked)]
    return [wallet_id, version, kind, *amounts, str(client_id) if client_id else None, *words]


def _seal(each: Seal) -> dict[str, Any]:
    return {
        "seal": each.day.isoformat(),
        "statement": each.statement,
        "signature": bytes(each.signature).hex(),
        "public_key": bytes(each.public_key).hex(),
    }
