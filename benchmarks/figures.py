"""The figures, one function each: it takes a running server and gives what it measured."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import data, gateway, ledger, load, markets, reconcile, stake
from benchmarks.served import Served

MILLION = 1_000_000
INGEST = "/live/ingest"
BATCH = "/live/ingest/batch"

Figure = dict[str, Any]


def single_post(server: Served) -> Figure:
    """Single bets, 8 connections, one stream, one token."""
    load.run(server.port, _singles(server, 0, stream=90), connections=8, seconds=2)
    timings = [
        load.run(server.port, _singles(server, (turn + 1) * 10_000_000, stream=90), connections=8, seconds=8)
        for turn in range(3)
    ]
    timing = sorted(timings, key=lambda each: each.requests / each.seconds)[1]
    _expect_all_ok(timing)
    return {
        "figure": round(timing.requests / timing.seconds, 1),
        "unit": "bets/s",
        "p50_ms": timing.quantile_ms(0.5),
        "p99_ms": timing.quantile_ms(0.99),
        "max_ms": timing.quantile_ms(1),
    }


def _singles(server: Served, start: int, *, stream: int) -> Callable[[int], Iterator[bytes]]:
    def requests(connection: int) -> Iterator[bytes]:
        drawn = data.results(connection)
        nonce = start + connection * 1_000_000
        while True:
            nonce += 1
            yield load.post(INGEST, data.record(nonce, next(drawn), stream=stream), token=server.token)

    return requests


def batch_post(server: Served) -> Figure:
    """Batches of 1,000 bets, 4 connections, 4 streams in every batch; bodies are made before the clock starts."""
    size, batches = 1000, 60

    def requests(connection: int) -> list[bytes]:
        start = 1 + connection * batches * size
        records = list(data.records(batches * size, start=start, streams=4))
        return [
            load.post(BATCH, "[" + ",".join(records[at : at + size]) + "]", token=server.token)
            for at in range(0, len(records), size)
        ]

    timing = load.run(server.port, requests, connections=4, seconds=60, most=batches)
    _expect_all_ok(timing)
    return {
        "figure": round(timing.requests * size / timing.seconds, 1),
        "unit": "bets/s",
        "p50_ms": timing.quantile_ms(0.5),
        "p99_ms": timing.quantile_ms(0.99),
    }


def identical(server: Served) -> Figure:
    """The same bet from 4 connections at once, 40 times: all answered 200, 40 stored."""
    before = _bets_of(server, stream=91)

    def requests(connection: int) -> Iterator[bytes]:
        for nonce, result in zip(range(40), data.results(), strict=False):
            yield load.post(INGEST, data.record(nonce, result, stream=91), token=server.token)

    timing = load.run(server.port, requests, connections=4, seconds=60, most=40)
    return {
        "figure": timing.statuses.get(200, 0),
        "unit": "answers 200 of 160",
        "stored": _bets_of(server, stream=91) - before,
        "other_statuses": {str(status): n for status, n in timing.statuses.items() if status != 200},
    }


def _bets_of(server: Served, *, stream: int) -> int:
    found = server.get(f"/live/streams?search=bench-client-{stream}")["streams"]
    return int(found[0]["total_bets"]) if found else 0


def import_million(server: Served) -> Figure:
    """`import_bets` of a million NDJSON rows into one new stream, with every other bet's work done too."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.jsonl"
        with path.open("w") as file:
            for record in data.records(MILLION, start=1):
                file.write(record.replace("bench-client-0", "bench-million") + "\n")
        began = time.perf_counter()
        said = server.manage("import_bets", str(path), "--quiet")
        took = time.perf_counter() - began
    stored = server.get("/live/streams?search=bench-million")["streams"][0]["total_bets"]
    if stored != MILLION:
        raise SystemExit(f"The import stored {stored} of {MILLION} rows: {said}")
    return {"figure": round(MILLION / took, 1), "unit": "rows/s", "seconds": round(took, 2)}


def ensure_million(server: Served) -> str:
    """A stream of a million bets, imported if it is not there; its id."""
    found = server.get("/live/streams?search=bench-million")["streams"]
    if not found:
        import_million(server)
        # Let autovacuum's work be done, as it is in a stream that grew slowly.
        with psycopg.connect(**server.database(), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        found = server.get("/live/streams?search=bench-million")["streams"]
    return str(found[0]["id"])


def _reads(server: Served, path: str, *, count: int = 300) -> load.Timing:
    request = load.get(path, token=server.token)
    load.run(server.port, lambda _: [request] * 20, connections=1, seconds=30, most=20)
    timing = load.run(server.port, lambda _: [request] * count, connections=1, seconds=60, most=count)
    _expect_all_ok(timing)
    return timing


def _read_figure(server: Served, path: str, *, quantile: float, count: int = 300) -> Figure:
    timing = _reads(server, path, count=count)
    return {
        "figure": timing.quantile_ms(quantile),
        "unit": "ms",
        "quantile": quantile,
        "p50_ms": timing.quantile_ms(0.5),
        "p99_ms": timing.quantile_ms(0.99),
    }


def tail(server: Served) -> Figure:
    """The tail of a million bets when nothing is new."""
    stream = ensure_million(server)
    return _read_figure(server, f"/live/streams/{stream}/tail?since_id={MILLION}", quantile=0.99)


def stream_list(server: Served) -> Figure:
    """The list of streams, one of which holds a million bets."""
    ensure_million(server)
    return _read_figure(server, "/live/streams?limit=100", quantile=0.5)


def detail(server: Served) -> Figure:
    """One stream of a million bets."""
    return _read_figure(server, f"/live/streams/{ensure_million(server)}", quantile=0.5)


def bets_page(server: Served) -> Figure:
    """A page of 1,000 bets with distances, out of a million."""
    stream = ensure_million(server)
    path = f"/live/streams/{stream}/bets?limit=1000&include_distance=true&order=nonce_desc"
    return _read_figure(server, path, quantile=0.5, count=60)


def export_csv(server: Served) -> Figure:
    """The CSV of a million bets: time, first byte, and how far the serving process grew."""
    stream = ensure_million(server)
    processes = server.web_processes()
    before = {pid: _status_kib(pid, "VmRSS") for pid in processes}
    for pid in processes:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    connection = load.Connection(server.port)
    request = load.get(f"/live/streams/{stream}/export.csv", token=server.token)
    began = time.perf_counter()
    first_byte, total = connection.drain(request)
    took = time.perf_counter() - began
    growth = max(_status_kib(pid, "VmHWM") - before[pid] for pid in processes)
    return {
        "figure": round(took, 2),
        "unit": "s",
        "first_byte_ms": round(first_byte * 1000, 1),
        "megabytes": round(total / 1e6, 1),
        "growth_mb": round(growth / 1024, 1),
    }


def _status_kib(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def delete(server: Served) -> Figure:
    """Ingest of another stream while a stream of a million bets is deleted and its rows are removed."""
    stream = ensure_million(server)
    began = time.perf_counter()
    status, _ = load.Connection(server.port).ask(
        load.get(f"/live/streams/{stream}", token=server.token).replace(b"GET", b"DELETE", 1)
    )
    if status != 200:
        raise SystemExit(f"Deleting answered {status}.")
    latencies: list[float] = []
    with psycopg.connect(**server.database(), autocommit=True) as connection:
        while True:
            timing = load.run(
                server.port,
                _singles(server, int(time.time() * 1000) % 10**9 * 1000, stream=92),
                connections=2,
                seconds=2,
            )
            latencies.extend(timing.latencies)
            left = connection.execute("SELECT count(*) FROM streams_stream WHERE deleted_at IS NOT NULL").fetchone()
            if left == (0,):
                break
            if time.perf_counter() - began > 300:
                raise SystemExit("The rows of the deleted stream were not removed in five minutes.")
    everything = load.Timing(time.perf_counter() - began, tuple(latencies), {})
    return {
        "figure": everything.quantile_ms(0.99),
        "unit": "ms p99 of ingest meanwhile",
        "p50_ms": everything.quantile_ms(0.5),
        "max_ms": everything.quantile_ms(1),
        "removed_within_s": round(everything.seconds, 1),
    }


def _expect_all_ok(timing: load.Timing) -> None:
    if set(timing.statuses) != {200}:
        raise SystemExit(f"Not every answer was 200: {timing.statuses}")


# Name → the figure and the bar it is held to. Reading comes before deleting what is read.
FIGURES: dict[str, tuple[Callable[[Served], Figure], str]] = {
    "single-post": (single_post, "at least 2,500 bets/s, p99 under 50 ms"),
    "batch-post": (batch_post, "at least 25,000 bets/s"),
    "identical": (identical, "160 answers 200, 40 stored"),
    "import": (import_million, "at least 30,000 rows/s"),
    "tail": (tail, "p99 under 10 ms"),
    "list": (stream_list, "p50 under 8 ms"),
    "detail": (detail, "p50 under 8 ms"),
    "bets-page": (bets_page, "p50 under 40 ms"),
    "export-csv": (export_csv, "under 8 s, first byte under 100 ms, under 40 MB growth"),
    "delete": (delete, "p99 under 100 ms"),
    "ledger-engine": (ledger.uniform, "at least 50,000 bets/s, 10 times naive and a quarter of raw COPY"),
    "ledger-hot": (ledger.hot, "at least as many as ledger-engine"),
    "ledger-offered": (ledger.offered, "at most 20 ms, no error"),
    "ledger-settle": (ledger.settle, "at most 300 ms"),
    "ledger-replay": (ledger.replay, "at most 300 ms, none missed"),
    "ledger-reconcile": (reconcile.reconcile, "at most 2 s"),
    "ledger-http": (gateway.single, "at least 10,000 bets/s, p99 at most 25 ms, 10 times the ORM view"),
    "ledger-http-batch": (gateway.batch, "at least 30,000 bets/s, 10 times the ORM view"),
    "stake-bet": (stake.bets, "no bar; compare with the venue alone"),
    "markets-poll": (markets.poll, "at most 150 ms"),
    "markets-load": (markets.load, "at least 50,000 changes/s"),
}
