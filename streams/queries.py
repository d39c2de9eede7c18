"""What pages and the JSON API read: streams, bets, holes, bookmarks, snapshots; as frozen values, in bounded time.

A list or a stream costs the same however many bets there are: totals were kept at insert, and every page of bets is
one index range, found by keyset. Bets are numbered by `seq` outside of the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404

from streams import exactjson
from streams.models import Bookmark, Conflict, Snapshot, Stream, StreamMoney

LIVE_FOR = timedelta(minutes=5)
RECENT_FOR = timedelta(minutes=30)

Activity = Literal["live", "recent", "idle"]

# More digits than two totals can have, and an error rather than a rounding.
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])
Parameter = int | str | Decimal | datetime  # what our statements take


class NotFound(Http404):
    """There is no such stream, bet, bookmark or snapshot; the text is a sentence for people."""


class BadCursor(ValueError):
    """An `after` that no page of ours has given out."""


# --- Streams --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One currency of a stream; `currency` is None for bets that named none, which people read as "units"."""

    currency: str | None
    bets: int
    wagered: Decimal
    returned: Decimal

    @property
    def profit(self) -> Decimal:
        return _EXACT.subtract(self.returned, self.wagered)


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """A stream with its totals. `key` is for queries only and never leaves the server; `id` is its public name."""

    key: int
    id: UUID
    server_seed_hashed: str
    client_seed: str
    provider: str
    games: tuple[str, ...]
    notes: str
    notes_version: int
    created_at: datetime
    last_seen_at: datetime
    last_heartbeat_at: datetime | None
    archived_at: datetime | None
    last_seq: int
    bets: int
    rounds: int
    conflicts: int
    highest_result: Decimal | None
    lowest_result: Decimal | None
    average_result: Decimal | None
    first_nonce: int | None
    last_nonce: int | None
    money: tuple[MoneyLine, ...]

    @property
    def has_heartbeats(self) -> bool:
        """Whether the bot reports every round; without that a missing nonce says nothing."""
        return self.last_heartbeat_at is not None

    @property
    def span(self) -> int:
        """How many nonces lie from the first seen to the last, both included."""
        return 0 if self.first_nonce is None or self.last_nonce is None else self.last_nonce - self.first_nonce + 1

    @property
    def missing(self) -> int:
        """How many nonces inside the span never arrived."""
        return self.span - self.rounds

    @property
    def coverage(self) -> Decimal | None:
        """The share of the span that arrived, 0 to 1."""
        return Decimal(self.rounds) / self.span if self.span else None

    def activity(self, at: datetime) -> Activity:
        age = at - self.last_seen_at
        return "live" if age < LIVE_FOR else "recent" if age < RECENT_FOR else "idle"


class NewestStream(NamedTuple):
    """As much of the newest stream as it takes to announce it."""

    id: UUID
    client_seed: str


@dataclass(frozen=True, slots=True)
class StreamRef:
    """As much of a stream as a poll needs: one indexed read, no totals."""

    key: int
    id: UUID
    last_seq: int


@dataclass(frozen=True, slots=True)
class StreamFilter:
    """Which streams to list; every field narrows, the defaults list all that are not archived."""

    search: str = ""
    game: str = ""
    activity: Activity | None = None
    archived: bool | None = False


@dataclass(frozen=True, slots=True)
class StreamPage:
    streams: tuple[StreamSummary, ...]
    total: int
    limit: int
    offset: int


STREAM_ORDERS = {
    "last_seen": ("-last_seen_at", "-id"),
    "created": ("-created_at", "-id"),
    "bets": ("-bets", "-id"),
    "rounds": ("-rounds", "-id"),
    "highest": ("-highest_result", "-id"),
}


def list_streams(
    *, wanted: StreamFilter, limit: int, offset: int = 0, order: str = "last_seen", at: datetime
) -> StreamPage:
    """A page of streams, most recently seen first unless `order` (a key of STREAM_ORDERS) says otherwise."""
    rows = _filtered_streams(wanted, at=at)
    ordered = rows.order_by(*STREAM_ORDERS[order])
    return StreamPage(_summaries(ordered[offset : offset + limit]), rows.count(), limit, offset)


def _filtered_streams(wanted: StreamFilter, *, at: datetime) -> QuerySet[Stream]:
    rows = Stream.objects.alive()
    if wanted.archived is not None:
        rows = rows.filter(archived_at__isnull=not wanted.archived)
    if wanted.search:
        text = wanted.search
        rows = rows.filter(
            Q(server_seed_hashed__icontains=text) | Q(client_seed__icontains=text) | Q(notes__icontains=text)
        )
    if wanted.game:
        rows = rows.filter(games__contains=[wanted.game])
    match wanted.activity:
        case "live":
            rows = rows.filter(last_seen_at__gt=at - LIVE_FOR)
        case "recent":
            rows = rows.filter(last_seen_at__gt=at - RECENT_FOR, last_seen_at__lte=at - LIVE_FOR)
        case "idle":
            rows = rows.filter(last_seen_at__lte=at - RECENT_FOR)
    return rows


def get_stream(public_id: UUID) -> StreamSummary:
    """One stream by its public name; raises `NotFound`."""
    found = _summaries(Stream.objects.alive().filter(public_id=public_id))
    if not found:
        raise NotFound("There is no such stream.")
    return found[0]


def find_stream(public_id: UUID) -> StreamRef:
    """Where a stream is and how far it has come; raises `NotFound`."""
    row = Stream.objects.alive().filter(public_id=public_id).values_list("pk", "last_seq").first()
    if row is None:
        raise NotFound("There is no such stream.")
    return StreamRef(row[0], public_id, row[1])


def find_by_name(text: str) -> StreamSummary:
    """The stream of this id, or the only one whose hash begins so; raises `NotFound`, with a sentence why."""
    try:
        return get_stream(UUID(text))
    except ValueError:
        pass  # A hash has twice as many digits as an id.
    found = _summaries(Stream.objects.alive().filter(server_seed_hashed__startswith=text).order_by("id")[:2])
    if len(found) == 1:
        return found[0]
    raise NotFound("More than one stream has a hash that begins so." if found else "There is no such stream.")


def newest_stream() -> NewestStream | None:
    """The stream created last, for pages that follow; every poll asks for it, so it reads no totals."""
    rows = Stream.objects.alive().filter(archived_at=None).order_by("-created_at", "-id")
    row = rows.values_list("public_id", "client_seed").first()
    return None if row is None else NewestStream(*row)


def silent_streams(*, since: datetime) -> tuple[StreamSummary, ...]:
    """The streams, archived ones included, that were last seen before `since`, longest silent first."""
    return _summaries(Stream.objects.alive().filter(last_seen_at__lt=since).order_by("last_seen_at", "id"))


def games_known() -> list[str]:
    """Every game that any stream has, for filters."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT game FROM streams_stream, unnest(games) AS game WHERE deleted_at IS NULL ORDER BY game"
        )
        return [game for (game,) in cursor.fetchall()]


def _summaries(rows: QuerySet[Stream]) -> tuple[StreamSummary, ...]:
    streams = list(rows)
    money: dict[int, list[MoneyLine]] = {}
    if streams:
        lines = StreamMoney.objects.filter(stream__in=streams).order_by("stream_id", "currency")
        for line in lines:
            money.setdefault(line.stream_id, []).append(
                MoneyLine(line.currency, line.bets, line.wagered, line.returned)
            )
    return tuple(_summary(stream, tuple(money.get(stream.pk, ()))) for stream in streams)


def _summary(stream: Stream, money: tuple[MoneyLine, ...]) -> StreamSummary:
    return StreamSummary(
        key=stream.pk,
        id=stream.public_id,
        server_seed_hashed=stream.server_seed_hashed,
        client_seed=stream.client_seed,
        provider=stream.provider,
        games=tuple(stream.games),
        notes=stream.notes,
        notes_version=stream.notes_version,
        created_at=stream.created_at,
        last_seen_at=stream.last_seen_at,
        last_heartbeat_at=stream.last_heartbeat_at,
        archived_at=stream.archived_at,
        last_seq=stream.last_seq,
        bets=stream.bets,
        rounds=stream.rounds,
        conflicts=stream.conflicts,
        highest_result=stream.highest_result,
        lowest_result=stream.lowest_result,
        average_result=stream.result_sum / stream.results if stream.results else None,
        first_nonce=stream.first_nonce,
        last_nonce=stream.last_nonce,
        money=money,
    )


# --- Bets -----------------------------------------------------------------------------------------


class BetRow(NamedTuple):
    """One bet as lists show it; `distance` is filled by `with_distances` alone."""

    seq: int
    provider: str
    provider_bet_id: str
    game: str
    nonce: int | None
    amount: Decimal
    payout: Decimal
    currency: str | None
    difficulty: str | None
    round_target: Decimal | None
    round_result: Decimal | None
    cell: int | None
    placed_at: datetime | None
    received_at: datetime
    extra: dict[str, Any]
    bookmark_id: int | None
    bookmark_note: str | None
    position: int
    distance: int | None = None
    tier_distance: int | None = None


@dataclass(frozen=True, slots=True)
class BetFilter:
    """Which bets of a stream; every field narrows. Nonces and times are inclusive at both ends."""

    min_result: Decimal | None = None
    max_result: Decimal | None = None
    nonce_from: int | None = None
    nonce_to: int | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    game: str = ""
    difficulty: str = ""
    cell: int | None = None
    bookmarked: bool = False
    seq_to: int | None = None

    @property
    def narrows(self) -> bool:
        return self != BetFilter()


class _Order(NamedTuple):
    """The columns a list is sorted by; the last is unique in a stream, so together they are a keyset."""

    columns: tuple[str, ...]
    descending: bool


BET_ORDERS = {
    "nonce_asc": _Order(("position",), False),
    "nonce_desc": _Order(("position",), True),
    "id_asc": _Order(("seq",), False),
    "id_desc": _Order(("seq",), True),
    "result_asc": _Order(("result_key", "position"), False),
    "result_desc": _Order(("result_key", "position"), True),
    "amount_asc": _Order(("amount", "position"), False),
    "amount_desc": _Order(("amount", "position"), True),
    "payout_asc": _Order(("payout", "position"), False),
    "payout_desc": _Order(("payout", "position"), True),
}


@dataclass(frozen=True, slots=True)
class BetPage:
    """Bets in order; `next_after` asks for the page behind them, None when this is the last."""

    bets: tuple[BetRow, ...]
    next_after: str | None

    @property
    def has_more(self) -> bool:
        return self.next_after is not None


_SELECT_BETS = """
SELECT b.seq, b.provider, b.provider_bet_id, b.game, b.nonce, b.amount, b.payout, b.currency, b.difficulty,
       b.round_target, b.round_result, b.cell, b.placed_at, b.received_at, b.extra, m.id, m.note, b.position
FROM streams_bet b LEFT JOIN streams_bookmark m ON m.bet_id = b.id
"""


def list_bets(
    stream: StreamSummary | StreamRef,
    *,
    wanted: BetFilter = BetFilter(),
    order: str = "nonce_asc",
    limit: int,
    after: str = "",
    offset: int = 0,
) -> BetPage:
    """A page of bets behind the cursor `after` (of an earlier page, same order), or from `offset` on.

    Raises `BadCursor`.
    """
    columns, descending = BET_ORDERS[order]
    conditions, parameters = bet_conditions(stream, wanted)
    if after:
        comparison = "<" if descending else ">"
        keyset = ", ".join(f"b.{column}" for column in columns)
        marks = ", ".join(["%s"] * len(columns))
        conditions.append(f"({keyset}) {comparison} ({marks})")
        parameters.extend(_read_cursor(after, columns))
    direction = "DESC" if descending else "ASC"
    ordering = ", ".join(f"b.{column} {direction}" for column in columns)
    # One row more than asked tells whether there are more.
    rows = _select_bets(
        f"WHERE {' AND '.join(conditions)} ORDER BY {ordering} LIMIT %s OFFSET %s", [*parameters, limit + 1, offset]
    )
    page = rows[:limit]
    return BetPage(tuple(page), _write_cursor(page[-1], columns) if len(rows) > limit else None)


def cursor_of(bet: BetRow, *, order: str) -> str:
    """Where a bet stands in an order; `list_bets` with it as `after` goes on behind the bet."""
    return _write_cursor(bet, BET_ORDERS[order].columns)


def tail(stream: StreamSummary | StreamRef, *, since: int, limit: int) -> BetPage:
    """The bets numbered above `since`, oldest first: asking with the last number misses and repeats nothing."""
    return list_bets(stream, order="id_asc", limit=limit, after=str(since))


def get_bet(stream: StreamSummary | StreamRef, *, seq: int) -> BetRow:
    """One bet by its public number; raises `NotFound`."""
    rows = _select_bets("WHERE b.stream_id = %s AND b.seq = %s", [stream.key, seq])
    if not rows:
        raise NotFound("There is no such bet in this stream.")
    return rows[0]


def count_bets(stream: StreamSummary, wanted: BetFilter) -> int:
    """How many bets a filter leaves; the kept total where it leaves all."""
    if not wanted.narrows:
        return stream.bets
    conditions, parameters = bet_conditions(stream, wanted)
    source = "streams_bet b" + (" JOIN streams_bookmark m ON m.bet_id = b.id" if wanted.bookmarked else "")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {source} WHERE {' AND '.join(conditions)}", parameters)  # noqa: S608  fixed texts
        found: int = cursor.fetchone()[0]
    return found


def _select_bets(rest: str, parameters: Sequence[Parameter]) -> list[BetRow]:
    with connection.cursor() as cursor:
        cursor.execute(_SELECT_BETS + rest, parameters)
        # Raw cursors give jsonb as text in Django; it is read as exactly as it was kept. Nearly all are empty.
        return [
            BetRow._make((*row[:14], {} if row[14] == "{}" else exactjson.loads(row[14]), *row[15:], None, None))
            for row in cursor.fetchall()
        ]


def bet_conditions(stream: StreamSummary | StreamRef, wanted: BetFilter) -> tuple[list[str], list[Parameter]]:
    """What narrows bets `b` (with their bookmark `m`) to a stream and a filter: SQL texts, and their parameters."""
    choices: list[tuple[str, Parameter | None]] = [
        ("b.result_key >= %s", wanted.min_result),
        ("b.result_key <= %s", wanted.max_result),
        ("b.nonce >= %s", wanted.nonce_from),
        ("b.nonce <= %s", wanted.nonce_to),
        ("b.received_at >= %s", wanted.received_from),
        ("b.received_at <= %s", wanted.received_to),
        ("b.game = %s", wanted.game or None),
        ("b.difficulty = %s", wanted.difficulty or None),
        ("b.cell = %s", wanted.cell),
        ("b.seq <= %s", wanted.seq_to),
    ]
    used = [(text, value) for text, value in choices if value is not None]
    conditions = ["b.stream_id = %s", *(text for text, _ in used)]
    if wanted.bookmarked:
        conditions.append("m.id IS NOT NULL")
    return conditions, [stream.key, *(value for _, value in used)]


def _write_cursor(bet: BetRow, columns: tuple[str, ...]) -> str:
    values = {
        "position": bet.position,
        "seq": bet.seq,
        "result_key": Decimal(-1) if bet.round_result is None else bet.round_result,
        "amount": bet.amount,
        "payout": bet.payout,
    }
    return "~".join(exactjson.dumps(values[column]) for column in columns)


def _read_cursor(text: str, columns: tuple[str, ...]) -> list[int | Decimal]:
    parts = text.split("~")
    if len(parts) != len(columns) or any(len(part) > 60 for part in parts):
        raise BadCursor("This is no cursor of a page in this order.")
    try:
        values: list[int | Decimal] = [Decimal(part) for part in parts[:-1]]
        last = int(parts[-1])
    except (InvalidOperation, ValueError) as error:
        raise BadCursor("This is no cursor of a page in this order.") from error
    in_range = all(isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40 for value in values)
    if not in_range or not -(2**63) <= last < 2**63:
        raise BadCursor("This is no cursor of a page in this order.")
    return [*values, last]


# --- Distances ------------------------------------------------------------------------------------

_PREVIOUS_OF_CELL = """
SELECT k.seq, k.nonce - p.position
FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::text[], %s::text[])
     AS k (seq, nonce, result, game, difficulty), LATERAL (
    SELECT b.position FROM streams_bet b
    WHERE b.stream_id = %s AND b.result_key = k.result AND b.position < k.nonce AND b.position >= 0
      AND b.game = k.game AND b.difficulty IS NOT DISTINCT FROM k.difficulty
    ORDER BY b.result_key DESC, b.position DESC LIMIT 1) AS p
"""

_HITS_OF_TIER = """
(SELECT position FROM streams_bet WHERE stream_id = %s AND result_key >= %s AND position >= %s AND position <= %s)
UNION ALL
(SELECT max(position) FROM streams_bet WHERE stream_id = %s AND result_key >= %s AND position >= 0 AND position < %s)
ORDER BY 1
"""


def with_distances(
    stream: StreamSummary | StreamRef, bets: Iterable[BetRow], *, tier: Decimal | None = None
) -> tuple[BetRow, ...]:
    """The bets with how many nonces lie back to the previous bet of the same cell (`distance`).

    The same cell is the same result in the same game and difficulty. With `tier`, also back to the previous bet
    whose result is that tier or above (`tier_distance`). None where there is no previous one, or no nonce.
    """
    rows = tuple(bets)
    counted = [bet for bet in rows if bet.nonce is not None and bet.round_result is not None]
    if not counted:
        return rows
    with connection.cursor() as cursor:
        cursor.execute(
            _PREVIOUS_OF_CELL,
            [
                [bet.seq for bet in counted],
                [bet.nonce for bet in counted],
                [bet.round_result for bet in counted],
                [bet.game for bet in counted],
                [bet.difficulty for bet in counted],
                stream.key,
            ],
        )
        distances = dict(cursor.fetchall())
    tiers = _tier_distances(stream, [bet.position for bet in counted], tier) if tier is not None else {}
    return tuple(BetRow._make((*bet[:-2], distances.get(bet.seq), tiers.get(bet.position))) for bet in rows)


def _tier_distances(stream: StreamSummary | StreamRef, positions: Sequence[int], tier: Decimal) -> dict[int, int]:
    first, last = min(positions), max(positions)
    with connection.cursor() as cursor:
        cursor.execute(_HITS_OF_TIER, [stream.key, tier, first, last, stream.key, tier, first])
        hits = [position for (position,) in cursor.fetchall() if position is not None]
    distances: dict[int, int] = {}
    previous = 0  # index into hits: how many lie before the position at hand
    for position in sorted(positions):
        while previous < len(hits) and hits[previous] < position:
            previous += 1
        if previous:
            distances[position] = position - hits[previous - 1]
    return distances


# --- Rounds that never arrived --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hole:
    """Nonces, both ends included, of which neither heartbeat nor bet arrived."""

    first: int
    last: int

    @property
    def nonces(self) -> int:
        return self.last - self.first + 1


_HOLES = """
SELECT previous + 1, nonce - 1
FROM (SELECT nonce, lead(nonce) OVER (ORDER BY nonce DESC) AS previous FROM streams_round WHERE stream_id = %s
      ORDER BY nonce DESC) AS r
WHERE nonce > previous + 1 LIMIT %s
"""


def list_holes(stream: StreamSummary, *, limit: int) -> tuple[Hole, ...]:
    """The newest ranges of missing rounds. Reads no row where nothing is missing, else only up to the last range."""
    if stream.missing <= 0:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_HOLES, [stream.key, limit])
        return tuple(Hole(first, last) for first, last in cursor.fetchall())


# --- What people keep -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BookmarkRow:
    id: int
    stream_id: UUID
    seq: int
    nonce: int | None
    result: Decimal | None
    note: str
    created_at: datetime


def list_bookmarks(stream: StreamSummary | StreamRef, *, limit: int = 1000) -> tuple[BookmarkRow, ...]:
    """A stream's bookmarks, newest first."""
    rows = Bookmark.objects.filter(stream_id=stream.key).select_related("bet", "stream").order_by("-created_at", "-id")
    return tuple(bookmark_row(row) for row in rows[:limit])


def bookmark_row(row: Bookmark) -> BookmarkRow:
    return BookmarkRow(
        row.pk, row.stream.public_id, row.bet.seq, row.bet.nonce, row.bet.round_result, row.note, row.created_at
    )


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    id: int
    stream_id: UUID
    name: str
    filter_state: dict[str, Any]
    last_seq: int
    created_at: datetime


def list_snapshots(stream: StreamSummary | StreamRef, *, limit: int = 1000) -> tuple[SnapshotRow, ...]:
    """A stream's snapshots, newest first."""
    rows = Snapshot.objects.filter(stream_id=stream.key).select_related("stream").order_by("-created_at", "-id")
    return tuple(snapshot_row(row) for row in rows[:limit])


def get_snapshot(stream: StreamSummary | StreamRef, snapshot_id: int) -> SnapshotRow:
    """One snapshot of a stream; raises `NotFound`."""
    row = Snapshot.objects.filter(stream_id=stream.key, pk=snapshot_id).select_related("stream").first()
    if row is None:
        raise NotFound("There is no such snapshot of this stream.")
    return snapshot_row(row)


def snapshot_row(row: Snapshot) -> SnapshotRow:
    return SnapshotRow(row.pk, row.stream.public_id, row.name, row.filter_state, row.last_seq, row.created_at)


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A report that contradicts the bet numbered `seq` (None where it contradicts a round)."""

    id: int
    reason: str
    reason_text: str
    nonce: int | None
    provider_bet_id: str
    seq: int | None
    message: dict[str, Any]
    times: int
    first_at: datetime
    last_at: datetime


def list_conflicts(
    stream: StreamSummary | StreamRef, *, limit: int, before: int | None = None
) -> tuple[ConflictRow, ...]:
    """A stream's conflicts, newest first; `before` is the id of the last one seen."""
    rows = Conflict.objects.filter(stream_id=stream.key).select_related("bet").order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return tuple(
        ConflictRow(
            row.pk,
            row.reason,
            row.get_reason_display(),
            row.nonce,
            row.provider_bet_id,
            row.bet.seq if row.bet else None,
            row.message,
            row.times,
            row.first_at,
            row.last_at,
        )
        for row in rows[:limit]
    )
