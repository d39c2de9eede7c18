"""A run as CSV, streamed in constant memory: its hits, the distances of one result, every round of it.

Hits are written by PostgreSQL itself over a connection of their own. Every round is recomputed by a child process of
low priority, so that neither the interpreter's lock nor a core of the web worker is held from those who post bets; it
waits while its reader does, and ends when its reader goes away.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import connection

from streams import exactjson
from streams.exporting import Export
from streams.exporting.rows import CHUNK_BYTES, in_chunks
from streams.models import Run
from streams.runs.full_csv import columns
from streams.runs.queries import RunRow

CSV: Final = "text/csv; charset=utf-8"
END_SECONDS: Final = 5


def hits(run: RunRow) -> Export:
    """`nonce,max_multiplier` of every hit that is kept, by nonce."""
    rows = "SELECT DISTINCT ON (nonce) nonce, trim_scale(result) FROM streams_runhit WHERE run_id = %s ORDER BY nonce"
    return _export(run, "hits", "nonce,max_multiplier", _copied(rows, [run.key]))


def distances(run: RunRow, *, multiplier: Decimal, tolerance: Decimal) -> Export:
    """`from_nonce,distance`: how far it is from each hit of one result to the next."""
    rows = (
        "SELECT nonce, following - nonce FROM (SELECT nonce, lead(nonce) OVER (ORDER BY nonce) AS following FROM "
        "(SELECT DISTINCT nonce FROM streams_runhit WHERE run_id = %s AND result BETWEEN %s AND %s) AS n) AS d "
        "WHERE following IS NOT NULL ORDER BY nonce"
    )
    bounds = [run.key, multiplier - tolerance, multiplier + tolerance]
    return _export(run, "distances", "from_nonce,distance", _copied(rows, bounds))


def every_round(run: RunRow) -> Export:
    """Every round from the first nonce to the last, recomputed; `nonce,max_pumps,max_multiplier,pop_point` for Pump."""
    return _export(run, "full", ",".join(columns(run.game)), _recomputed(run))


def _export(run: RunRow, what: str, header: str, rows: Iterator[bytes]) -> Export:
    def chunks() -> Iterator[bytes]:
        try:
            yield f"{header}\n".encode()
            yield from rows
        finally:
            rows.close()  # type: ignore[attr-defined]

    return Export(f"run_{run.server_seed_sha256[:10]}_{run.start}-{run.end}_{what}.csv", CSV, chunks())


def _copied(rows: str, parameters: Sequence[object]) -> Iterator[bytes]:
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
            with cursor.cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT csv)".encode(), parameters) as copy:
                yield from in_chunks(copy)
    finally:
        own.close()


def _recomputed(run: RunRow) -> Iterator[bytes]:
    wanted = {
        "server_seed": Run.objects.values_list("server_seed", flat=True).get(pk=run.key),
        "client_seed": run.client_seed,
        "game": run.game,
        "params": exactjson.dumps(run.params),
        "start": run.start,
        "end": run.end,
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "streams.runs.full_csv"],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        # By its standard input: arguments and environment are for every user of the machine to read.
        with child.stdin:
            child.stdin.write(json.dumps(wanted).encode())
        while chunk := child.stdout.read1(CHUNK_BYTES):  # type: ignore[attr-defined]
            yield chunk
        if child.wait(END_SECONDS) != 0:
            # The answer has begun, so breaking it off is how the client learns that it is not whole.
            raise RuntimeError("The rounds could not be recomputed to the end.")
    finally:
        child.stdout.close()
        child.kill()
        child.wait()
