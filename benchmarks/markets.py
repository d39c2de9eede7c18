"""Odds: a whole poll into the database with its signals, seasons through the engine, and a season loaded."""

import gc
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from benchmarks.recordings import ODDS_API, ODDS_DATA, present
from benchmarks.served import CHECKOUT, Served
from markets.engine import Engine
from markets.quotes import Poll, Quote
from markets.recorded_tables import find, read

RUNS = 3
STRESS = ODDS_API / "odds_ncaaf_20260808T191529Z.json.gz"
SEASON = "nfl_2025"

Figure = dict[str, Any]


def poll(server: Served) -> Figure:
    """One poll of 126 events and 3,942 quotes: read, compared, stored, consensus and signals, in one transaction."""
    present()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.markets_poll", str(STRESS)],
        cwd=CHECKOUT,
        env=server.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def load(server: Served) -> Figure:
    """A season of changes by `load_quotes`, beside COPY of as many rows of the same shape into a table without keys."""
    present()
    began = time.perf_counter()
    said = server.manage("load_quotes", str(ODDS_DATA), "--name", SEASON)
    took = time.perf_counter() - began
    found = re.search(r"([0-9,]+) changes of .* in ([0-9.]+) s, ([0-9,]+) a second", said)
    if found is None:
        raise SystemExit(f"The season was not loaded: {said}")
    rows, rate = (int(found[place].replace(",", "")) for place in (1, 3))
    with psycopg.connect(**server.database(), autocommit=True) as connection:
        copied = _copy(connection, rows)
    return {
        "figure": rate,
        "unit": "changes/s, checked to the end and stored",
        "rows": rows,
        "seconds": float(found[2]),
        "seconds_with_the_commands_start": round(took, 2),
        "bare_copy": round(rows / copied),
    }


def _copy(connection: "psycopg.Connection[Any]", rows: int) -> float:
    """Seconds for a bare COPY of as many rows of what is stored."""
    connection.execute("CREATE TABLE bench_change (LIKE markets_quotechange)")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY (SELECT * FROM markets_quotechange LIMIT {rows}) TO STDOUT") as copy:
            data = [bytes(part) for part in copy]
        began = time.perf_counter()
        with cursor.copy("COPY bench_change FROM STDIN") as copy:
            for part in data:
                copy.write(part)
        took = time.perf_counter() - began
    connection.execute("DROP TABLE bench_change")
    return took


def replay_month() -> Figure:
    """A month of the WNBA through the engine, nothing stored."""
    return _replay("wnba_2026")


def replay_season() -> Figure:
    """A season of the NFL through the engine, nothing stored."""
    return _replay(SEASON)


def _replay(name: str) -> Figure:
    present()
    tables = read(find([ODDS_DATA], name), name)
    polls = [poll for _, poll in tables.polls()]
    changes = sum(len(each.changes) for each in polls)
    gc.collect()
    gc.freeze()  # a poller does not hold a season of polls that every collection walks through
    runs = [_timed(lambda: _run(polls)) for _ in range(RUNS)]
    seconds, (points, signals) = min(runs)
    bare, _ = min(_timed(lambda: _stand(polls)) for _ in range(RUNS))
    return {
        "figure": round(seconds, 2),
        "unit": "s, the best of three",
        "runs": [round(each, 2) for each, _ in runs],
        "polls": len(polls),
        "changes": changes,
        "changes_per_s": round(changes / seconds),
        "points": points,
        "signals": signals,
        "only_keeping_what_stands_s": round(bare, 3),
        "times_that": round(seconds / bare, 1),
    }


def _run(polls: Sequence[Poll]) -> tuple[int, int]:
    engine = Engine(polls[0].sport)
    points = signals = 0
    for each in polls:
        seen = engine.poll(each)
        points += len(seen.points)
        signals += len(seen.signals)
    return points, signals


def _stand(polls: Sequence[Poll]) -> tuple[int, int]:
    """The least that any engine does: keep what stands."""
    standing: dict[tuple[str, ...], Quote] = {}
    for each in polls:
        for change in each.changes:
            if change.quote is None:
                standing.pop(change[:4], None)
            else:
                standing[change[:4]] = change.quote
    return len(standing), 0


def _timed(work: Callable[[], tuple[int, int]]) -> tuple[float, tuple[int, int]]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found
