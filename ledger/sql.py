"""The statements of a batch: array look-ups and COPY, in one transaction of the engine's own connection.

Every look-up is a LATERAL probe of an index for each key, so that a plan made while a table was small stays right when
it is not. What is read before the locks never changes: a wallet's currency, and what an earlier request moved.
"""

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.adapt import Dumper

from ledger import binary, extension_sql
from ledger.binary import int8_array, uuid_array
from ledger.decide import Entry, Hold, Key, Movement, Remembered, State, Wallet
from ledger.money import Currency
from ledger.operations import HOLDING, Answer, Code, Done, Kind, Op, Refused

Cursor = psycopg.Cursor[Any]

# Whose other side is the house, and whose the world; the other wallet of the rest is named by the request.
_WITH_HOUSE = frozenset({Kind.WIN, Kind.LOSE, Kind.ADJUST})
_WITH_WORLD = frozenset({Kind.DEPOSIT, Kind.SETTLE_WITHDRAWAL})


class _Packed(Dumper):
    """Sends an array that is packed already: psycopg's own way of a list costs as much as the rest of a batch."""

    format = pq.Format.BINARY

    def dump(self, obj: bytes) -> Buffer:
        return obj


class _Int8s(_Packed):
    oid = 1016  # bigint[]


class _Uuids(_Packed):
    oid = 2951  # uuid[]


# What a batch looks for it looks for by key. A plan that reads a table whole, made while it was small or not yet
# counted, would be kept and grow with it.
_SESSION = """
SELECT set_config('ledger.posting', 'on', false), set_config('enable_seqscan', 'off', false),
       set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false)
"""


def prepare(raw: "psycopg.Connection[Any]") -> None:
    """Teach a connection the arrays of this module, and the database that it posts."""
    raw.execute(_SESSION)
    raw.adapters.register_dumper(binary.Int8Array, _Int8s)
    raw.adapters.register_dumper(binary.UuidArray, _Uuids)


class Books(NamedTuple):
    """What hardly ever changes: the currencies, and who stands on the other side, by currency."""

    currencies: dict[str, Currency]
    house: dict[str, int]
    world: dict[str, int]


def read_books(cursor: Cursor, *, shard: int) -> Books:
    """The currencies with the world's wallets, and the house's of this shard, or its first where there is none."""
    rows = cursor.execute("SELECT code, scale, least, most FROM ledger_currency").fetchall()
    sides: dict[str, dict[str, int]] = {"house": {}, "world": {}}
    found = cursor.execute(
        "SELECT DISTINCT ON (kind, currency) kind, currency, id FROM ledger_wallet WHERE kind IN ('world', 'house')"
        " ORDER BY kind, currency, shard = %s DESC, shard",
        [shard],
    )
    for kind, currency, wallet_id in found.fetchall():
        sides[kind][currency] = wallet_id
    return Books({row[0]: Currency(*row) for row in rows}, sides["house"], sides["world"])


# --- Before the locks -------------------------------------------------------------------------------

_CURRENCIES = "SELECT id, currency FROM ledger_wallet WHERE id = ANY(%s::bigint[])"
_MOVEMENTS = """
SELECT r.wallet_id, r.client_id, r.moved, r.other_wallet_id,
       EXISTS (SELECT FROM ledger_result u WHERE u.wallet_id = r.wallet_id AND u.undone = r.client_id)
FROM unnest(%(wallets)s::bigint[], %(clients)s::uuid[]) AS k (wallet_id, client_id), LATERAL (
    SELECT * FROM ledger_result r WHERE r.wallet_id = k.wallet_id AND r.client_id = k.client_id OFFSET 0) AS r
WHERE r.moved IS NOT NULL
"""


class Outdated(Exception):
    """What was read before the locks is not so any more; the transaction has to begin again."""


def wallets_touched(cursor: Cursor, ops: Sequence[Op], books: Books, known: dict[int, str]) -> list[tuple[int, ...]]:
    """The wallets that each of these requests may change. `known` remembers the currencies of wallets.

    Raises `Outdated` for a currency that is not in the books yet.
    """
    if unknown := {op.wallet_id for op in ops} - known.keys():
        found = cursor.execute(_CURRENCIES, [int8_array(unknown)]).fetchall()
        known.update((wallet_id, sys.intern(currency)) for wallet_id, currency in found)
        if any(currency not in books.house or currency not in books.world for _, currency in found):
            raise Outdated("a currency is new")
    movements, _ = _find_movements(cursor, ops)
    return [_touched(op, books, known.get(op.wallet_id), movements) for op in ops]


def _touched(op: Op, books: Books, currency: str | None, movements: Mapping[Key, Movement]) -> tuple[int, ...]:
    if currency is None or op.kind in HOLDING:
        return (op.wallet_id,)
    if op.kind in _WITH_HOUSE:
        return (op.wallet_id, books.house[currency])
    if op.kind in _WITH_WORLD:
        return (op.wallet_id, books.world[currency])
    # A request may name what its kind has no use for; it is still part of its content, and does no harm.
    others = [op.other_wallet_id] if op.other_wallet_id is not None else []
    if op.undone is not None and (movement := movements.get((op.wallet_id, op.undone))) is not None:
        others.append(movement.other_wallet_id)
    return (op.wallet_id, *others)


_FREE = "SELECT id FROM ledger_wallet WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_THERE = "SELECT id FROM ledger_wallet WHERE id = ANY(%s::bigint[])"


def stuck_wallets(cursor: Cursor, wallets: Iterable[int]) -> set[int]:
    """Those of the wallets that somebody else holds at this moment; the others are locked from here on."""
    ids = int8_array(sorted(wallets))
    free = {row[0] for row in cursor.execute(_FREE, [ids]).fetchall()}
    return {row[0] for row in cursor.execute(_THERE, [ids]).fetchall()} - free


def _find_movements(cursor: Cursor, ops: Sequence[Op]) -> tuple[dict[Key, Movement], set[Key]]:
    """What the requests that are to be reversed moved, and those of them that were reversed already."""
    keys = [(op.wallet_id, op.undone) for op in ops if op.kind == Kind.REVERSE and op.undone is not None]
    movements: dict[Key, Movement] = {}
    undone: set[Key] = set()
    if keys:
        for wallet_id, client_id, moved, other, is_undone in cursor.execute(_MOVEMENTS, _columns(keys)).fetchall():
            movements[wallet_id, client_id] = Movement(moved, other)
            if is_undone:
                undone.add((wallet_id, client_id))
    return movements, undone


def _columns(keys: Collection[Key]) -> dict[str, bytes]:
    return {
        "wallets": int8_array([wallet_id for wallet_id, _ in keys]),
        "clients": uuid_array([client_id for _, client_id in keys]),
    }


# --- Locking and looking up -------------------------------------------------------------------------

# In one order everywhere, so that two batches that wait never wait for each other.
_LOCK = """
SELECT id, currency, available, locked, version, kind IN ('house', 'world', 'chain')
FROM ledger_wallet WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE
"""
# A request that began a hold is remembered by the hold, every other by its result.
_ANSWERED = """
SELECT k.wallet_id, k.client_id, r.fingerprint, r.version, e.available_after, e.locked_after, r.code, r.details
FROM unnest(%(wallets)s::bigint[], %(clients)s::uuid[]) AS k (wallet_id, client_id), LATERAL (
    SELECT r.fingerprint, r.version, r.code, r.details::text
    FROM ledger_result r WHERE r.wallet_id = k.wallet_id AND r.client_id = k.client_id
    UNION ALL
    SELECT h.fingerprint, h.version, '', NULL
    FROM ledger_hold h WHERE h.wallet_id = k.wallet_id AND h.client_id = k.client_id) AS r
LEFT JOIN LATERAL (
    SELECT * FROM ledger_entry e WHERE e.wallet_id = k.wallet_id AND e.version = r.version OFFSET 0) AS e ON true
"""
_HOLDS = """
SELECT h.wallet_id, h.client_id, h.kind, h.amount, h.status, h.payout
FROM unnest(%(wallets)s::bigint[], %(clients)s::uuid[]) AS k (wallet_id, client_id), LATERAL (
    SELECT * FROM ledger_hold h WHERE h.wallet_id = k.wallet_id AND h.client_id = k.client_id OFFSET 0) AS h
"""


def lock_and_look_up(cursor: Cursor, ops: Sequence[Op], books: Books, touched: Iterable[int]) -> State:
    """Lock the wallets in order of their ids, then the rows of extensions, and read what is known of the requests.

    Raises `Outdated` where a request that is to be reversed was only just committed, by somebody else.
    """
    wallets = {row[0]: Wallet(*row) for row in cursor.execute(_LOCK, [int8_array(sorted(touched))]).fetchall()}
    state = State(wallets, books.currencies, books.house, books.world)
    state.views = extension_sql.lock(cursor, ops)
    # Statements of their own: at READ COMMITTED they see all that earlier holders of the locks committed.
    keys = [(op.wallet_id, op.client_id) for op in ops]
    for row in cursor.execute(_ANSWERED, _columns(keys)).fetchall():
        state.remembered[row[0], row[1]] = _remembered(*row)
    ended = [(op.wallet_id, op.hold) for op in ops if op.hold is not None]
    if ended:
        for wallet_id, client_id, kind, *rest in cursor.execute(_HOLDS, _columns(ended)).fetchall():
            state.holds[wallet_id, client_id] = Hold(wallet_id, client_id, Kind(kind), *rest)
    state.movements, state.reversed = _find_movements(cursor, ops)
    if any(movement.other_wallet_id not in wallets for movement in state.movements.values()):
        raise Outdated("a movement is new")
    return state


def _remembered(
    wallet_id: int,
    client_id: UUID,
    fingerprint: bytes,
    version: int | None,
    available: int,
    locked: int,
    code: str,
    details: str,
) -> Remembered:
    answer: Answer
    if version is None:
        answer = Refused(wallet_id, client_id, Code(code), **json.loads(details))
    else:
        answer = Done(wallet_id, client_id, available, locked, version)
    return Remembered(fingerprint, answer)


# --- Writing ----------------------------------------------------------------------------------------

_UPDATE_WALLETS = """
UPDATE ledger_wallet w SET available = k.available, locked = k.locked, version = k.version
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS k (id, available, locked, version)
WHERE w.id = k.id
"""
_END_HOLDS = """
UPDATE ledger_hold h SET status = %(status)s, payout = k.payout
FROM unnest(%(wallets)s::bigint[], %(clients)s::uuid[], %(payouts)s::bigint[]) AS k (wallet_id, client_id, payout)
WHERE h.wallet_id = k.wallet_id AND h.client_id = k.client_id
"""
_COPY_ENTRIES = """
COPY ledger_entry (journal_id, wallet_id, version, kind, d_available, d_locked, available_after, locked_after,
    client_id, place, ref_type, ref_id, reason) FROM STDIN (FORMAT BINARY)
"""
_COPY_HOLDS = """
COPY ledger_hold (wallet_id, client_id, kind, amount, status, payout, fingerprint, version, ref_type, ref_id)
FROM STDIN (FORMAT BINARY)
"""
_COPY_RESULTS = """
COPY ledger_result (wallet_id, client_id, fingerprint, version, code, details, moved, other_wallet_id, undone)
FROM STDIN (FORMAT BINARY)
"""
_INSERT_JOURNAL = """
INSERT INTO ledger_journal
    (id, no, recorded_at, operations, entries, first_event, events, digest, hash_before, hash)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def write(cursor: Cursor, state: State, *, journal_id: int) -> int:
    """Write everything that a decided batch changes, but for its journal; the number of wallets that changed."""
    places = _places(state.entries)
    wallets = [state.wallets[wallet_id] for wallet_id in places]
    if wallets:
        columns = zip(*((each.id, each.available, each.locked, each.version) for each in wallets), strict=True)
        cursor.execute(_UPDATE_WALLETS, [int8_array(column) for column in columns])
        _copy(cursor, _COPY_ENTRIES, binary.entries(journal_id, state.entries, places))
    holds, results = _split(state)
    if holds:
        _copy(cursor, _COPY_HOLDS, binary.holds(holds))
    begun = {(hold.wallet_id, hold.client_id) for hold in state.new_holds}
    ended = [hold for hold in state.ended_holds if (hold.wallet_id, hold.client_id) not in begun]
    if ended:
        for status in ("settled", "void"):
            _end_holds(cursor, status, [hold for hold in ended if hold.status == status])
    if results:
        _copy(cursor, _COPY_RESULTS, binary.results(results))
    return len(places)


def _end_holds(cursor: Cursor, status: str, holds: Sequence[Hold]) -> None:
    if holds:
        keys = _columns([(hold.wallet_id, hold.client_id) for hold in holds])
        payouts = int8_array([hold.payout for hold in holds])
        cursor.execute(_END_HOLDS, {**keys, "status": status, "payouts": payouts})


def _places(entries: Sequence[Entry]) -> dict[int, tuple[int, int]]:
    """Of each wallet that changed, by its id: its last version, and its place among them."""
    last = {entry.wallet_id: entry.version for entry in entries}
    return {wallet_id: (last[wallet_id], place) for place, wallet_id in enumerate(sorted(last))}


def _split(state: State) -> tuple[list[binary.HoldRow], list[binary.ResultRow]]:
    """What is remembered, as rows: a hold that was begun by itself, anything else by a result."""
    holds: list[binary.HoldRow] = []
    results: list[binary.ResultRow] = []
    for op, fingerprint, answer in state.news:
        if isinstance(answer, Refused):
            details = {name: value for name, value in _details(answer).items() if value not in (None, "")}
            results.append((op.wallet_id, op.client_id, fingerprint, None, answer.code.value, details, None, None))
        elif op.kind in HOLDING:
            holds.append((state.holds[op.wallet_id, op.client_id], fingerprint, answer.version, op))
        else:
            moved = state.movements.get((op.wallet_id, op.client_id))
            results.append((op.wallet_id, op.client_id, fingerprint, answer.version, "", None, moved, op.undone))
    return holds, results


def _copy(cursor: Cursor, statement: str, content: bytes) -> None:
    with cursor.copy(statement) as copy:
        copy.write(content)


def _details(answer: Refused) -> dict[str, Any]:
    return {
        "expected": answer.expected,
        "actual": answer.actual,
        "need": answer.need,
        "have": answer.have,
        "which": answer.which,
        "allowed": answer.allowed,
    }


def write_journal(
    cursor: Cursor,
    *,
    journal_id: int,
    no: int,
    at: datetime,
    state: State,
    first_event: int,
    events: int,
    digest: bytes,
    hash_before: bytes,
    hash_after: bytes,
) -> None:
    """Write the batch's journal, with its link in the chain."""
    counts = (len(state.news), len(state.entries), first_event, events)
    cursor.execute(_INSERT_JOURNAL, [journal_id, no, at, *counts, digest, hash_before, hash_after])
