"""Durable bets a second through the ledger's engine, beside one transaction a bet and raw COPY on the same server."""

import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks.served import Served
from ledger.engine import Engine, Poster
from ledger.operations import Done, Kind, Op

WALLETS = 10_000
FUNDS = 10**15
BETS = 120_000  # of each process
GROUP = 1_000
GROUPS_AHEAD = 5
PROCESSES = 2
NAIVE_CLIENTS = 8
NAIVE_SECONDS = 5.0
COPY_ROWS = 200_000
HOT = 50

Database = dict[str, Any]


def uniform(server: Served) -> dict[str, Any]:
    """Two processes with an engine each, wagers on 10,000 wallets."""
    return _figure(server, wallets=WALLETS)


def hot(server: Served) -> dict[str, Any]:
    """As uniform, on fifty wallets."""
    return _figure(server, wallets=HOT)


def _figure(server: Served, *, wallets: int) -> dict[str, Any]:
    database = server.database()
    ids = _prepare(database, wallets)
    halves = [ids[number::PROCESSES] for number in range(PROCESSES)]
    gate = multiprocessing.Barrier(PROCESSES)
    with multiprocessing.Pool(PROCESSES, initializer=_keep, initargs=(gate,)) as pool:
        spans = pool.starmap(_bets, [(database, half) for half in halves])
    seconds = max(end for _, end in spans) - min(begin for begin, _ in spans)
    engine, naive, copied = PROCESSES * BETS / seconds, _naive(database, ids), _raw_copy(database)
    return {
        "figure": round(engine),
        "unit": "durable bets/s",
        "naive_8_clients": round(naive),
        "times_naive": round(engine / naive, 1),
        "raw_copy_rows": round(copied),
        "of_raw_copy": round(engine / copied, 3),
    }


def _connect(database: Database) -> Callable[[], "psycopg.Connection[Any]"]:
    return lambda: psycopg.connect(**database, autocommit=True)


def _prepare(database: Database, count: int) -> list[int]:
    """Wallets of this benchmark with money in them."""
    owner = f"bench {uuid4().hex[:8]}"
    with psycopg.connect(**database, autocommit=True) as raw:
        raw.execute("INSERT INTO ledger_currency VALUES ('BEN', 2, 1, 0) ON CONFLICT DO NOTHING")
        insert = (
            "INSERT INTO ledger_wallet (owner, currency, kind, shard, available, locked, version, opened_at)"
            " SELECT %s || n, 'BEN', %s, 0, 0, 0, 0, now() FROM generate_series(1, %s) n"
            " ON CONFLICT DO NOTHING RETURNING id"
        )
        for kind in ("house", "world"):
            raw.execute(insert, [kind, kind, 1])
        ids = [row[0] for row in raw.execute(insert, [owner, "user", count]).fetchall()]
    poster = Poster(_connect(database))
    for start in range(0, len(ids), 5_000):
        poster.post([Op(Kind.DEPOSIT, each, uuid4(), FUNDS // 10**3) for each in ids[start : start + 5_000]], at=_now())
    poster.close()
    return ids


_gate: Any = None


def _keep(gate: Any) -> None:
    global _gate  # noqa: PLW0603  a barrier cannot be sent to a worker, only inherited by it
    _gate = gate


def _bets(database: Database, wallets: Sequence[int]) -> tuple[float, float]:
    """Send the bets through an engine of this process; when it began and ended."""
    drawn = random.Random(wallets[0])
    groups = [
        [Op(Kind.PLACE, drawn.choice(wallets), uuid4(), drawn.randint(1, 100)) for _ in range(GROUP)]
        for _ in range(BETS // GROUP)
    ]
    engine = Engine(_connect(database), now=_now)
    engine.submit([Op(Kind.PLACE, wallets[0], uuid4(), 1)]).result()
    _gate.wait()
    begun = time.time()
    ahead: list[Any] = []
    for group in groups:
        ahead.append(engine.submit(group))
        if len(ahead) > GROUPS_AHEAD:
            _expect_done(ahead.pop(0).result())
    for answers in ahead:
        _expect_done(answers.result())
    ended = time.time()
    engine.close()
    return begun, ended


def _expect_done(answers: Sequence[Any]) -> None:
    refused = next((answer for answer in answers if not isinstance(answer, Done)), None)
    if refused is not None:
        raise RuntimeError(f"A bet was refused: {refused.code}")


def _naive(database: Database, wallets: Sequence[int]) -> float:
    """The same rules, one transaction a bet, from eight connections."""
    until = time.perf_counter() + NAIVE_SECONDS
    counts = [0] * NAIVE_CLIENTS

    def client(number: int) -> None:
        drawn = random.Random(number)
        poster = Poster(_connect(database))
        while time.perf_counter() < until:
            poster.post([Op(Kind.PLACE, drawn.choice(wallets), uuid4(), 1)], at=_now())
            counts[number] += 1
        poster.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(NAIVE_CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)


def _raw_copy(database: Database) -> float:
    """Rows of an entry's width a second into a bare table, 10,000 a commit."""
    with psycopg.connect(**database, autocommit=True) as raw:
        raw.execute("CREATE TABLE IF NOT EXISTS bench_copy (LIKE ledger_entry)")
        row = "1\t{}\t1\t2\t-5\t5\t95\t5\t6f9619ff-8b86-d011-b42d-00c04fc964ff\t\t\t\n"
        begun = time.perf_counter()
        for start in range(0, COPY_ROWS, 10_000):
            text = "".join([row.format(number) for number in range(start, start + 10_000)])
            with raw.cursor().copy(
                "COPY bench_copy (wallet_id, version, journal_id, kind, d_available, d_locked, available_after,"
                " locked_after, client_id, ref_type, ref_id, reason) FROM STDIN"
            ) as copy:
                copy.write(text)
        seconds = time.perf_counter() - begun
        raw.execute("DROP TABLE bench_copy")
    return COPY_ROWS / seconds


def _now() -> datetime:
    return datetime.now(UTC)
