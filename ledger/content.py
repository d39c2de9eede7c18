"""The canonical bytes of a batch, and their digest: what a journal's hash is made of. Pure.

A batch is a header and its entries in order of wallet and version. Numbers are big-endian and signed, as PostgreSQL's
`int2send` and `int8send` write them, texts are UTF-8 behind their length in bytes, a missing client id is 16 zeros:

    header  "stakepro ledger 1" · journal id (8) · recorded at, microseconds since 1970 (8) · operations (8)
    entry   wallet (8) · version (8) · kind (2) · change available (8) · change locked (8) · available after (8)
            · locked after (8) · client id (16) · length (2) and reference type · length (2) and reference id
            · length (2) and reason

The digest is SHA-256 of the header followed by all entries; the journal's hash is SHA-256 of the hash before followed
by the digest. `ledger_digest(journal)` in the database computes the same from the stored rows.
"""

import hashlib
import struct
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from ledger.decide import Entry

MAGIC: Final = b"stakepro ledger 1"
_HEADER: Final = struct.Struct(">qqq")
_ENTRY: Final = struct.Struct(">qqhqqqq16s")
_LENGTH: Final = struct.Struct(">h")
_NO_ID: Final = bytes(16)
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND: Final = timedelta(microseconds=1)


def digest(journal_id: int, recorded_at: datetime, operations: int, entries: Iterable[Entry]) -> bytes:
    """The 32 bytes of a batch; `entries` in any order."""
    content = hashlib.sha256(MAGIC + _HEADER.pack(journal_id, (recorded_at - _EPOCH) // _MICROSECOND, operations))
    for entry in sorted(entries, key=_place):
        content.update(entry_bytes(entry))
    return content.digest()


def _place(entry: Entry) -> tuple[int, int]:
    return entry.wallet_id, entry.version


def entry_bytes(entry: Entry) -> bytes:
    """One entry as it stands in the batch."""
    numbers = _ENTRY.pack(*entry[:7], entry.client_id.bytes if entry.client_id is not None else _NO_ID)
    if not (entry.ref_type or entry.ref_id or entry.reason):
        return numbers + b"\0\0\0\0\0\0"
    return numbers + b"".join(
        _LENGTH.pack(len(text)) + text
        for text in (word.encode() for word in (entry.ref_type, entry.ref_id, entry.reason))
    )


def link(hash_before: bytes, content: bytes) -> bytes:
    """The hash of the journal whose content this is."""
    return hashlib.sha256(hash_before + content).digest()
