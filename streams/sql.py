"""The statements of ingest: plain SQL over arrays, prepared once a connection, sent in the caller's pipeline.

Arrays are written as PostgreSQL array literals here (`_array`), which costs a tenth of adapting each value, and every
lookup is a LATERAL index probe per key, so that a plan made while a table was small stays right when it is not.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import psycopg

from streams import exactjson
from streams.decide import KnownRound, NewConflict, Source, StreamChange
from streams.merge import FILLABLE, KnownBet
from streams.wire import PROVIDERS, BetMessage, Message, cell_of

Pair = tuple[str, str]  # (server seed hash, client seed)


class Known(NamedTuple):
    """A stream that exists: its key, and its public name."""

    key: int
    public_id: UUID


# Pairs whose stream exists; a worker meets the same few again and again. Stale entries show when locking.
_streams: dict[Pair, Known] = {}
_STREAMS_REMEMBERED_MAX = 10_000

ROWS_PER_STATEMENT = 1_000


class StreamVanished(Exception):
    """A stream was deleted between being found and being locked."""


def remember_streams(found: dict[Pair, Known]) -> None:
    """Keep the keys of committed streams. One whose client seed is unknown is not kept: it may still get one."""
    if len(_streams) + len(found) > _STREAMS_REMEMBERED_MAX:
        _streams.clear()
    _streams.update({pair: known for pair, known in found.items() if pair[1]})


def remembered_streams(messages: Iterable[Message]) -> dict[Pair, Known] | None:
    """The streams of all these messages, if every one of them is remembered."""
    pairs = {(message.server_seed_hashed, message.client_seed) for message in messages}
    found = {pair: known for pair in pairs if (known := _streams.get(pair)) is not None}
    return found if len(found) == len(pairs) else None


def forget_streams() -> None:
    _streams.clear()


def _array(values: Iterable[object]) -> str:
    """A PostgreSQL array literal of numbers, moments and NULLs, none of which need quoting inside one."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _text_array(values: Iterable[str | None]) -> str:
    """A PostgreSQL array literal of text."""
    return (
        "{"
        + ",".join(
            [
                "NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
                for value in values
            ]
        )
        + "}"
    )


def _time_array(values: Iterable[datetime | None]) -> str:
    return _array([None if value is None else f'"{value.isoformat()}"' for value in values])


def _json_array(values: Iterable[Any]) -> str:
    return _text_array([exactjson.dumps(value) for value in values])


class _Plans:
    """When a connection's plans were made, and how many messages they have served."""

    def __init__(self) -> None:
        self.made_at = time.monotonic()
        self.messages = 0


_plans: WeakKeyDictionary[psycopg.Connection[Any], _Plans] = WeakKeyDictionary()
PLAN_SECONDS = 2.0
PLAN_MESSAGES = 1000


def renew_plans(raw: psycopg.Connection[Any], messages: int) -> None:
    """Have the prepared statements planned again once in a while; call it before a transaction of `messages`.

    In a small table every index of a stream looks equally good to the planner, and it may keep the wrong one for as
    long as the connection lives, reading the whole stream for each look-up when it has grown.
    """
    plans = _plans.setdefault(raw, _Plans())
    plans.messages += messages
    if plans.messages > PLAN_MESSAGES or time.monotonic() - plans.made_at > PLAN_SECONDS:
        _plans[raw] = _Plans()
        psycopg.Cursor(raw).execute("DISCARD PLANS")


def _run(raw: psycopg.Connection[Any], statement: str, parameters: Sequence[object]) -> psycopg.Cursor[Any]:
    """Execute with server-side parameters, prepared; inside a pipeline the result is fetched later."""
    cursor = psycopg.Cursor(raw)
    cursor.execute(statement.encode(), parameters, prepare=True)
    return cursor


# --- Finding streams ------------------------------------------------------------------------------

# Archives name bets by the hash alone. Such a stream gets its client seed from the first message that knows it,
# unless another stream has the hash already: then nobody can tell which of the two the bets belong to.
_ADOPT = """
UPDATE streams_stream s SET client_seed = k.client_seed
FROM unnest(%s::text[], %s::text[]) AS k (hash, client_seed)
WHERE s.server_seed_hashed = k.hash AND s.client_seed = '' AND s.deleted_at IS NULL AND k.client_seed <> ''
  AND NOT EXISTS (SELECT FROM streams_stream o
                  WHERE o.server_seed_hashed = k.hash AND o.client_seed <> '' AND o.deleted_at IS NULL)
"""

# In one order everywhere, so that two batches creating the same pairs wait for each other but never deadlock.
_CREATE = """
INSERT INTO streams_stream (public_id, server_seed_hashed, client_seed, provider, games, notes, notes_version,
    simulated, created_at, last_seen_at, last_seq, bets, rounds, conflicts, results, result_sum)
SELECT k.public_id, k.hash, k.client_seed, k.provider, '{}', '', 1, %s, %s, k.seen, 0, 0, 0, 0, 0, 0
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
     AS k (public_id, hash, client_seed, provider, seen)
ORDER BY k.hash, k.client_seed
ON CONFLICT (server_seed_hashed, client_seed) WHERE deleted_at IS NULL DO NOTHING
"""

_FIND = """
SELECT s.server_seed_hashed, s.client_seed, s.id, s.public_id
FROM unnest(%s::text[], %s::text[]) AS k (hash, client_seed)
JOIN streams_stream s ON s.server_seed_hashed = k.hash AND s.client_seed = k.client_seed AND s.deleted_at IS NULL
"""

# A hash without a client seed means the only stream that has it, where there is exactly one.
_FIND_ONLY = """
SELECT s.server_seed_hashed, min(s.id), (array_agg(s.public_id))[1] FROM streams_stream s
WHERE s.server_seed_hashed = ANY(%s::text[]) AND s.client_seed <> '' AND s.deleted_at IS NULL
GROUP BY s.server_seed_hashed HAVING count(*) = 1
"""


class _NewStream(NamedTuple):
    provider: str
    seen: datetime


def find_streams(
    raw: psycopg.Connection[Any], messages: Iterable[Message], *, at: datetime, live: bool, simulated: bool
) -> dict[Pair, Known]:
    """The stream of each seed pair named by `messages`; missing ones are created in this transaction.

    `simulated` says what the created ones are; those that exist stay what they are.
    """
    found: dict[Pair, Known] = {}
    missing: dict[Pair, _NewStream] = {}
    for message in messages:
        pair = (message.server_seed_hashed, message.client_seed)
        if pair in found or pair in missing:
            continue
        known = _streams.get(pair)
        if known is not None:
            found[pair] = known
        else:
            missing[pair] = _new_stream(message, at=at, live=live)
    if missing:
        found |= _find_or_create(raw, missing, at=at, simulated=simulated)
    return found


def _new_stream(message: Message, *, at: datetime, live: bool) -> _NewStream:
    if isinstance(message, BetMessage):
        return _NewStream(message.provider, at if live or message.placed_at is None else message.placed_at)
    return _NewStream("antebot", at)


def _find_or_create(
    raw: psycopg.Connection[Any], missing: dict[Pair, _NewStream], *, at: datetime, simulated: bool
) -> dict[Pair, Known]:
    found: dict[Pair, Known] = {}
    without_seed = [hashed for hashed, client_seed in missing if not client_seed]
    if without_seed:
        only = _run(raw, _FIND_ONLY, [_text_array(without_seed)]).fetchall()
        found |= {(hashed, ""): Known(key, public_id) for hashed, key, public_id in only}
    pairs = [pair for pair in missing if pair not in found]
    hashes, client_seeds = (_text_array([pair[i] for pair in pairs]) for i in (0, 1))
    _run(raw, _ADOPT, [hashes, client_seeds])
    _run(
        raw,
        _CREATE,
        [
            simulated,
            at,
            _array([uuid4() for _ in pairs]),
            hashes,
            client_seeds,
            _text_array([missing[pair].provider for pair in pairs]),
            _time_array([missing[pair].seen for pair in pairs]),
        ],
    )
    rows = _run(raw, _FIND, [hashes, client_seeds])
    found |= {(hashed, client_seed): Known(key, public_id) for hashed, client_seed, key, public_id in rows.fetchall()}
    if len(found) < len(missing):
        raise StreamVanished
    return found


# --- Locking and looking up -----------------------------------------------------------------------

_LOCK = """
SELECT id, last_seq FROM streams_stream
WHERE id = ANY(%s::bigint[]) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE
"""

# What a stored bet is compared by and filled in: the fields of BetMessage from the provider on, and what others filled.
_BET_COLUMNS = """
       b.seq, b.filled::text, b.provider, b.provider_bet_id, b.game, b.nonce, b.amount, b.payout, b.currency,
       b.difficulty, b.round_target, b.round_result, b.cell, b.placed_at, b.extra::text
"""

# An id may be a bet's own or that of a further source, once for each provider at most.
_KNOWN_BETS = f"""
SELECT b.stream_id, NULL, NULL, {_BET_COLUMNS}
FROM unnest(%(streams)s::bigint[], %(nonces)s::bigint[]) AS k (stream_id, nonce), LATERAL (
    SELECT * FROM streams_bet b WHERE b.stream_id = k.stream_id AND b.position = k.nonce OFFSET 0) AS b
UNION ALL
SELECT b.stream_id, b.provider_bet_id, NULL, {_BET_COLUMNS}
FROM unnest(%(bet_streams)s::bigint[], %(ids)s::text[]) AS k (stream_id, bet_id), LATERAL (
    SELECT * FROM streams_bet b WHERE b.stream_id = k.stream_id AND b.provider_bet_id = k.bet_id
    ORDER BY b.provider LIMIT 1) AS b
UNION ALL
SELECT b.stream_id, a.provider_bet_id, a.provider, {_BET_COLUMNS}
FROM unnest(%(bet_streams)s::bigint[], %(ids)s::text[]) AS k (stream_id, bet_id), LATERAL (
    SELECT * FROM streams_betsource a WHERE a.stream_id = k.stream_id AND a.provider_bet_id = k.bet_id
    ORDER BY a.provider LIMIT {len(PROVIDERS)}) AS a
JOIN streams_bet b ON b.id = a.bet_id
"""  # noqa: S608  fixed texts

_KNOWN_ROUNDS = """
SELECT r.stream_id, r.nonce, r.difficulty, r.result
FROM unnest(%s::bigint[], %s::bigint[]) AS k (stream_id, nonce), LATERAL (
    SELECT * FROM streams_round r WHERE r.stream_id = k.stream_id AND r.nonce = k.nonce OFFSET 0) AS r
"""


def lock_and_look_up(
    raw: psycopg.Connection[Any], streams: Iterable[Known], addressed: Sequence[tuple[int, Message]]
) -> dict[int, StreamChange]:
    """Lock the streams in key order, and read what they know of the nonces and ids at hand.

    Each statement sees what was committed when it began, so the look-ups see all that earlier lock holders wrote.
    Raises `StreamVanished` when a stream is gone.
    """
    with_nonce = [(key, message.nonce) for key, message in addressed if message.nonce is not None]
    bets = [(key, message.provider_bet_id) for key, message in addressed if isinstance(message, BetMessage)]
    keys, nonces = _array([key for key, _ in with_nonce]), _array([nonce for _, nonce in with_nonce])
    public_ids = {known.key: known.public_id for known in streams}
    locked = _run(raw, _LOCK, [_array(public_ids)])
    known_bets = psycopg.Cursor(raw)
    known_bets.execute(
        _KNOWN_BETS.encode(),
        {
            "streams": keys,
            "nonces": nonces,
            "bet_streams": _array([key for key, _ in bets]),
            "ids": _text_array([bet_id for _, bet_id in bets]),
        },
        prepare=True,
    )
    known_rounds = _run(raw, _KNOWN_ROUNDS, [keys, nonces])
    changes = {key: StreamChange(key, public_ids[key], last_seq) for key, last_seq in locked.fetchall()}
    if len(changes) < len(public_ids):
        raise StreamVanished
    for row in known_bets.fetchall():
        _note_known(changes[row[0]], *row[1:])
    for key, nonce, difficulty, result in known_rounds.fetchall():
        changes[key].rounds[nonce] = KnownRound(difficulty, result)
    return changes


def _note_known(change: StreamChange, bet_id: str | None, further: str | None, seq: int, *columns: Any) -> None:
    """Enter a row of _KNOWN_BETS: a bet found by its nonce, by an id, or by the id of the provider `further`.

    One found more than once is one object, so that what is filled of it is seen whichever way it is met.
    """
    known = change.known.get(seq)
    if known is None:
        filled, *content, extra = columns
        bet = BetMessage._make(("", "", *content, {} if extra == "{}" else exactjson.loads(extra)))
        known = change.known[seq] = KnownBet(seq, bet, None if filled is None else exactjson.loads(filled))
    if bet_id is None:
        assert known.bet.nonce is not None
        change.by_nonce[known.bet.nonce] = known
    else:
        change.by_id[bet_id] = known
        if further is not None:
            change.sources.add(Source(further, bet_id))


# --- Writing --------------------------------------------------------------------------------------

_INSERT_SOURCES = """
INSERT INTO streams_betsource (stream_id, bet_id, provider, provider_bet_id, created_at)
SELECT k.stream_id, b.id, k.provider, k.provider_bet_id, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS k (stream_id, seq, provider, provider_bet_id)
JOIN streams_bet b ON b.stream_id = k.stream_id AND b.seq = k.seq
"""

# What is there stays, also against what we believe of it.
_FILL_BETS = """
UPDATE streams_bet b SET
    currency = COALESCE(b.currency, k.currency),
    difficulty = COALESCE(b.difficulty, k.difficulty),
    round_target = COALESCE(b.round_target, k.target),
    round_result = COALESCE(b.round_result, k.result),
    cell = COALESCE(b.cell, k.cell),
    placed_at = COALESCE(b.placed_at, k.placed),
    extra = k.extra || b.extra,
    filled = k.filled
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::smallint[],
            %s::timestamptz[], %s::jsonb[], %s::jsonb[])
     AS k (stream_id, seq, currency, difficulty, target, result, cell, placed, extra, filled)
WHERE b.stream_id = k.stream_id AND b.seq = k.seq
"""
# In this order: a stream and seq, the fields of `merge.FILLABLE`, the keys to add, and who filled what.
_FILLS = (*(_array, _array, _text_array, _text_array, _array, _array, _array, _time_array, _json_array, _json_array),)

# What named no currency and does now leaves the line of those that don't; the other line got it as if it were new.
_TAKE_FROM_UNNAMED = """
UPDATE streams_streammoney m SET
    bets = m.bets - k.bets, wagered = m.wagered - k.wagered, returned = m.returned - k.returned
FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[]) AS k (stream_id, bets, wagered, returned)
WHERE m.stream_id = k.stream_id AND m.currency IS NULL
"""
_DROP_EMPTY_UNNAMED = """
DELETE FROM streams_streammoney m WHERE m.stream_id = ANY(%s::bigint[]) AND m.currency IS NULL AND m.bets = 0
"""

# The same contradiction, sent again, is counted on its row.
_INSERT_CONFLICT = """
INSERT INTO streams_conflict AS c (stream_id, bet_id, reason, nonce, provider_bet_id, message, fingerprint, times,
    first_at, last_at)
VALUES (%(stream)s, (SELECT id FROM streams_bet WHERE stream_id = %(stream)s AND seq = %(seq)s), %(reason)s, %(nonce)s,
    %(bet_id)s, %(message)s::jsonb, %(fingerprint)s, 1, %(at)s, %(at)s)
ON CONFLICT (stream_id, fingerprint) DO UPDATE SET times = c.times + 1, last_at = EXCLUDED.last_at
RETURNING times
"""


# What `streams_write` (migrations/0005_write.sql) takes: each column of the bets, the rounds, the streams' totals and
# the money, and how it is written. A bet's are its stream and seq, then the fields of BetMessage from the provider on.
_BETS = (
    *(_array, _array, _array, _text_array, _text_array, _array, _array, _array, _text_array, _text_array),
    *(_array, _array, _array, _time_array, _json_array),
)
_ROUNDS = (_array, _array, _text_array, _text_array, _array, _array)
_TOTALS = (*(_array,) * 10, _time_array, _time_array, _json_array)
_MONEY = (_array, _text_array, _array, _array, _array)
_WRITE = f"SELECT streams_write({', '.join(['%s'] * (3 + len(_BETS + _ROUNDS + _TOTALS + _MONEY)))})"

Rows = Sequence[tuple[Any, ...]]


def write_if_new(raw: psycopg.Connection[Any], changes: Sequence[StreamChange], *, at: datetime, live: bool) -> bool:
    """Write changes that were decided as if nothing were known of their streams, if that turns out to be so.

    Locks, looks and writes in one statement, a transaction of its own unless one is open. False when something is
    known after all; nothing is written then. Raises `StreamVanished`.
    """
    totals, money = _total_rows(changes, {}, at, live), _money_rows(changes)
    written = _write(raw, True, at, live, _bet_rows(changes), _round_rows(changes), totals, money)
    answer = written.fetchone()
    if answer == ("gone",):
        raise StreamVanished
    return answer == ("written",)


def write(raw: psycopg.Connection[Any], changes: Sequence[StreamChange], *, at: datetime, live: bool) -> None:
    """Write what `decide` noted for locked streams: rows first, then the totals that count them."""
    bets, rounds = _bet_rows(changes), _round_rows(changes)
    # In parts: the server works on one while we write the next.
    for start in range(0, max(len(bets), len(rounds)), ROWS_PER_STATEMENT):
        part = slice(start, start + ROWS_PER_STATEMENT)
        _write(raw, False, at, live, bets[part], rounds[part], (), ())
    if any(change.new_sources for change in changes):
        _write_sources(raw, changes, at=at)
    if any(change.fills for change in changes):
        _write_fills(raw, changes)
    # After the bets, since a contradiction may be of one that came with it.
    conflicts_added = {change.id: _write_conflicts(raw, change, at=at) for change in changes if change.conflicts}
    _write(raw, False, at, live, (), (), _total_rows(changes, conflicts_added, at, live), _money_rows(changes))
    if any(change.named.bets for change in changes):
        _write_named(raw, changes)


def _write(
    raw: psycopg.Connection[Any],
    if_new: bool,
    at: datetime,
    live: bool,
    bets: Rows,
    rounds: Rows,
    totals: Rows,
    money: Rows,
) -> psycopg.Cursor[Any]:
    arrays = [
        text
        for columns, rows in ((_BETS, bets), (_ROUNDS, rounds), (_TOTALS, totals), (_MONEY, money))
        for text in _columns(columns, rows)
    ]
    return _run(raw, _WRITE, [if_new, at, live, *arrays])


def _columns(columns: Sequence[Callable[[Iterable[Any]], str]], rows: Rows) -> list[str]:
    if not rows:
        return ["{}"] * len(columns)
    return [write(values) for write, values in zip(columns, zip(*rows, strict=True), strict=True)]


def _bet_rows(changes: Sequence[StreamChange]) -> list[tuple[Any, ...]]:
    return [(change.id, seq, *message[2:]) for change in changes for seq, message in change.bets]


def _round_rows(changes: Sequence[StreamChange]) -> list[tuple[Any, ...]]:
    return [_round_row(change, message) for change in changes for message in change.round_messages.values()]


def _round_row(change: StreamChange, message: Message) -> tuple[object, ...]:
    """What all messages of a round told together: one may have brought its result and another its difficulty."""
    assert message.nonce is not None
    known = change.rounds[message.nonce]
    cell = message.cell
    if cell is None:
        cell = cell_of(message.game, known.difficulty, known.result)
    return (change.id, message.nonce, message.game, known.difficulty, known.result, cell)


def _total_rows(
    changes: Sequence[StreamChange], conflicts_added: dict[int, int], at: datetime, live: bool
) -> list[tuple[Any, ...]]:
    return [
        (
            change.id,
            len(change.bets),
            change.rounds_added,
            conflicts_added.get(change.id, 0),
            change.results_added,
            change.result_sum,
            change.highest,
            change.lowest,
            change.first_nonce,
            change.last_nonce,
            at if live else change.placed_last,
            at if change.heartbeat else None,
            sorted(change.games),
        )
        for change in changes
    ]


def _money_rows(changes: Sequence[StreamChange]) -> list[tuple[Any, ...]]:
    return [
        (change.id, currency, money.bets, money.wagered, money.returned)
        for change in changes
        for currency, money in change.money.items()
    ]


def _write_sources(raw: psycopg.Connection[Any], changes: Sequence[StreamChange], *, at: datetime) -> None:
    rows = [(change.id, seq, *source) for change in changes for source, seq in change.new_sources.items()]
    keys, seqs, providers, ids = zip(*rows, strict=True)
    _run(raw, _INSERT_SOURCES, [at, _array(keys), _array(seqs), _array(providers), _text_array(ids)])


def _write_fills(raw: psycopg.Connection[Any], changes: Sequence[StreamChange]) -> None:
    rows = [
        (change.id, seq, *map(added.get, FILLABLE), added.get("extra", {}), change.known[seq].filled)
        for change in changes
        for seq, added in change.fills.items()
    ]
    _run(raw, _FILL_BETS, _columns(_FILLS, rows))


def _write_named(raw: psycopg.Connection[Any], changes: Sequence[StreamChange]) -> None:
    rows = [(change.id, change.named.bets, change.named.wagered, change.named.returned) for change in changes]
    _run(raw, _TAKE_FROM_UNNAMED, _columns((_array,) * 4, rows))
    _run(raw, _DROP_EMPTY_UNNAMED, [_array([change.id for change in changes])])


def _write_conflicts(raw: psycopg.Connection[Any], change: StreamChange, *, at: datetime) -> int:
    """How many contradictions are new; one that was sent before only counts its repetition."""
    cursors = []
    for conflict in change.conflicts:
        cursor = psycopg.Cursor(raw)
        cursor.execute(_INSERT_CONFLICT.encode(), _conflict_row(change, conflict, at=at), prepare=True)
        cursors.append(cursor)
    return sum(cursor.fetchall() == [(1,)] for cursor in cursors)


def _conflict_row(change: StreamChange, conflict: NewConflict, *, at: datetime) -> dict[str, object]:
    message = conflict.message._asdict()
    bet_id = message.get("provider_bet_id") or ""
    content = {name: value for name, value in message.items() if name not in ("server_seed_hashed", "client_seed")}
    # When it was placed and what else came along does not make it another contradiction, nor does what it contradicts:
    # a report that only a round spoke against may come again when there is a bet, too.
    same = {name: value for name, value in content.items() if name not in ("placed_at", "extra")}
    fingerprint = hashlib.sha256(exactjson.dumps(same).encode()).hexdigest()
    return {
        "stream": change.id,
        "seq": conflict.seq,
        "reason": conflict.reason,
        "nonce": message["nonce"],
        "bet_id": bet_id,
        "message": exactjson.dumps(content),
        "fingerprint": fingerprint,
        "at": at,
    }
