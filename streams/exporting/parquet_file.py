"""Parquet: typed columns in row groups of fifty thousand, written as they are read.

PostgreSQL writes the rows as CSV and Arrow reads them with the types below, so that no row becomes a Python object.
"""

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from streams.exporting.rows import CLIENT_SEED, HASH, MOMENT, copy_rows
from streams.queries import BetFilter, StreamSummary

ROWS_PER_GROUP = 50_000
# Read in smaller parts: the text of a row takes ten times the memory of its columns.
_ROWS_READ = 5_000
_READS_PER_GROUP = ROWS_PER_GROUP // _ROWS_READ

_MONEY = pa.decimal128(38, 18)
_TIME = pa.timestamp("us", tz="UTC")
_COLUMNS: dict[str, tuple[str, pa.DataType]] = {
    "nonce": ("b.nonce", pa.int64()),
    "antebot_bet_id": ("b.provider_bet_id", pa.string()),
    "date_time": (MOMENT.format("b.placed_at"), _TIME),
    "received_at": (MOMENT.format("b.received_at"), _TIME),
    "amount": ("b.amount", _MONEY),
    "payout": ("b.payout", _MONEY),
    "difficulty": ("b.difficulty", pa.string()),
    "round_target": ("b.round_target", _MONEY),
    "round_result": ("b.round_result", _MONEY),
    "game": ("b.game", pa.string()),
    "currency": ("b.currency", pa.string()),
    "provider": ("b.provider", pa.string()),
    "cell": ("b.cell", pa.int16()),
    "seq": ("b.seq", pa.int64()),
    "extra": ("b.extra", pa.string()),
    "server_seed_hashed": (HASH, pa.string()),
    "client_seed": (CLIENT_SEED, pa.string()),
}
SCHEMA = pa.schema([(name, kind) for name, (_, kind) in _COLUMNS.items()])
_SELECT = ", ".join(expression for expression, _ in _COLUMNS.values())
_CONVERT = pa.csv.ConvertOptions(
    column_types=SCHEMA,
    null_values=[""],
    strings_can_be_null=True,
    quoted_strings_can_be_null=False,  # An empty text is written quoted; only NULL is nothing at all.
    timestamp_parsers=[pa.csv.ISO8601],
)


class _Sink(io.RawIOBase):
    """A file that hands on what was written to it."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self._written)
        self._written.clear()
        return taken


def write(stream: StreamSummary, wanted: BetFilter, full: bool) -> Iterator[bytes]:
    """The magic bytes at once, then a row group at a time, then the footer; always all columns.

    The metadata of a simulated stream's file say so.
    """
    sink = _Sink()
    lines = copy_rows(_SELECT, stream, wanted, "FORMAT csv")
    schema = SCHEMA.with_metadata({"stakepro.simulated": "true"}) if stream.simulated else SCHEMA
    with pa.parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        yield sink.take()
        while parts := [_table(part) for _ in range(_READS_PER_GROUP) if (part := b"".join(islice(lines, _ROWS_READ)))]:
            writer.write_table(pa.concat_tables(parts).cast(schema), row_group_size=ROWS_PER_GROUP)
            yield sink.take()
    yield sink.take()


def _table(lines: bytes) -> pa.Table:
    return pa.csv.read_csv(
        io.BytesIO(lines),
        # One thread: a download must not take every core from ingest.
        read_options=pa.csv.ReadOptions(column_names=list(_COLUMNS), use_threads=False, block_size=len(lines)),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=_CONVERT,
    )
