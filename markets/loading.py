"""Recorded tables into the database: whole polls, many at a time, once.

A load that was interrupted goes on after the last poll that is stored, and one that is complete adds nothing. A period
that holds polls of another origin is refused: the changes of two sequences of polls do not add up to one.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from django.db import connection, transaction

from markets import queries, storage
from markets.detector_settings import Settings
from markets.engine import Engine, Seen
from markets.models import Book, Event, Source
from markets.quotes import Micros, from_micros, to_micros
from markets.recorded_tables import Tables, find, read
from markets.storage import Origin, Recorded, Starts
from markets.track import relisted
from markets.weights import EQUAL, Weights

CHANGES_AT_ONCE: Final = 25_000
POLLS_AT_ONCE: Final = 500

Told = Callable[[int, int], None]  # how many changes are done, of how many


class Refused(Exception):
    """The load cannot be done; the message is a sentence."""


class Loaded(NamedTuple):
    """What a load added, and what was there before."""

    polls: int
    changes: int
    polls_there: int


class Computed(NamedTuple):
    """What the engine made of stored polls, and how much of it was new."""

    polls: int
    points: int
    signals: int
    signals_by_kind: dict[str, int]
    points_new: int
    signals_new: int


def open_tables(paths: list[Path], name: str) -> Tables:
    """Find, read and check a recording. Raises `BadTables`."""
    return read(find(paths, name), name)


def load(tables: Tables, *, told: Told = lambda done, of: None) -> Loaded:
    """Store what is not stored yet. Raises `Refused` before anything is written."""
    there = _stored(tables)
    done = sum(each.changes for each in tables.snapshots[:there])
    after = tables.snapshots[there - 1].at if there else None
    before = {} if after is None else _listed(tables, after)
    starts = {key: Starts(game.first_start, game.last_start) for key, game in tables.games.items()}
    polls = changes = 0
    for batch in _ahead(_batches(tables, after, before)):
        with storage.exclusively(tables.sport, simulated=False):
            if queries.poll_at(tables.sport, from_micros(batch[0].poll.at), simulated=False) is not None:
                raise Refused("Somebody else stores this recording at the same time.")
            storage.write(batch, Origin(Source.RECORDING, False), starts=starts)
        polls += len(batch)
        changes += sum(len(each.poll.changes) for each in batch)
        told(done + changes, tables.changes)
    if polls:
        with connection.cursor() as cursor:
            # So much is new that plans would be made for tables as they were, for minutes.
            cursor.execute(
                "ANALYZE markets_poll, markets_quotechange, markets_standing, markets_listing, markets_event"
            )
    return Loaded(polls, changes, there)


def compute(
    sport: str,
    *,
    simulated: bool,
    since: datetime,
    until: datetime,
    settings: Settings | None = None,
    weights: Weights = EQUAL,
    told: Told = lambda done, of: None,
) -> Computed:
    """Run the engine over stored polls, and store what it sees that is not stored yet."""
    engine = Engine(sport, settings, weights=weights)
    ids = Event.objects.filter(sport=sport, is_simulated=simulated).values_list("provider_id", "id")
    events, books = dict(ids), dict(Book.objects.values_list("key", "id"))
    polls = points = points_new = signals_new = 0
    kinds: dict[str, int] = {}
    waiting: list[tuple[Micros, Seen]] = []

    def keep() -> tuple[int, int]:
        with transaction.atomic(), connection.cursor() as cursor:
            new = storage.keep_points(cursor, ((at, seen.points) for at, seen in waiting), events)
            signals = (signal for _, seen in waiting for signal in seen.signals)
            return new, storage.keep_signals(cursor, signals, events, books)

    total = queries.count_polls(sport, simulated=simulated, since=since, until=until)
    for poll in queries.polls_of(sport, simulated=simulated, since=since, until=until):
        seen = engine.poll(poll)
        polls += 1
        points += len(seen.points)
        for signal in seen.signals:
            kinds[signal.kind.value] = kinds.get(signal.kind.value, 0) + 1
        waiting.append((poll.at, seen))
        if len(waiting) == POLLS_AT_ONCE or polls == total:
            new = keep()
            points_new, signals_new = points_new + new[0], signals_new + new[1]
            waiting.clear()
            told(polls, total)
    return Computed(polls, points, sum(kinds.values()), dict(sorted(kinds.items())), points_new, signals_new)


def _stored(tables: Tables) -> int:
    """How many polls of the recording are stored: they are its first. Raises `Refused` for any other state."""
    first, last = from_micros(tables.snapshots[0].at), from_micros(tables.snapshots[-1].at)
    stored = queries.poll_sizes(tables.sport, simulated=False, since=first, until=last)
    expected = [(each.at, each.changes) for each in tables.snapshots[: len(stored)]]
    if [(to_micros(at), changes) for at, changes in stored] != expected:
        raise Refused(
            f"The database has polls of {tables.sport} between {first:%Y-%m-%d %H:%M} and {last:%Y-%m-%d %H:%M} UTC "
            "that are not of this recording."
        )
    until = from_micros(expected[-1][0]) if expected else None
    for event, (seen_first, seen_last) in queries.sightings(list(tables.games), simulated=False).items():
        if until is None or seen_first < first or seen_last > until:
            raise Refused(f"The database knows the event {event} from polls that are not of this recording.")
    return len(stored)


def _listed(tables: Tables, at: Micros) -> dict[str, Micros]:
    return {key: game.listed.commences for key, game in tables.games.items() if game.first_seen <= at <= game.last_seen}


def _ahead(batches: Iterator[list[Recorded]]) -> Iterator[list[Recorded]]:
    """The same, each next one read while the one before is stored: the database works then, and we would wait."""
    with ThreadPoolExecutor(max_workers=1) as reading:
        coming = reading.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reading.submit(next, batches, None)
            yield batch


def _batches(tables: Tables, after: Micros | None, listed: dict[str, Micros]) -> Iterator[list[Recorded]]:
    """Whole polls, some thousand changes at a time."""
    batch: list[Recorded] = []
    changes = 0
    for snapshot, poll in tables.polls(after):
        news = relisted(listed, poll.listed, poll.at)
        if news:
            listed = {each.event: each.commences for each in poll.listed}
        batch.append(Recorded(poll, news, snapshot.quotes, events=snapshot.events))
        changes += len(poll.changes)
        if changes >= CHANGES_AT_ONCE or len(batch) >= 4 * POLLS_AT_ONCE:
            yield batch
            batch, changes = [], 0
    if batch:
        yield batch
