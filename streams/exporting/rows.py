"""The rows of an export, as lines that PostgreSQL writes, over a connection of their own."""

from collections.abc import Iterator

from django.db import connection

from streams.queries import BetFilter, StreamSummary, bet_conditions

CHUNK_BYTES = 128 * 1024

# How PostgreSQL writes a value; `{}` is the column. Numbers lose their padding zeros and never get an exponent.
NUMBER = "trim_scale({})"
MOMENT = """replace(to_char({}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""

# Of the stream, read once for the whole export.
HASH = "(SELECT server_seed_hashed FROM s)"
CLIENT_SEED = "(SELECT client_seed FROM s)"
SIMULATED = "(SELECT simulated FROM s)"
_STREAM = "WITH s AS MATERIALIZED (SELECT server_seed_hashed, client_seed, simulated FROM streams_stream WHERE id = %s)"


def copy_rows(select: str, stream: StreamSummary, wanted: BetFilter, options: str) -> Iterator[memoryview | bytes]:
    """Each row of `select` in order, as COPY writes it with these options.

    `select` is a list of expressions over the bet `b`; of its stream there are HASH, CLIENT_SEED and SIMULATED.
    """
    conditions, parameters = bet_conditions(stream, wanted)
    source = "streams_bet b" + (" JOIN streams_bookmark m ON m.bet_id = b.id" if wanted.bookmarked else "")
    where = " AND ".join(conditions)
    rows = f"{_STREAM} SELECT {select} FROM {source} WHERE {where} ORDER BY b.position"  # noqa: S608  fixed texts
    statement = f"COPY ({rows}) TO STDOUT ({options})"
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            # An index has the order; sorting a million rows would fill the disk before the first one goes out.
            cursor.execute("SET enable_sort = off")
            cursor.execute("SET default_transaction_read_only = on")
            with cursor.cursor.copy(statement.encode(), [stream.key, *parameters]) as copy:
                yield from copy
    finally:
        own.close()


def in_chunks(lines: Iterator[memoryview | bytes], *, size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Lines joined to chunks of about `size` bytes; always whole lines."""
    chunk = bytearray()
    for line in lines:
        chunk += line
        if len(chunk) >= size:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)
