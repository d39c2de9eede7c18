"""Rows of the ledger as PostgreSQL's binary COPY takes them, packed a row at a time: most of a batch's work in Python.

Each field is its length in 4 bytes and its content, -1 for NULL; numbers are big-endian. A file begins with a
signature and two numbers, and ends with -1 in place of a row's number of fields (PostgreSQL's manual, COPY, "Binary
Format"). Arrays are sent as PostgreSQL's `array_recv` reads them: the number of dimensions, a flag for NULLs, the
type of the elements, and for each dimension its length and first index; then the elements as fields. Pure.
"""

import json
import struct
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from ledger.decide import Entry, Hold, Movement
from ledger.operations import Op

# A hold, the fingerprint and the version of the request that began it, and that request.
HoldRow = tuple[Hold, bytes, int, Op]
# Wallet, client id, fingerprint; version or None; code, details or None; what was moved or None; what was undone.
ResultRow = tuple[int, UUID, bytes, int | None, str, dict[str, Any] | None, Movement | None, UUID | None]

_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"

_int8: Final = struct.Struct(">iq").pack
_int2: Final = struct.Struct(">ih").pack
_length: Final = struct.Struct(">i").pack
# Fields in a row of an entry, and its numbers; the same of a hold.
_entry: Final = struct.Struct(">hiqiqiqihiqiqiqiq").pack
_hold: Final = struct.Struct(">hiqi16sihiq").pack
_hold_end: Final = struct.Struct(">iqi16siq").pack
_result: Final = struct.Struct(">hiqi16si16s").pack


class Int8Array(bytes):
    """A bigint[] as it goes over the wire."""


class UuidArray(bytes):
    """A uuid[] as it goes over the wire."""


_INT8: Final = 20  # PostgreSQL's numbers of the two types
_UUID: Final = 2950
_array: Final = struct.Struct(">iiiii").pack


def int8_array(values: Collection[int]) -> Int8Array:
    """The numbers as one bigint[]."""
    flat = [part for value in values for part in (8, value)]
    return Int8Array(_array(1, 0, _INT8, len(values), 1) + struct.pack(">" + "iq" * len(values), *flat))


def uuid_array(values: Collection[UUID]) -> UuidArray:
    """The ids as one uuid[]."""
    return UuidArray(_array(1, 0, _UUID, len(values), 1) + b"".join([b"\0\0\0\x10" + value.bytes for value in values]))


def entries(journal_id: int, rows: Iterable[Entry], places: Mapping[int, tuple[int, int]]) -> bytes:
    """Entries: 13 fields each. `places` tells of each wallet its last version, and its place among those changed."""
    parts = [_BEGIN]
    for entry in rows:
        wallet_id, version, kind, d_available, d_locked, available, locked, client_id, ref_type, ref_id, reason = entry
        last, place = places[wallet_id]
        parts.append(
            _entry(
                13,
                8,
                journal_id,
                8,
                wallet_id,
                8,
                version,
                2,
                kind,
                8,
                d_available,
                8,
                d_locked,
                8,
                available,
                8,
                locked,
            )
        )
        parts.append(b"\0\0\0\x10" + client_id.bytes if client_id is not None else _NULL)
        parts.append(_int2(2, place) if version == last else _NULL)
        parts.append(_texts(ref_type, ref_id, reason))
    parts.append(_END)
    return b"".join(parts)


def holds(rows: Iterable[HoldRow]) -> bytes:
    """Holds: 10 fields each."""
    parts = [_BEGIN]
    for hold, fingerprint, version, op in rows:
        parts.append(_hold(10, 8, hold.wallet_id, 16, hold.client_id.bytes, 2, hold.kind, 8, hold.amount))
        parts.append(_texts(hold.status))
        parts.append(_hold_end(8, hold.payout, 16, fingerprint, 8, version))
        parts.append(_texts(op.ref_type, op.ref_id))
    parts.append(_END)
    return b"".join(parts)


def results(rows: Iterable[ResultRow]) -> bytes:
    """Results: 9 fields each."""
    parts = [_BEGIN]
    for wallet_id, client_id, fingerprint, version, code, details, moved, undone in rows:
        parts.append(_result(9, 8, wallet_id, 16, client_id.bytes, 16, fingerprint))
        parts.append(_NULL if version is None else _int8(8, version))
        parts.append(_texts(code))
        parts.append(_NULL if details is None else _jsonb(details))
        parts.append(_NULL + _NULL if moved is None else _int8(8, moved.amount) + _int8(8, moved.other_wallet_id))
        parts.append(_NULL if undone is None else b"\0\0\0\x10" + undone.bytes)
    parts.append(_END)
    return b"".join(parts)


@lru_cache(maxsize=4096)  # the same few references, mostly
def _texts(*texts: str) -> bytes:
    encoded = [text.encode() for text in texts]
    return b"".join(_length(len(each)) + each for each in encoded)


def _jsonb(value: dict[str, Any]) -> bytes:
    content = b"\x01" + json.dumps(value).encode()  # 1 is the version of the format
    return _length(len(content)) + content
