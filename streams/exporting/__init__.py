"""A stream's bets as a file, streamed: CSV, NDJSON or Parquet, in the order of nonces and in constant memory.

PostgreSQL writes the lines itself (COPY): it knows the exact digits, and a million rows cost it two seconds. Each
export reads over a connection of its own, closed when the export ends or is dropped, so that a reader who goes away
leaves nothing behind and a slow one holds up nobody.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from streams import queries
from streams.exporting import csv_file, ndjson_file
from streams.exporting.names import attachment, file_name
from streams.queries import BetFilter, StreamSummary

__all__ = ["FORMATS", "Export", "attachment", "export", "file_name"]


class Format(NamedTuple):
    """One kind of file: what it is called on the wire, and how it is written."""

    content_type: str
    write: Callable[[StreamSummary, BetFilter, bool], Iterator[bytes]]


def _write_parquet(stream: StreamSummary, wanted: BetFilter, full: bool) -> Iterator[bytes]:
    # Imported here: Arrow would take fifty megabytes of every web worker, whether or not anybody asks for Parquet.
    from streams.exporting import parquet_file

    return parquet_file.write(stream, wanted, full)


FORMATS = {
    "csv": Format("text/csv; charset=utf-8", csv_file.write),
    "ndjson": Format("application/x-ndjson", ndjson_file.write),
    "parquet": Format("application/vnd.apache.parquet", _write_parquet),
}


@dataclass(frozen=True, slots=True)
class Export:
    """An export about to be read: its name, its type and its bytes in chunks. Close `chunks` when done early."""

    name: str
    content_type: str
    chunks: Iterator[bytes]


def export(stream: StreamSummary, *, file_format: str, wanted: BetFilter, full: bool = False) -> Export:
    """The bets of a stream that pass a filter, as a file of one of FORMATS.

    `full` adds to a CSV the columns that the older servers did not have. The query starts with the second chunk.
    """
    chosen = FORMATS[file_format]
    name = file_name(stream, bets=queries.count_bets(stream, wanted), extension=file_format)
    return Export(name, chosen.content_type, chosen.write(stream, wanted, full))
