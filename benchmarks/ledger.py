"""Durable bets a second through the ledger's engine, beside one transaction a bet and raw COPY on the same server."""

import gc
import http.client
import json
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg

from benchmarks.served import Served
from ledger.engine import Engine
from ledger.operations import Done, Kind, Op
from ledger.poster import Poster

WALLETS = 10_000
FUNDS = 10**15
BETS = 120_000  # of each process
GROUP = 1_000
GROUPS_AHEAD = 5
PROCESSES = 2
NAIVE_CLIENTS = 8
NAIVE_SECONDS = 5.0
COPY_ROWS = 200_000
COPY_COMMIT = 10_000
COPY_ENTRIES = """
COPY bench_entry (wallet_id, version, journal_id, kind, d_available, d_locked, available_after, locked_after, client_id,
    place, ref_type, ref_id, reason) FROM STDIN
"""
COPY_HOLDS = """
COPY bench_hold (wallet_id, client_id, kind, amount, status, payout, fingerprint, version, ref_type, ref_id) FROM STDIN
"""
HOT = 50
OFFERED_RATE = 10_000
OFFERED_SECONDS = 60
SETTLED = 10_000
SETTLED_CHUNK = 2_000
MISSED = 10_000
WRITER_PAUSE = 0.01  # six that never pause have both cores to themselves

Database = dict[str, Any]


def uniform(server: Served) -> dict[str, Any]:
    """Two processes with an engine each, wagers on 10,000 wallets."""
    return _figure(server, wallets=WALLETS)


def hot(server: Served) -> dict[str, Any]:
    """As uniform, on fifty wallets."""
    return _figure(server, wallets=HOT)


def _figure(server: Served, *, wallets: int) -> dict[str, Any]:
    database = server.database()
    ids = prepare(database, wallets)
    halves = [ids[number::PROCESSES] for number in range(PROCESSES)]
    gate = multiprocessing.Barrier(PROCESSES)
    with multiprocessing.Pool(PROCESSES, initializer=_keep, initargs=(gate,)) as pool:
        spans = pool.starmap(_bets, [(database, half) for half in halves])
    seconds = max(end for _, end in spans) - min(begin for begin, _ in spans)
    engine = PROCESSES * BETS / seconds
    return {"figure": round(engine), "unit": "durable bets/s", **_beside(database, ids, engine)}


def _beside(database: Database, wallets: Sequence[int], bets_a_second: float) -> dict[str, Any]:
    """One transaction a bet, and COPY of nothing but rows, on the same server in the same run.

    Of COPY there are two: the two rows that a bet leaves behind, into tables with the same keys and checks, which is
    what no engine with this schema can pass; and one bare row of an entry's width.
    """
    naive, same, bare = _naive(database, wallets), _copy_of_bets(database), _raw_copy(database)
    return {
        "naive_8_clients": round(naive),
        "times_naive": round(bets_a_second / naive, 1),
        "copy_of_the_same_rows": round(same),
        "of_copy_of_the_same_rows": round(bets_a_second / same, 3),
        "copy_of_a_bare_row": round(bare),
        "of_copy_of_a_bare_row": round(bets_a_second / bare, 3),
    }


def offered(server: Served) -> dict[str, Any]:
    """Bets offered at a fixed rate, each on its own; from when a bet is due to its answer."""
    database = server.database()
    wallets = prepare(database, WALLETS)
    drawn = random.Random(7)
    engine = Engine(_connect(database), now=_now)
    seconds: list[float] = []
    errors = 0

    def note(due: float, answered: "Future[list[Any]]") -> None:
        nonlocal errors
        seconds.append(time.perf_counter() - due)
        errors += not isinstance(answered.result()[0], Done)

    count = OFFERED_RATE * OFFERED_SECONDS
    begun, sent = time.perf_counter() + 0.1, 0
    while sent < count:
        due = begun + sent / OFFERED_RATE
        ahead = due - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
            continue
        future = engine.submit([Op(Kind.PLACE, drawn.choice(wallets), uuid4(), 1)])
        future.add_done_callback(partial(note, due))
        sent += 1
    offered_seconds = time.perf_counter() - begun
    engine.close()
    latencies = sorted(seconds)
    return {
        "figure": round(latencies[int(len(latencies) * 0.99)] * 1_000, 1),
        "unit": f"ms, 99th percentile at {OFFERED_RATE} offered/s for {OFFERED_SECONDS} s",
        "p50": round(latencies[len(latencies) // 2] * 1_000, 1),
        "worst": round(latencies[-1] * 1_000, 1),
        "answered": len(latencies),
        "errors": errors,
        "offered_seconds": round(offered_seconds, 1),
        **_beside(database, wallets, count / offered_seconds),
    }


def settle(server: Served) -> dict[str, Any]:
    """The end of a round: this many open bets won or lost, in chunks, by one engine."""
    database = server.database()
    wallets = prepare(database, WALLETS)
    engine = Engine(_connect(database), now=_now)
    bets = [Op(Kind.PLACE, wallets[number % len(wallets)], uuid4(), 10) for number in range(SETTLED)]
    ends = [
        Op(Kind.WIN, bet.wallet_id, uuid4(), 19, hold=bet.client_id)
        if number % 2
        else Op(Kind.LOSE, bet.wallet_id, uuid4(), hold=bet.client_id)
        for number, bet in enumerate(bets)
    ]
    for start in range(0, SETTLED, SETTLED_CHUNK):
        _expect_done(engine.submit(bets[start : start + SETTLED_CHUNK]).result())
    gc.freeze()
    begun = time.perf_counter()
    chunks = [engine.submit(ends[start : start + SETTLED_CHUNK]) for start in range(0, SETTLED, SETTLED_CHUNK)]
    for chunk in chunks:
        _expect_done(chunk.result())
    seconds = time.perf_counter() - begun
    engine.close()
    return {
        "figure": round(seconds * 1_000),
        "unit": f"ms for {SETTLED} bets",
        **_beside(database, wallets, SETTLED / seconds),
    }


def replay(server: Served) -> dict[str, Any]:
    """A reader who was away reads what it missed, while six others write."""
    database = server.database()
    (wallet,) = prepare(database, 1)
    poster = Poster(_connect(database))
    with psycopg.connect(**database, autocommit=True) as raw:
        row = raw.execute("SELECT event_seq FROM events_head").fetchone()
    last_seen = row[0] if row else 0
    for _ in range(MISSED):
        poster.post([Op(Kind.DEPOSIT, wallet, uuid4(), 1)], at=_now())
    poster.close()
    others = prepare(database, 6)
    _, alone = _missed(server, wallet, last_seen)
    stop = threading.Event()

    def write(other: int) -> None:
        own = Poster(_connect(database))
        while not stop.is_set():
            own.post([Op(Kind.PLACE, other, uuid4(), 1)], at=_now())
            time.sleep(WRITER_PAUSE)
        own.close()

    threads = [threading.Thread(target=write, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    versions, seconds = _missed(server, wallet, last_seen)
    stop.set()
    for thread in threads:
        thread.join()
    return {
        "figure": round(seconds * 1_000),
        "unit": f"ms for {MISSED} events beside six writers",
        "alone": round(alone * 1_000),
        "missed": MISSED - len(set(versions)),
        "doubled": len(versions) - len(set(versions)),
    }


def _missed(server: Served, wallet: int, after: int) -> tuple[list[int], float]:
    """The versions that the gateway tells whoever comes back, until nothing is missing; and the seconds that takes."""
    versions: list[int] = []
    begun = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", server.gateway_port, timeout=60)
    headers = {"Authorization": f"Bearer {server.token}", "Last-Event-ID": str(after)}
    line.request("GET", f"/events?stream=wallet:{wallet}", headers=headers)
    with line.getresponse() as answered:
        while len(versions) < MISSED:
            row = answered.readline()
            if row.startswith(b"data: "):
                versions.append(json.loads(row[6:])["body"]["version"])
    line.close()
    return versions, time.perf_counter() - begun


def _connect(database: Database) -> Callable[[], "psycopg.Connection[Any]"]:
    return lambda: psycopg.connect(**database, autocommit=True)


def prepare(database: Database, count: int) -> list[int]:
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
    gc.freeze()  # the load is made beforehand, and is no garbage to look through again and again
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


def _copy_of_bets(database: Database) -> float:
    """Bets a second of nothing but COPY: an entry and a hold each, in tables with the ledger's keys and checks."""
    drawn = random.Random(7)
    taken = [0] * WALLETS
    commits = []
    for start in range(0, COPY_ROWS, COPY_COMMIT):
        entries, holds = [], []
        for _ in range(COPY_COMMIT):
            wallet, client_id = drawn.randrange(WALLETS), UUID(int=drawn.getrandbits(128))
            taken[wallet] += 1
            entries.append(f"{wallet}\t{taken[wallet]}\t{start}\t2\t-5\t5\t95\t5\t{client_id}\t0\t\t\t\n")
            holds.append(f"{wallet}\t{client_id}\t2\t5\topen\t0\t\\\\x{client_id.hex}\t1\t\t\n")
        commits.append(("".join(entries), "".join(holds)))
    with psycopg.connect(**database, autocommit=True) as raw:
        for table in ("entry", "hold"):
            raw.execute(f"CREATE TABLE bench_{table} (LIKE ledger_{table} INCLUDING ALL)")
        begun = time.perf_counter()
        for texts in commits:
            with raw.transaction(), raw.cursor() as cursor:
                for statement, text in zip((COPY_ENTRIES, COPY_HOLDS), texts, strict=True):
                    with cursor.copy(statement) as copy:
                        copy.write(text)
        seconds = time.perf_counter() - begun
        raw.execute("DROP TABLE bench_entry, bench_hold")
    return COPY_ROWS / seconds


def _raw_copy(database: Database) -> float:
    """Rows of an entry's width a second into a bare table."""
    row = "1\t{}\t1\t2\t-5\t5\t95\t5\t6f9619ff-8b86-d011-b42d-00c04fc964ff\t\\N\t\t\t\n"
    text = "".join([row.format(number) for number in range(COPY_COMMIT)])
    with psycopg.connect(**database, autocommit=True) as raw:
        raw.execute("CREATE TABLE bench_entry (LIKE ledger_entry)")
        begun = time.perf_counter()
        for _ in range(0, COPY_ROWS, COPY_COMMIT):
            with raw.cursor().copy(COPY_ENTRIES) as copy:
                copy.write(text)
        seconds = time.perf_counter() - begun
        raw.execute("DROP TABLE bench_entry")
    return COPY_ROWS / seconds


def _now() -> datetime:
    return datetime.now(UTC)
