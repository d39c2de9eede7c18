"""Polls into the database: whole ones, in a few statements each, however many quotes they bring.

What is stored of a poll is told by its changes; so the order in which polls arrive matters, and `exclusively` lets one
writer at a time add to a sport. Nothing here decides what a poll means: `pipeline` and `loading` do, and call these
inside their transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from markets.engine import Point, Seen
from markets.quotes import Listed, Micros, Poll, Quote, from_micros
from markets.signals import Signal, consensus_to_dict
from markets.track import Listing

LOCK_CLASS: Final = 1_836_214_643  # any fixed number: it names our locks among this database's advisory locks
NULL: Final = r"\N"  # as COPY has it
NOTHING_SEEN: Final = Seen([], [])


class Recorded(NamedTuple):
    """One poll with what is stored of it. `news` is what is new in its list, `quotes` how many it brought in all.

    `events` is how many it listed, where that is known and the list itself is not.
    """

    poll: Poll
    news: Sequence[Listing]
    quotes: int
    seen: Seen = NOTHING_SEEN
    sha256: bytes | None = None
    credits: int | None = None
    events: int | None = None


class Starts(NamedTuple):
    """When an event was to start, as its first and its last poll had it."""

    first: Micros
    last: Micros


class Origin(NamedTuple):
    """Where polls come from: one of `Source`, and whether a simulator made them."""

    source: str
    simulated: bool


@contextmanager
def exclusively(sport: str, *, simulated: bool) -> Iterator[None]:
    """A transaction in which nobody else stores polls of this sport; who comes second waits for its end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_CLASS, f"{sport} {simulated}"])
        yield


def write(
    recorded: Sequence[Recorded],
    origin: Origin,
    *,
    titles: Mapping[str, str] | None = None,
    starts: Mapping[str, Starts] | None = None,
) -> list[int]:
    """Store polls of one sport that are not stored yet, in the order of their moments. Gives the ids of their rows.

    `titles` are names of books by key; `starts` those of events, where more is known than the polls' lists say.
    What stands is set to the last change of each quote, and never back. Must run inside `exclusively`.
    """
    if not recorded:
        return []
    with connection.cursor() as cursor:
        polls = _polls(cursor, recorded, origin)
        events = _events(cursor, recorded, origin, starts or {})
        events |= _known(cursor, _named(recorded) - events.keys(), origin)
        books = _books(cursor, recorded, titles or {})
        _listings(cursor, recorded, events)
        _changes(cursor, recorded, polls, events, books, {})
        _stand(cursor, recorded[0].poll.at, recorded[-1].poll.at, polls)
        keep_points(cursor, ((each.poll.at, each.seen.points) for each in recorded), events)
        keep_signals(cursor, (signal for each in recorded for signal in each.seen.signals), events, books)
    return polls


def amend(
    poll_id: int,
    said: Poll,
    news: Sequence[Listing],
    origin: Origin,
    *,
    starts: Mapping[str, Micros],
) -> None:
    """Let a stored poll say more than it did: it had no need to before another was put in front of it.

    `said` has its moment and the further changes, of events that have `starts`. Must run inside `exclusively`.
    """
    recorded = [Recorded(said, news, 0)]
    with connection.cursor() as cursor:
        events = _known(cursor, _named(recorded), origin)
        _listings(cursor, recorded, events)
        _changes(cursor, recorded, [poll_id], events, _books(cursor, recorded, {}), starts)
        _stand(cursor, said.at, said.at, [poll_id])
        cursor.execute("UPDATE markets_poll SET changes = changes + %s WHERE id = %s", [len(said.changes), poll_id])


def keep_points(cursor: Any, found: Iterable[tuple[Micros, Sequence[Point]]], events: Mapping[str, int]) -> int:
    """Store what the books together said at some moments; what is stored stays. Gives how many were new."""
    rows = []
    for at, points in found:
        for event, market, consensus in points:
            told = consensus_to_dict(consensus)
            rows.append(
                (
                    events[event],
                    market.value,
                    from_micros(at),
                    told["line"],
                    _array(told["fair"]),
                    told["books"],
                    told["families"],
                    told["effective"],
                    told["dispersion"],
                )
            )
    if not rows:
        return 0
    cursor.execute(
        "INSERT INTO markets_consensuspoint"
        " (event_id, market, at, line, fair, books, families, effective, dispersion)"
        " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::numeric[], %s::jsonb[], %s::int2[],"
        " %s::int2[], %s::float8[], %s::float8[]) ON CONFLICT DO NOTHING",
        [list(column) for column in zip(*rows, strict=True)],
    )
    return int(cursor.rowcount)


def keep_signals(cursor: Any, signals: Iterable[Signal], events: Mapping[str, int], books: Mapping[str, int]) -> int:
    """Store signals; what is stored stays. Gives how many were new."""
    rows = [
        (
            events[signal.event],
            signal.market.value,
            signal.side.value,
            signal.kind.value,
            None if signal.book is None else books[signal.book],
            from_micros(signal.at),
            signal.strength,
            signal.canonical(),
        )
        for signal in signals
    ]
    if not rows:
        return 0
    cursor.execute(
        "INSERT INTO markets_signal (event_id, market, side, kind, book_id, at, strength, body)"
        " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::int2[], %s::timestamptz[],"
        " %s::int2[], %s::jsonb[]) ON CONFLICT DO NOTHING",
        [list(column) for column in zip(*rows, strict=True)],
    )
    return int(cursor.rowcount)


def _polls(cursor: Any, recorded: Sequence[Recorded], origin: Origin) -> list[int]:
    cursor.execute(
        "INSERT INTO markets_poll"
        " (sport, is_simulated, source, at, payload_sha256, events, quotes, changes, credits)"
        " SELECT %s, %s, %s, * FROM unnest(%s::timestamptz[], %s::bytea[], %s::int[], %s::int[], %s::int[], %s::int[])"
        " RETURNING id, at",
        [
            recorded[0].poll.sport,
            origin.simulated,
            origin.source,
            [from_micros(each.poll.at) for each in recorded],
            [each.sha256 for each in recorded],
            [len(each.poll.listed) if each.events is None else each.events for each in recorded],
            [each.quotes for each in recorded],
            [len(each.poll.changes) for each in recorded],
            [each.credits for each in recorded],
        ],
    )
    ids = {at: number for number, at in cursor.fetchall()}
    return [ids[from_micros(each.poll.at)] for each in recorded]


def _events(cursor: Any, recorded: Sequence[Recorded], origin: Origin, starts: Mapping[str, Starts]) -> dict[str, int]:
    """The events that these polls list, made or brought up to date; their rows by the provider's id."""
    first: dict[str, tuple[Listed, Micros]] = {}
    last: dict[str, tuple[Listed, Micros]] = {}
    for each in recorded:
        for listed in each.poll.listed:
            first.setdefault(listed.event, (listed, each.poll.at))
            last[listed.event] = (listed, each.poll.at)
    if not last:
        return {}
    names = sorted(last)
    cursor.execute(
        "INSERT INTO markets_event AS known (is_simulated, sport, provider_id, home, away, commences_at,"
        " first_commences_at, first_seen_at, last_seen_at)"
        " SELECT %s, %s, * FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],"
        " %s::timestamptz[], %s::timestamptz[])"
        " ON CONFLICT (provider_id, is_simulated) DO UPDATE SET"
        " home = CASE WHEN excluded.last_seen_at >= known.last_seen_at THEN excluded.home ELSE known.home END,"
        " away = CASE WHEN excluded.last_seen_at >= known.last_seen_at THEN excluded.away ELSE known.away END,"
        " commences_at = CASE WHEN excluded.last_seen_at >= known.last_seen_at THEN excluded.commences_at"
        " ELSE known.commences_at END,"
        " first_commences_at = CASE WHEN excluded.first_seen_at < known.first_seen_at"
        " THEN excluded.first_commences_at ELSE known.first_commences_at END,"
        " first_seen_at = least(known.first_seen_at, excluded.first_seen_at),"
        " last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)"
        " RETURNING provider_id, id",
        [
            origin.simulated,
            recorded[0].poll.sport,
            names,
            [last[name][0].home for name in names],
            [last[name][0].away for name in names],
            [from_micros(starts[name].last if name in starts else last[name][0].commences) for name in names],
            [from_micros(starts[name].first if name in starts else first[name][0].commences) for name in names],
            [from_micros(first[name][1]) for name in names],
            [from_micros(last[name][1]) for name in names],
        ],
    )
    return dict(cursor.fetchall())


def _named(recorded: Sequence[Recorded]) -> set[str]:
    """Every event that something is stored of."""
    return {change.event for each in recorded for change in each.poll.changes} | {
        news.event for each in recorded for news in each.news
    }


def _known(cursor: Any, names: set[str], origin: Origin) -> dict[str, int]:
    """The rows of events that are stored already."""
    if not names:
        return {}
    cursor.execute(
        "SELECT provider_id, id FROM markets_event WHERE is_simulated = %s AND provider_id = ANY(%s)",
        [origin.simulated, sorted(names)],
    )
    return dict(cursor.fetchall())


def _books(cursor: Any, recorded: Sequence[Recorded], titles: Mapping[str, str]) -> dict[str, int]:
    """The rows of the books by key; those that are new are made, in the order of their keys so that none deadlock."""
    cursor.execute("SELECT key, id, title FROM markets_book")
    found = cursor.fetchall()
    books = {key: number for key, number, _ in found}
    new = sorted({change.book for each in recorded for change in each.poll.changes} - books.keys())
    if new:
        cursor.execute(
            "INSERT INTO markets_book (key, title) SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING",
            [new, [titles.get(key, "") for key in new]],
        )
        cursor.execute("SELECT key, id FROM markets_book")
        books = dict(cursor.fetchall())
    renamed = sorted(key for key, _, title in found if titles.get(key) and titles[key] != title)
    if renamed:
        cursor.execute(
            "UPDATE markets_book SET title = fresh.title FROM unnest(%s::text[], %s::text[]) AS fresh (key, title)"
            " WHERE markets_book.key = fresh.key",
            [renamed, [titles[key] for key in renamed]],
        )
    return books


def _listings(cursor: Any, recorded: Sequence[Recorded], events: Mapping[str, int]) -> None:
    news = [each for one in recorded for each in one.news]
    if news:
        cursor.execute(
            "INSERT INTO markets_listing (event_id, at, commences_at)"
            " SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[])",
            [
                [events[each.event] for each in news],
                [from_micros(each.at) for each in news],
                [None if each.commences is None else from_micros(each.commences) for each in news],
            ],
        )


def _changes(
    cursor: Any,
    recorded: Sequence[Recorded],
    polls: Sequence[int],
    events: Mapping[str, int],
    books: Mapping[str, int],
    starts: Mapping[str, Micros],
) -> None:
    with cursor.copy(
        "COPY markets_quotechange (poll_id, event_id, book_id, market, side, at, point, price, american, updated_at,"
        " in_play, stale) FROM STDIN"
    ) as copy:
        listed: tuple[Listed, ...] | None = None
        known = dict(starts)
        for poll_id, (poll, *_) in zip(polls, recorded, strict=True):
            if poll.listed is not listed:
                listed = poll.listed
                known = {**starts, **{each.event: each.commences for each in listed}}
            moment = _text(poll.at)
            copy.write(
                "".join(
                    f"{poll_id}\t{events[event]}\t{books[book]}\t{market}\t{side}\t{moment}\t"
                    f"{_quote(quote)}\t{'f' if poll.at < known[event] else 't'}\t"
                    f"{'t' if quote and quote.stale else 'f'}\n"
                    for event, book, market, side, quote in poll.changes
                )
            )


def _stand(cursor: Any, first: Micros, last: Micros, polls: Sequence[int]) -> None:
    """Let the last change of each quote stand, unless a later one does already."""
    cursor.execute(
        "INSERT INTO markets_standing AS known (event_id, book_id, market, side, changed_at, point, price, american,"
        " updated_at, in_play, stale)"
        " SELECT DISTINCT ON (event_id, market, book_id, side) event_id, book_id, market, side, at, point, price,"
        " american, updated_at, in_play, stale FROM markets_quotechange"
        " WHERE at BETWEEN %s AND %s AND poll_id = ANY(%s) ORDER BY event_id, market, book_id, side, at DESC"
        " ON CONFLICT (event_id, market, book_id, side) DO UPDATE SET changed_at = excluded.changed_at,"
        " point = excluded.point, price = excluded.price, american = excluded.american,"
        " updated_at = excluded.updated_at, in_play = excluded.in_play, stale = excluded.stale"
        " WHERE known.changed_at <= excluded.changed_at",
        [from_micros(first), from_micros(last), list(polls)],
    )


def _quote(quote: Quote | None) -> str:
    """Point, price, American odds and when it was confirmed, as COPY takes them."""
    if quote is None:
        return "\t".join([NULL] * 4)
    point, price, american, updated, _ = quote
    return f"{_offer(point, price, american)}\t{NULL if updated is None else _text(updated)}"


@lru_cache(maxsize=1 << 15)
def _offer(point: float | None, price: float, american: int | None) -> str:
    line = NULL if point is None else f"{point:.2f}"
    return f"{line}\t{price:.6f}\t{NULL if american is None else american}"


@lru_cache(maxsize=4096)
def _text(at: Micros) -> str:
    return from_micros(at).isoformat()


def _array(values: Sequence[float]) -> str:
    return "[" + ",".join(map(repr, values)) + "]"
