"""The statements of ingest: plain SQL over arrays, prepared once a connection, sent in pipelines.

Arrays are written as PostgreSQL array literals here (`_array`), which costs a tenth of adapting each value, and every
lookup is a LATERAL index probe per key, so that a plan made while a table was small stays right when it is not.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg

from streams import exactjson
from streams.decide import KnownBet, KnownRound, NewConflict, StreamChange
from streams.wire import BetMessage, Message, cell_of

Pair = tuple[str, str]  # (server seed hash, client seed)

# Pairs whose stream exists, by key; a worker meets the same few again and again. Stale entries show when locking.
_streams: dict[Pair, int] = {}
_STREAMS_REMEMBERED_MAX = 10_000

ROWS_PER_STATEMENT = 1_000


class StreamVanished(Exception):
    """A stream was deleted between being found and being locked."""


def remember_streams(found: dict[Pair, int]) -> None:
    """Keep the keys of committed streams. One whose client seed is unknown is not kept: it may still get one."""
    if len(_streams) + len(found) > _STREAMS_REMEMBERED_MAX:
        _streams.clear()
    _streams.update({pair: key for pair, key in found.items() if pair[1]})


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
    created_at, last_seen_at, last_seq, bets, rounds, conflicts, results, result_sum)
SELECT k.public_id, k.hash, k.client_seed, k.provider, '{}', '', 1, %s, k.seen, 0, 0, 0, 0, 0, 0
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
     AS k (public_id, hash, client_seed, provider, seen)
ORDER BY k.hash, k.client_seed
ON CONFLICT (server_seed_hashed, client_seed) WHERE deleted_at IS NULL DO NOTHING
"""

_FIND = """
SELECT s.server_seed_hashed, s.client_seed, s.id
FROM unnest(%s::text[], %s::text[]) AS k (hash, client_seed)
JOIN streams_stream s ON s.server_seed_hashed = k.hash AND s.client_seed = k.client_seed AND s.deleted_at IS NULL
"""

# A hash without a client seed means the only stream that has it, where there is exactly one.
_FIND_ONLY = """
SELECT s.server_seed_hashed, min(s.id) FROM streams_stream s
WHERE s.server_seed_hashed = ANY(%s::text[]) AND s.client_seed <> '' AND s.deleted_at IS NULL
GROUP BY s.server_seed_hashed HAVING count(*) = 1
"""


class _NewStream(NamedTuple):
    provider: str
    seen: datetime


def find_streams(
    raw: psycopg.Connection[Any], messages: Iterable[Message], *, at: datetime, live: bool
) -> dict[Pair, int]:
    """The stream key of each seed pair named by `messages`; missing streams are created in this transaction."""
    found: dict[Pair, int] = {}
    missing: dict[Pair, _NewStream] = {}
    for message in messages:
        pair = (message.server_seed_hashed, message.client_seed)
        if pair in found or pair in missing:
            continue
        key = _streams.get(pair)
        if key is not None:
            found[pair] = key
        else:
            missing[pair] = _new_stream(message, at=at, live=live)
    if missing:
        found |= _find_or_create(raw, missing, at=at)
    return found


def _new_stream(message: Message, *, at: datetime, live: bool) -> _NewStream:
    if isinstance(message, BetMessage):
        return _NewStream(message.provider, at if live or message.placed_at is None else message.placed_at)
    return _NewStream("antebot", at)


def _find_or_create(raw: psycopg.Connection[Any], missing: dict[Pair, _NewStream], *, at: datetime) -> dict[Pair, int]:
    found: dict[Pair, int] = {}
    without_seed = [hashed for hashed, client_seed in missing if not client_seed]
    if without_seed:
        only = _run(raw, _FIND_ONLY, [_text_array(without_seed)]).fetchall()
        found |= {(hashed, ""): key for hashed, key in only}
    pairs = [pair for pair in missing if pair not in found]
    hashes, client_seeds = (_text_array([pair[i] for pair in pairs]) for i in (0, 1))
    with raw.pipeline():
        _run(raw, _ADOPT, [hashes, client_seeds])
        _run(
            raw,
            _CREATE,
            [
                at,
                _array([uuid4() for _ in pairs]),
                hashes,
                client_seeds,
                _text_array([missing[pair].provider for pair in pairs]),
                _time_array([missing[pair].seen for pair in pairs]),
            ],
        )
        rows = _run(raw, _FIND, [hashes, client_seeds])
    found |= {(hashed, client_seed): key for hashed, client_seed, key in rows.fetchall()}
    if len(found) < len(missing):
        raise StreamVanished
    return found


# --- Locking and looking up -----------------------------------------------------------------------

_LOCK = """
SELECT id, public_id, last_seq, games FROM streams_stream
WHERE id = ANY(%s::bigint[]) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE
"""

_KNOWN_BETS = """
SELECT b.stream_id, NULL, b.seq, b.provider, b.provider_bet_id, b.game, b.nonce, b.amount, b.payout, b.currency,
       b.round_result
FROM unnest(%(streams)s::bigint[], %(nonces)s::bigint[]) AS k (stream_id, nonce), LATERAL (
    SELECT * FROM streams_bet b WHERE b.stream_id = k.stream_id AND b.position = k.nonce LIMIT 1) AS b
UNION ALL
SELECT b.stream_id, b.provider_bet_id, b.seq, b.provider, b.provider_bet_id, b.game, b.nonce, b.amount, b.payout,
       b.currency, b.round_result
FROM unnest(%(bet_streams)s::bigint[], %(ids)s::text[]) AS k (stream_id, bet_id), LATERAL (
    SELECT * FROM streams_bet b WHERE b.stream_id = k.stream_id AND b.provider_bet_id = k.bet_id
    ORDER BY b.provider LIMIT 1) AS b
UNION ALL
SELECT b.stream_id, a.alias, b.seq, b.provider, b.provider_bet_id, b.game, b.nonce, b.amount, b.payout, b.currency,
       b.round_result
FROM unnest(%(bet_streams)s::bigint[], %(ids)s::text[]) AS k (stream_id, bet_id), LATERAL (
    SELECT * FROM streams_betalias a WHERE a.stream_id = k.stream_id AND a.alias = k.bet_id
    ORDER BY a.provider LIMIT 1) AS a
JOIN streams_bet b ON b.id = a.bet_id
"""

_KNOWN_ROUNDS = """
SELECT r.stream_id, r.nonce, r.difficulty, r.result
FROM unnest(%s::bigint[], %s::bigint[]) AS k (stream_id, nonce), LATERAL (
    SELECT * FROM streams_round r WHERE r.stream_id = k.stream_id AND r.nonce = k.nonce LIMIT 1) AS r
"""


def lock_and_look_up(raw: psycopg.Connection[Any], addressed: Sequence[tuple[int, Message]]) -> dict[int, StreamChange]:
    """Lock the streams in key order, and read what they know of the nonces and ids at hand.

    Each statement sees what was committed when it began, so the look-ups see all that earlier lock holders wrote.
    Raises `StreamVanished` when a stream is gone.
    """
    with_nonce = [(key, message.nonce) for key, message in addressed if message.nonce is not None]
    bets = [(key, message.provider_bet_id) for key, message in addressed if isinstance(message, BetMessage)]
    streams, nonces = _array([key for key, _ in with_nonce]), _array([nonce for _, nonce in with_nonce])
    wanted = {key for key, _ in addressed}
    with raw.pipeline():
        locked = _run(raw, _LOCK, [_array(wanted)])
        known_bets = psycopg.Cursor(raw)
        known_bets.execute(
            _KNOWN_BETS.encode(),
            {
                "streams": streams,
                "nonces": nonces,
                "bet_streams": _array([key for key, _ in bets]),
                "ids": _text_array([bet_id for _, bet_id in bets]),
            },
            prepare=True,
        )
        known_rounds = _run(raw, _KNOWN_ROUNDS, [streams, nonces])
    changes = {
        key: StreamChange(key, public_id, last_seq, frozenset(games))
        for key, public_id, last_seq, games in locked.fetchall()
    }
    if len(changes) < len(wanted):
        raise StreamVanished
    for key, bet_id, *content in known_bets.fetchall():
        known = KnownBet(*content)
        if bet_id is not None:
            changes[key].by_id[bet_id] = known
        elif known.nonce is not None:
            changes[key].by_nonce[known.nonce] = known
    for key, nonce, difficulty, result in known_rounds.fetchall():
        changes[key].rounds[nonce] = KnownRound(difficulty, result)
    return changes


# --- Writing --------------------------------------------------------------------------------------

_INSERT_BETS = """
INSERT INTO streams_bet (stream_id, seq, provider, provider_bet_id, game, nonce, amount, payout, currency, difficulty,
    round_target, round_result, cell, placed_at, extra, received_at)
SELECT k.*, %s FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::numeric[],
    %s::numeric[], %s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::smallint[], %s::timestamptz[],
    %s::jsonb[]) AS k
"""

# A round is written again only to fill what was missing of it.
_UPSERT_ROUNDS = """
INSERT INTO streams_round AS r (stream_id, nonce, game, difficulty, result, cell, received_at)
SELECT k.*, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::numeric[], %s::smallint[]) AS k
ON CONFLICT (stream_id, nonce) DO UPDATE SET
    game = EXCLUDED.game,
    difficulty = COALESCE(r.difficulty, EXCLUDED.difficulty),
    result = COALESCE(r.result, EXCLUDED.result),
    cell = COALESCE(r.cell, EXCLUDED.cell)
"""

_UPDATE_STREAMS = """
UPDATE streams_stream s SET
    last_seq = s.last_seq + d.bets,
    bets = s.bets + d.bets,
    rounds = s.rounds + d.rounds,
    conflicts = s.conflicts + d.conflicts,
    results = s.results + d.results,
    result_sum = s.result_sum + d.result_sum,
    highest_result = GREATEST(s.highest_result, d.highest),
    lowest_result = LEAST(s.lowest_result, d.lowest),
    first_nonce = LEAST(s.first_nonce, d.first_nonce),
    last_nonce = GREATEST(s.last_nonce, d.last_nonce),
    last_seen_at = GREATEST(s.last_seen_at, d.seen),
    last_heartbeat_at = GREATEST(s.last_heartbeat_at, d.heartbeat),
    -- A stream that was put away and goes on is back in the list.
    archived_at = CASE WHEN %s AND d.bets + d.rounds > 0 THEN NULL ELSE s.archived_at END
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[],
    %s::numeric[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
    AS d (stream_id, bets, rounds, conflicts, results, result_sum, highest, lowest, first_nonce, last_nonce, seen,
          heartbeat)
WHERE s.id = d.stream_id
"""

_ADD_GAMES = """
UPDATE streams_stream
SET games = (SELECT array_agg(DISTINCT game ORDER BY game) FROM unnest(games || %s::varchar[]) AS game)
WHERE id = %s
"""

_ADD_MONEY = """
INSERT INTO streams_streammoney AS m (stream_id, currency, bets, wagered, returned)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::numeric[], %s::numeric[])
ON CONFLICT (stream_id, currency) DO UPDATE SET
    bets = m.bets + EXCLUDED.bets, wagered = m.wagered + EXCLUDED.wagered, returned = m.returned + EXCLUDED.returned
"""

_INSERT_ALIASES = """
INSERT INTO streams_betalias (stream_id, bet_id, provider, alias, created_at)
SELECT k.stream_id, b.id, k.provider, k.alias, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS k (stream_id, seq, provider, alias)
JOIN streams_bet b ON b.stream_id = k.stream_id AND b.seq = k.seq
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


def write(raw: psycopg.Connection[Any], changes: Sequence[StreamChange], *, at: datetime, live: bool) -> None:
    """Write what `decide` noted for locked streams: rows first, then the totals that count them."""
    with raw.pipeline():
        if any(change.bets for change in changes):
            _write_bets(raw, changes, at=at)
        if any(change.round_messages for change in changes):
            _write_rounds(raw, changes, at=at)
        if any(change.aliases for change in changes):
            _write_aliases(raw, changes, at=at)
        for change in changes:
            games = {message.game for message in change.round_messages.values()}
            games.update(bet.message.game for bet in change.bets if bet.message.nonce is None)
            if not games <= change.games:
                _run(raw, _ADD_GAMES, [_text_array(sorted(games)), change.id])
        # After the bets, since a contradiction may be of one that came with it.
        conflicts_added = {change.id: _write_conflicts(raw, change, at=at) for change in changes if change.conflicts}
        _write_totals(raw, changes, conflicts_added, at=at, live=live)


def _json_array(values: Iterable[dict[str, Any]]) -> str:
    return _text_array([exactjson.dumps(value) for value in values])


# How each column of _INSERT_BETS and _UPSERT_ROUNDS is written: the stream and seq, then the fields of BetMessage from
# the provider on; the stream, then those of a round.
_BET_COLUMNS = (
    *(_array, _array, _array, _text_array, _text_array, _array, _array, _array, _text_array, _text_array),
    *(_array, _array, _array, _time_array, _json_array),
)
_ROUND_COLUMNS = (_array, _array, _text_array, _text_array, _array, _array)


def _write_bets(raw: psycopg.Connection[Any], changes: Sequence[StreamChange], *, at: datetime) -> None:
    rows = [(change.id, seq, *message[2:]) for change in changes for seq, message in change.bets]
    _insert(raw, _INSERT_BETS, _BET_COLUMNS, rows, at=at)


def _write_rounds(raw: psycopg.Connection[Any], changes: Sequence[StreamChange], *, at: datetime) -> None:
    rows = [_round_row(change, message) for change in changes for message in change.round_messages.values()]
    _insert(raw, _UPSERT_ROUNDS, _ROUND_COLUMNS, rows, at=at)


def _round_row(change: StreamChange, message: Message) -> tuple[object, ...]:
    """What all messages of a round told together: one may have brought its result and another its difficulty."""
    assert message.nonce is not None
    known = change.rounds[message.nonce]
    cell = message.cell
    if cell is None:
        cell = cell_of(message.game, known.difficulty, known.result)
    return (change.id, message.nonce, message.game, known.difficulty, known.result, cell)


def _insert(
    raw: psycopg.Connection[Any],
    statement: str,
    columns: Sequence[Callable[[Iterable[Any]], str]],
    rows: Sequence[tuple[Any, ...]],
    *,
    at: datetime,
) -> None:
    """Insert rows, in parts of a statement each: the server works on one while we write the next."""
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        values = zip(*rows[start : start + ROWS_PER_STATEMENT], strict=True)
        _run(raw, statement, [at, *(write(column) for write, column in zip(columns, values, strict=True))])


def _write_aliases(raw: psycopg.Connection[Any], changes: Sequence[StreamChange], *, at: datetime) -> None:
    rows = [(change.id, *alias) for change in changes for alias in change.aliases]
    keys, seqs, bets = zip(*rows, strict=True)
    _run(
        raw,
        _INSERT_ALIASES,
        [
            at,
            _array(keys),
            _array(seqs),
            _array([bet.provider for bet in bets]),
            _text_array([bet.provider_bet_id for bet in bets]),
        ],
    )


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


def _write_totals(
    raw: psycopg.Connection[Any],
    changes: Sequence[StreamChange],
    conflicts_added: dict[int, int],
    *,
    at: datetime,
    live: bool,
) -> None:
    _run(
        raw,
        _UPDATE_STREAMS,
        [
            live,
            _array([change.id for change in changes]),
            _array([len(change.bets) for change in changes]),
            _array([change.rounds_added for change in changes]),
            _array([conflicts_added.get(change.id, 0) for change in changes]),
            _array([change.results_added for change in changes]),
            _array([change.result_sum for change in changes]),
            _array([change.highest for change in changes]),
            _array([change.lowest for change in changes]),
            _array([change.first_nonce for change in changes]),
            _array([change.last_nonce for change in changes]),
            _time_array([at if live else change.placed_last for change in changes]),
            _time_array([at if change.heartbeat else None for change in changes]),
        ],
    )
    lines = [(change.id, currency, money) for change in changes for currency, money in change.money.items()]
    if lines:
        _run(
            raw,
            _ADD_MONEY,
            [
                _array([key for key, _, _ in lines]),
                _text_array([currency for _, currency, _ in lines]),
                _array([money.bets for _, _, money in lines]),
                _array([money.wagered for _, _, money in lines]),
                _array([money.returned for _, _, money in lines]),
            ],
        )
