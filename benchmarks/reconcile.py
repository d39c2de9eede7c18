"""How long it takes to check the books of a million entries: all invariants of money, the chain of hashes apart."""

import random
import statistics
import time
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks import ledger
from benchmarks.served import Served
from ledger.operations import Done, Kind, Op
from ledger.poster import Poster

ENTRIES = 1_000_000
WALLETS = 10_000
BATCH = 5_000
RUNS = 3
MONEY = ("I1", "I2", "I3", "I4", "I5", "I6")


def reconcile(server: Served) -> dict[str, Any]:
    """`check_ledger --full` over at least a million entries, wagers and how they ended, and then what is new."""
    database = server.database()
    with psycopg.connect(**database, autocommit=True) as raw:
        entries = _make_history(database, raw)
        # As autovacuum leaves tables that grew slowly.
        raw.execute("VACUUM ANALYZE")
        found = []
        for _ in range(RUNS):
            server.manage("check_ledger", "--full")
            found.append(_seconds(raw))
        scans = [_scan(raw) for _ in range(RUNS)]
        new = _make_some_more(database, raw)
        server.manage("check_ledger")
        incremental = sum(_seconds(raw).values())
    money = statistics.median(sum(each[name] for name in MONEY) for each in found)
    chain = statistics.median(each["I10"] for each in found)
    scan = statistics.median(scans)
    return {
        "figure": round(money, 2),
        "unit": "s for I1 to I6",
        "entries": entries,
        "chain_s": round(chain, 2),
        "scan_s": round(scan, 3),
        "times_scan": round(money / scan, 1),
        "incremental_s": round(incremental, 2),
        "incremental_entries": new,
    }


def _make_history(database: dict[str, Any], raw: "psycopg.Connection[Any]") -> int:
    """Wagers on many wallets, each lost or won, through the engine, until there are entries enough."""
    wallets = ledger.prepare(database, WALLETS)
    drawn = random.Random(8)
    while (entries := _count(raw)) < ENTRIES:
        rounds = max((ENTRIES - entries) // (2 * BATCH), 1)
        _play(database, wallets, drawn, rounds=rounds)
    return entries


def _make_some_more(database: dict[str, Any], raw: "psycopg.Connection[Any]") -> int:
    before = _count(raw)
    wallets = [row[0] for row in raw.execute("SELECT id FROM ledger_wallet WHERE kind = 'user' LIMIT 1000").fetchall()]
    _play(database, wallets, random.Random(9), rounds=1)
    return _count(raw) - before


def _play(database: dict[str, Any], wallets: list[int], drawn: random.Random, *, rounds: int) -> None:
    poster = Poster(ledger._connect(database))
    for _ in range(rounds):
        placed = [Op(Kind.PLACE, drawn.choice(wallets), uuid4(), drawn.randint(1, 100)) for _ in range(BATCH)]
        ended = [
            Op(Kind.LOSE, each.wallet_id, uuid4(), hold=each.client_id)
            if drawn.random() < 0.5
            else Op(Kind.WIN, each.wallet_id, uuid4(), each.amount * 2, hold=each.client_id)
            for each in placed
        ]
        for batch in (placed, ended):
            answers = poster.post(batch, at=ledger._now())
            if not all(isinstance(answer, Done) for answer in answers):
                raise SystemExit(f"A request was refused: {answers[0]}")
    poster.close()


def _count(raw: "psycopg.Connection[Any]") -> int:
    row = raw.execute("SELECT count(*) FROM ledger_entry").fetchone()
    assert row is not None
    return int(row[0])


def _seconds(raw: "psycopg.Connection[Any]") -> dict[str, float]:
    """Of the last check, by invariant."""
    row = raw.execute("SELECT results, breaches FROM ledger_check ORDER BY id DESC LIMIT 1").fetchone()
    assert row is not None
    if row[1]:
        raise SystemExit(f"The books are not in order: {row[0]}")
    seconds: dict[str, float] = {}
    for each in row[0]:
        seconds[each["name"]] = seconds.get(each["name"], 0.0) + each["milliseconds"] / 1_000
    return seconds


def _scan(raw: "psycopg.Connection[Any]") -> float:
    """Reading every entry once, and adding up: what no check can be faster than."""
    begun = time.perf_counter()
    raw.execute("SELECT count(*), sum(d_available), sum(d_locked) FROM ledger_entry").fetchone()
    return time.perf_counter() - begun
