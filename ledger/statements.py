"""A wallet's statement as CSV, however long: in chunks, in constant memory.

PostgreSQL writes the lines itself (COPY), over a connection of its own that is closed when the file ends or its reader
goes away, so that a slow reader holds up nobody. One statement is one snapshot: what is posted meanwhile is not in it.
"""

from collections.abc import Iterator
from typing import Final

from django.db import connection

from ledger.operations import Kind
from ledger.queries import Wallet

CHUNK_BYTES: Final = 128 * 1024

# A cell that a spreadsheet would run as a formula gets an apostrophe in front, as does one that could be mistaken for
# such a cell. An E string: the control characters are written out, the apostrophes doubled.
_RUNS: Final = r"E'^''*[=+@\\t\\r\\n＝＋＠－-]'"  # noqa: RUF001
_TEXT: Final = f"CASE WHEN {{0}} ~ {_RUNS} THEN '''' || {{0}} ELSE {{0}} END"
_MOMENT: Final = (
    """replace(to_char(j.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""
)
# A product has its factors' decimals together, so this writes all of the currency's, and nothing is rounded.
_AMOUNT: Final = "{} * %(unit)s::numeric"
_COLUMNS: Final = {
    "version": "e.version",
    "recorded_at": _MOMENT,
    "kind": "(%(kinds)s::text[])[e.kind]",
    "available_change": _AMOUNT.format("e.d_available"),
    "locked_change": _AMOUNT.format("e.d_locked"),
    "available": _AMOUNT.format("e.available_after"),
    "locked": _AMOUNT.format("e.locked_after"),
    "currency": "%(currency)s::text",
    "client_id": "e.client_id",
    "ref_type": _TEXT.format("e.ref_type"),
    "ref_id": _TEXT.format("e.ref_id"),
    "reason": _TEXT.format("e.reason"),
    "journal": "j.no",
}
COLUMNS: Final = tuple(_COLUMNS)
_STATEMENT: Final = f"""
COPY (
    SELECT {", ".join(_COLUMNS.values())}
    FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id
    WHERE e.wallet_id = %(wallet)s AND e.version > %(after)s ORDER BY e.version
) TO STDOUT (FORMAT csv)
"""  # noqa: S608  fixed texts
_KINDS: Final = [kind.name.lower() for kind in sorted(Kind)]
assert [kind.value for kind in sorted(Kind)] == list(range(1, len(Kind) + 1))  # as an array counts


def csv(wallet: Wallet, *, after_version: int = 0) -> Iterator[bytes]:
    """The header, then every entry of the wallet behind a version, in order; always whole lines."""
    yield (",".join(COLUMNS) + "\n").encode()
    scale = wallet.currency.scale
    parameters = {
        "wallet": wallet.id,
        "after": after_version,
        "currency": wallet.currency.code,
        "unit": f"0.{'1'.rjust(scale, '0')}" if scale else "1",
        "kinds": _KINDS,
    }
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            # The key has the order; sorting a million entries would fill the disk before the first one goes out.
            cursor.execute("SET enable_sort = off")
            cursor.execute("SET default_transaction_read_only = on")
            with cursor.cursor.copy(_STATEMENT.encode(), parameters) as copy:
                yield from _in_chunks(copy)
    finally:
        own.close()


def _in_chunks(lines: "Iterator[memoryview | bytes]") -> Iterator[bytes]:
    chunk = bytearray()
    for line in lines:
        chunk += line
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)
