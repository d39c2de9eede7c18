"""Recorded odds in three tables, read strictly: what changed, which events there were, and when was polled. Pure.

`NAME_snapshots.csv` has a row for each poll, `NAME_events.csv` for each event, `NAME_quotes.csv` for each change; each
may be packed with gzip. An empty point and price say that a quote was taken down.

Of an event's start these tables know the first and the last that were told. Only before both is it surely before the
game, so the earlier counts in every poll; the last one is for the close. An event is taken as listed from its first
to its last sighting.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from markets.bodies import ID_MAX, KEY_MAX, MOMENT_MAX, NAME_MAX, POINT_MOST, clean_text, moment_of
from markets.odds import BadOdds, read_american
from markets.quotes import SIDES, Change, Listed, Market, Micros, Poll, Quote, Side, from_micros

PROBLEMS_SHOWN: Final = 20
COUNT_MOST: Final = 1_000_000
KEPT_MOST: Final = 500_000  # changes, about 100 MB; of more the file is read twice
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "snapshots": ("fetched_at", "events", "quotes", "changes"),
    "events": (
        "event_id",
        "sport_key",
        "commence_time",
        "home_team",
        "away_team",
        "first_seen",
        "last_seen",
        "first_commence_time",
    ),
    "quotes": ("fetched_at", "event_id", "book", "market", "outcome", "point", "price", "last_update"),
}


class BadTables(ValueError):
    """A table cannot be read; `problems` are sentences with file, line and field, the first of `count`."""

    def __init__(self, problems: list[str], count: int) -> None:
        super().__init__(problems[0] if problems else "")
        self.problems = problems
        self.count = count


class Snapshot(NamedTuple):
    """A poll."""

    at: Micros
    events: int
    quotes: int
    changes: int


class Game(NamedTuple):
    """An event, when it was seen, and when it was to start as its first and its last poll had it."""

    listed: Listed  # with the earlier of both starts
    first_seen: Micros
    last_seen: Micros
    first_start: Micros
    last_start: Micros


class Tables(NamedTuple):
    """A recording. Where it has very many changes they are read again as they are needed."""

    name: str
    sport: str
    snapshots: tuple[Snapshot, ...]
    games: Mapping[str, Game]
    quotes: Path
    kept: tuple[tuple[Change, ...], ...] | None = None  # those of each poll, where they are few enough

    @property
    def changes(self) -> int:
        """How many there are in all, as the polls say."""
        return sum(each.changes for each in self.snapshots)

    def polls(self, after: Micros | None = None) -> Iterator[tuple[Snapshot, Poll]]:
        """The polls, or those after a moment, with their changes in the order of the rows.

        Raises `BadTables` at the first row that is wrong.
        """
        listed = _Lists(self.games)
        for each, found in zip(self.snapshots, self._by_poll() if self.kept is None else self.kept, strict=True):
            if after is None or each.at > after:
                yield each, Poll(self.sport, each.at, listed.at(each.at), found)

    def _by_poll(self) -> Iterator[tuple[Change, ...]]:
        problems = _Problems(at_most=1)
        changes = _Changes(self, problems)
        for each in self.snapshots:
            found = tuple(changes.of(each.at))
            problems.refuse()
            yield found


def find(paths: list[Path], name: str) -> dict[str, Path]:
    """The three files of a recording among files and folders. Raises `BadTables` where one is missing or doubled."""
    found: dict[str, Path] = {}
    problems = _Problems()
    for part in COLUMNS:
        wanted = {f"{name}_{part}.csv", f"{name}_{part}.csv.gz"}
        inside = [path / file for path in paths if path.is_dir() for file in sorted(wanted) if (path / file).is_file()]
        files = inside + [path for path in paths if path.name in wanted and path.is_file()]
        if len(files) == 1:
            found[part] = files[0]
        else:
            problems.add(f"{name}_{part}.csv (or .csv.gz) {'is missing' if not files else 'is there more than once'}.")
    problems.refuse()
    return found


def read(files: Mapping[str, Path], name: str) -> Tables:
    """Read and check all three tables to their ends. Raises `BadTables` that names what is wrong."""
    problems = _Problems()
    snapshots = _snapshots(files["snapshots"], problems)
    sport, games = _games(files["events"], problems)
    if not snapshots or not games:
        problems.add(f"{name}: a recording has polls and events.")
    problems.refuse()
    tables = Tables(name, sport, snapshots, games, files["quotes"])
    changes = _Changes(tables, problems)
    kept: list[tuple[Change, ...]] = []
    keep = tables.changes <= KEPT_MOST
    for each in snapshots:
        found = tuple(changes.of(each.at))
        count = len(found)
        if keep:
            kept.append(found)
        if count != each.changes and not problems.count:
            problems.add(
                f"{files['quotes'].name}: the poll at {_shown(each.at)} has {count} changes, not {each.changes}."
            )
    changes.end()
    problems.refuse()
    return tables._replace(kept=tuple(kept)) if keep else tables


class _Problems:
    def __init__(self, at_most: int = PROBLEMS_SHOWN) -> None:
        self.shown: list[str] = []
        self.count = 0
        self._at_most = at_most

    def add(self, sentence: str) -> None:
        self.count += 1
        if len(self.shown) < self._at_most:
            self.shown.append(sentence)

    def refuse(self) -> None:
        if self.count:
            raise BadTables(self.shown, self.count)


class _Wrong(Exception):
    """A field is wrong; the text completes "<field> …"."""


class _Row:
    """A row's fields by their names, read one by one."""

    def __init__(self, part: str, fields: Sequence[str]) -> None:
        self._fields = dict(zip(COLUMNS[part], fields, strict=True))

    def take(self, field: str, read: Callable[[str], Any], sentence: str) -> Any:
        found = read(self._fields[field])
        if found is None:
            raise _Wrong(f"{field} {sentence}.")
        return found

    def moment(self, field: str) -> Micros:
        return int(self.take(field, _moment, "must be a moment such as 2026-08-05T17:00:48Z"))

    def text(self, field: str, most: int) -> str:
        return str(self.take(field, lambda text: clean_text(text, most), f"must be a text of 1 to {most} characters"))

    def count(self, field: str) -> int:
        return int(self.take(field, _count, f"must be a whole number up to {COUNT_MOST:,}"))


def _rows(path: Path, part: str, problems: _Problems) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows with their line numbers, each with the fields of `COLUMNS` in that order."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            rows = csv.reader(file, strict=True)
            header = next(rows, [])
            missing = [column for column in COLUMNS[part] if column not in header]
            if missing:
                problems.add(f"{path.name}, line 1: the column {missing[0]} is missing.")
                return
            fields = itemgetter(*(header.index(column) for column in COLUMNS[part]))
            for row in rows:
                if len(row) == len(header):
                    yield rows.line_num, fields(row)
                elif row:
                    problems.add(
                        f"{path.name}, line {rows.line_num}: it must have {len(header)} fields, not {len(row)}."
                    )
    except csv.Error as error:
        problems.add(f"{path.name}: it is no CSV: {error}.")
    except UnicodeDecodeError:
        problems.add(f"{path.name}: it is not UTF-8.")
    except (gzip.BadGzipFile, EOFError, zlib.error):
        problems.add(f"{path.name}: it is no whole gzip file.")
    except OSError as error:
        problems.add(f"{path.name}: it cannot be read: {error.strerror}.")


def _snapshots(path: Path, problems: _Problems) -> tuple[Snapshot, ...]:
    found: list[Snapshot] = []
    for line, fields in _rows(path, "snapshots", problems):
        row = _Row("snapshots", fields)
        try:
            each = Snapshot(row.moment("fetched_at"), *(row.count(name) for name in ("events", "quotes", "changes")))
            if found and each.at <= found[-1].at:
                raise _Wrong("fetched_at must be later than the row before.")
            found.append(each)
        except _Wrong as wrong:
            problems.add(f"{path.name}, line {line}: {wrong}")
    return tuple(found)


def _games(path: Path, problems: _Problems) -> tuple[str, dict[str, Game]]:
    found: dict[str, Game] = {}
    sport = ""
    for line, fields in _rows(path, "events", problems):
        try:
            own, game = _game(_Row("events", fields))
            sport = sport or own
            if own != sport:
                raise _Wrong("sport_key must be the same in all rows.")
            if game.listed.event in found:
                raise _Wrong("event_id must be another than in the rows before.")
            found[game.listed.event] = game
        except _Wrong as wrong:
            problems.add(f"{path.name}, line {line}: {wrong}")
    return sport, found


def _game(row: _Row) -> tuple[str, Game]:
    last_start, first_start = row.moment("commence_time"), row.moment("first_commence_time")
    first_seen, last_seen = row.moment("first_seen"), row.moment("last_seen")
    event, home, away = row.text("event_id", ID_MAX), row.text("home_team", NAME_MAX), row.text("away_team", NAME_MAX)
    if first_seen > last_seen:
        raise _Wrong("last_seen must not be before first_seen.")
    listed = Listed(event, home, away, min(first_start, last_start))
    return row.text("sport_key", KEY_MAX), Game(listed, first_seen, last_seen, first_start, last_start)


class _Changes:
    """The rows of changes, poll by poll. There are many, so what a row has in common with the last is read once."""

    def __init__(self, tables: Tables, problems: _Problems) -> None:
        self._path = tables.quotes
        self._problems = problems
        self._games = tables.games
        self._known = {each.at for each in tables.snapshots}
        self._rows = self._read()
        self._next = next(self._rows, None)

    def of(self, at: Micros) -> list[Change]:
        """The changes of a poll."""
        found = []
        while self._next is not None and self._next[0] == at:
            found.append(self._next[1])
            self._next = next(self._rows, None)
        return found

    def end(self) -> None:
        """Read what no poll took, for its problems."""
        for _ in self._rows:
            pass

    def _read(self) -> Iterator[tuple[Micros, Change]]:
        at, text = 0, ""
        confirmed: Micros | None = None
        confirmed_text = ""
        told: set[tuple[str, str, str, str]] = set()
        for line, (fetched, event, book, market, outcome, point, price, updated) in _rows(
            self._path, "quotes", self._problems
        ):
            try:
                if fetched != text:
                    before, at = at, self._moment(fetched, at)
                    text = fetched
                    if at != before:
                        told.clear()
                key = (event, book, market, outcome)
                if key in told:
                    raise _Wrong("outcome must be another than in the rows before, of the same poll, book and market.")
                told.add(key)
                game = self._games.get(event)
                if game is None:
                    raise _Wrong("event_id must be one of the events.")
                if not game.first_seen <= at <= game.last_seen:
                    raise _Wrong("fetched_at must be between the event's first and last sighting.")
                sides, offered = _offer(book, market, outcome, point, price)
                if updated != confirmed_text:
                    confirmed, confirmed_text = _updated(updated), updated
                quote = None if offered is None else Quote(offered[0], offered[1], offered[2], confirmed)
                yield at, Change(event, book, sides[0], sides[1], quote)
            except _Wrong as wrong:
                self._problems.add(f"{self._path.name}, line {line}: {wrong}")

    def _moment(self, text: str, last: Micros) -> Micros:
        at = moment_of(text) if len(text) <= MOMENT_MAX else None
        if at is None or at not in self._known:
            raise _Wrong("fetched_at must be the moment of a poll.")
        if at < last:
            raise _Wrong("fetched_at must not be before the row before.")
        return at


_OUTCOMES: Final = {(market.value, side.value): (market, side) for market, sides in SIDES.items() for side in sides}


@lru_cache(maxsize=1 << 16)
def _offer(book: str, market: str, outcome: str, point: str, price: str) -> tuple[tuple[Market, Side], Quote | None]:
    """What the middle of a row says: the side, and the quote but for its moment."""
    if clean_text(book, KEY_MAX) is None:
        raise _Wrong(f"book must be a text of 1 to {KEY_MAX} characters.")
    sides = _OUTCOMES.get((market, outcome))
    if sides is None:
        raise _Wrong("outcome must be one of a market that is followed: h2h H A D, spreads H A, totals O U.")
    if not price:
        if point:
            raise _Wrong("point must be empty where price is.")
        return sides, None
    american = _american(price)
    if american is None:
        raise _Wrong("price must be American odds, such as +150 or -120.")
    return sides, Quote(_line(point, sides[0]), american[1], american[0], None)


def _updated(text: str) -> Micros | None:
    if not text:
        return None
    at = moment_of(text) if len(text) <= MOMENT_MAX else None
    if at is None:
        raise _Wrong("last_update must be a moment such as 2026-08-05T17:00:48Z, or empty.")
    return at


def _line(text: str, market: Market) -> float | None:
    if market is Market.H2H:
        if text:
            raise _Wrong("point must be empty in h2h.")
        return None
    point = _point(text)
    if point is None:
        raise _Wrong("point must be a number in quarters, such as -3.5.")
    return point


@lru_cache(maxsize=4096)
def _point(text: str) -> float | None:
    try:
        point = float(text if "_" not in text else "")
    except ValueError:
        return None
    return point + 0.0 if -POINT_MOST <= point <= POINT_MOST and point * 4 == round(point * 4) else None


@lru_cache(maxsize=4096)
def _american(text: str) -> tuple[int, float] | None:
    try:
        return int(text), float(read_american(text))
    except (BadOdds, ValueError):
        return None


def _moment(text: str) -> Micros | None:
    return moment_of(text) if len(text) <= MOMENT_MAX else None


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 and int(text) <= COUNT_MOST else None


def _shown(at: Micros) -> str:
    return from_micros(at).isoformat()


class _Lists:
    """Which events are listed at a moment; moments come in their order."""

    def __init__(self, games: Mapping[str, Game]) -> None:
        self._coming = sorted(games.values(), key=lambda game: game.first_seen, reverse=True)
        self._now: list[Game] = []
        self._listed: tuple[Listed, ...] = ()

    def at(self, at: Micros) -> tuple[Listed, ...]:
        """By event."""
        changed = False
        while self._coming and self._coming[-1].first_seen <= at:
            self._now.append(self._coming.pop())
            changed = True
        if any(game.last_seen < at for game in self._now):
            self._now = [game for game in self._now if game.last_seen >= at]
            changed = True
        if changed:
            self._listed = tuple(sorted(game.listed for game in self._now))
        return self._listed
