"""Streams: the list with its filters, one by its name, the newest, the silent ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Literal, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from streams.models import Stream, StreamMoney
from streams.queries.errors import NotFound

LIVE_FOR = timedelta(minutes=5)
RECENT_FOR = timedelta(minutes=30)

Activity = Literal["live", "recent", "idle"]

# More digits than two totals can have, and an error rather than a rounding.
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])


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
    simulated: bool
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
    results: int
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
    simulated: bool | None = None


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
    if wanted.simulated is not None:
        rows = rows.filter(simulated=wanted.simulated)
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


def find_by_pair(server_seed_hashed: str, client_seed: str) -> StreamSummary | None:
    """The stream of exactly this seed pair, None where nothing arrived under it yet."""
    rows = Stream.objects.alive().filter(server_seed_hashed=server_seed_hashed, client_seed=client_seed)
    found = _summaries(rows)
    return found[0] if found else None


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
        simulated=stream.simulated,
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
        results=stream.results,
        highest_result=stream.highest_result,
        lowest_result=stream.lowest_result,
        average_result=stream.result_sum / stream.results if stream.results else None,
        first_nonce=stream.first_nonce,
        last_nonce=stream.last_nonce,
        money=money,
    )
