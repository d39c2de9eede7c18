"""Getting files in: one thread reads and checks rows while the database stores the chunk before them.

After each stored chunk the place is noted in a small file, so an import that was interrupted goes on from there.
Nothing depends on that note: without it the same rows are sent again, and are known.
"""

import csv
import hashlib
import json
import os
import queue
import threading
from collections.abc import Callable, Iterator, Set
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from streams.decide import Outcome
from streams.importing.columns import Table
from streams.importing.rows import Defaults, Reader, Rejected
from streams.importing.sources import BROKEN, BadRow, Document, Lines, Refused, Row, Source, detect, open_source
from streams.ingest import Refused as NotStored
from streams.ingest import ingest
from streams.wire import Message

CHUNK_ROWS = 10_000
Pair = tuple[str, str]  # (server seed hash, client seed)
_AHEAD = 2  # chunks read while one is stored
_HASHED_BYTES = 64 * 1024


@dataclass(slots=True)
class Counts:
    """What became of the rows so far."""

    rows: int = 0
    stored: int = 0
    known: int = 0
    conflicts: int = 0
    rejected: int = 0

    def add(self, other: "Counts") -> None:
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come; `read_bytes` of `size` as the file lies on disk."""

    counts: Counts
    read_bytes: int
    size: int


@dataclass(slots=True)
class _Chunk:
    messages: list[Message] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    rejects: list[tuple[int, str]] = field(default_factory=list)
    rows: int = 0
    resume: tuple[int, int] | None = None  # bytes and place behind the chunk's last row
    read_bytes: int = 0


@dataclass(slots=True)
class Import:
    """One file on its way in."""

    path: Path
    rejects_path: Path
    home: Path
    defaults: Defaults = field(default_factory=Defaults)
    mapping: dict[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    dry_run: bool = False
    chunk_rows: int = CHUNK_ROWS
    counts: Counts = field(default_factory=Counts)
    resumed_at: int = 0  # the place behind which it goes on

    def run(self, *, restart: bool, now: Callable[[], datetime], report: Callable[[Progress], None]) -> Counts:
        """Import the file, from where an interrupted import of it stopped unless `restart`; raises `Refused`.

        What was stored before an error stays stored.
        """
        source = open_source(self.path)
        try:
            note = _Note.of(self, source)
            if restart or self.dry_run:
                note.forget()
            offset, place, rejects_bytes = note.read(self.counts)
            self.resumed_at = place
            rows, reader, read = self._open(source, offset=offset, place=place)
            with _Rejects(self.rejects_path, self.path.name, keep_bytes=rejects_bytes) as rejects:
                for chunk in _read_ahead(rows, read, source, chunk_rows=self.chunk_rows):
                    self._take(chunk, rejects, simulated=reader.simulated, at=now())
                    if chunk.resume is not None and not reader.counted and not self.dry_run:
                        note.write(*chunk.resume, rejects.flush(), self.counts)
                    report(Progress(self.counts, chunk.read_bytes, source.size))
            note.forget()
        finally:
            source.close()
        return self.counts

    def _open(
        self, source: Source, *, offset: int, place: int
    ) -> tuple[Iterator[Row], Reader, Callable[[Any], Message]]:
        reader = Reader(self.defaults)
        kind = detect(source, self.path.name)
        if kind == "table":
            table = Table(source.stream, delimiter=self.delimiter, mapping=self.mapping, offset=offset, place=place)
            return iter(table), reader, lambda cells: table.columns.read(cells, reader)
        if self.mapping:
            raise Refused(f"{self.path.name} is JSON; --map is for tables.")
        source.stream.seek(offset)
        opened = (Lines if kind == "lines" else Document)(source.stream, offset=offset, place=place)
        return iter(opened), reader, reader.json

    def _take(self, chunk: _Chunk, rejects: "_Rejects", *, simulated: Set[Pair], at: datetime) -> None:
        """Store a chunk and count what became of it; `simulated` are the pairs whose streams are to be marked so."""
        outcomes = [] if self.dry_run else _store(chunk.messages, simulated=simulated, at=at)
        refused = []
        done = Counts(rows=chunk.rows)
        for place, outcome in zip(chunk.places, outcomes, strict=not self.dry_run):
            if not isinstance(outcome, Outcome):
                refused.append((place, outcome.reason))
            elif outcome.accepted:
                done.stored += 1
            elif outcome.conflict:
                done.conflicts += 1
            else:
                done.known += 1
        rejected = sorted([*chunk.rejects, *refused])
        rejects.add(rejected)
        done.rejected = len(rejected)
        self.counts.add(done)


def _store(messages: list[Message], *, simulated: Set[Pair], at: datetime) -> list[Outcome | NotStored]:
    """Store rows of the two kinds apart, each in its order; the outcomes in the order of `messages`."""
    apart = [(message.server_seed_hashed, message.client_seed) in simulated for message in messages]
    stored = {
        kind: iter(
            ingest(
                [message for message, its in zip(messages, apart, strict=True) if its is kind],
                at=at,
                live=False,
                simulated=kind,
            )
        )
        for kind in (False, True)
    }
    return [next(stored[kind]) for kind in apart]


# --- Reading ahead ----------------------------------------------------------------------------------


class _Stop(Exception):
    """The import has ended; the reading thread need not go on."""


def _read_ahead(
    rows: Iterator[Row], read: Callable[[Any], Message], source: Source, *, chunk_rows: int
) -> Iterator[_Chunk]:
    """Chunks of messages, read by a thread of their own while the last one is being stored."""
    chunks: queue.Queue[_Chunk | BaseException | None] = queue.Queue(maxsize=_AHEAD)
    stopped = threading.Event()

    def put(item: _Chunk | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                chunks.put(item, timeout=0.2)
                return
            except queue.Full:
                continue
        raise _Stop

    def produce() -> None:
        try:
            for chunk in _chunks(rows, read, source, chunk_rows=chunk_rows):
                put(chunk)
            put(None)
        except _Stop:
            pass
        except BROKEN as error:
            put(Refused(f"The file cannot be read to its end: {error}."))
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=produce, name="import-reader", daemon=True)
    thread.start()
    try:
        while (item := chunks.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()


def _chunks(
    rows: Iterator[Row], read: Callable[[Any], Message], source: Source, *, chunk_rows: int
) -> Iterator[_Chunk]:
    chunk = _Chunk()
    try:
        for place, value, resume in rows:
            try:
                if isinstance(value, BadRow):
                    raise Rejected(value.reason)
                chunk.messages.append(read(value))
                chunk.places.append(place)
            except Rejected as error:
                chunk.rejects.append((place, str(error)))
            chunk.rows += 1
            if chunk.rows >= chunk_rows:
                chunk.resume = None if resume is None else (resume, place)
                chunk.read_bytes = source.read_bytes
                yield chunk
                chunk = _Chunk()
    except (Refused, *BROKEN):
        # What was read before the file broke is as good as ever.
        chunk.read_bytes = source.read_bytes
        yield chunk
        raise
    if chunk.rows:
        chunk.read_bytes = source.read_bytes
        yield chunk


# --- Notes and rejects ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Note:
    """How far the import of this file, with these options, has come."""

    path: Path

    @classmethod
    def of(cls, run: Import, source: Source) -> "_Note":
        """The file is known by its beginning, size and time; other options make it another import."""
        with run.path.open("rb") as file:
            beginning = hashlib.sha256(file.read(_HASHED_BYTES)).hexdigest()
        stat = run.path.stat()
        options = [asdict(run.defaults), run.mapping, run.delimiter, str(run.rejects_path)]
        identity = json.dumps([beginning, source.size, stat.st_mtime_ns, options], sort_keys=True)
        return cls(run.home / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.json")

    def read(self, counts: Counts) -> tuple[int, int, int]:
        """Bytes, place and length of the rejects to go on from; fills in the counts."""
        try:
            kept = json.loads(self.path.read_text())
            counts.add(Counts(**kept["counts"]))
            return int(kept["offset"]), int(kept["place"]), int(kept["rejects_bytes"])
        except FileNotFoundError:
            return 0, 0, 0
        except (ValueError, KeyError, TypeError, OSError):
            # A note that cannot be read is as good as none.
            return 0, 0, 0

    def write(self, offset: int, place: int, rejects_bytes: int, counts: Counts) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {"offset": offset, "place": place, "rejects_bytes": rejects_bytes, "counts": asdict(counts)}
        # Written aside and moved into place, so that it is whole whenever the process ends.
        aside = self.path.with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps(kept))
        aside.replace(self.path)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


class _Rejects:
    """The list of rejected rows, a CSV; there is no file as long as there are none."""

    def __init__(self, path: Path, name: str, *, keep_bytes: int) -> None:
        self._path = path
        # A spreadsheet must not run a file's name either.
        self._name = f"'{name}" if name[:1] in "=+-@" else name
        self._keep_bytes = keep_bytes
        self._file: Any = None

    def __enter__(self) -> "_Rejects":
        if self._keep_bytes and self._path.exists():
            os.truncate(self._path, self._keep_bytes)
            self._open("a")
        else:
            self._path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self, mode: str) -> None:
        self._file = self._path.open(mode, newline="", encoding="utf-8")
        self._writer = csv.writer(self._file, lineterminator="\n")

    def add(self, rows: list[tuple[int, str]]) -> None:
        if not rows:
            return
        if self._file is None:
            self._open("w")
            self._writer.writerow(["file", "row", "reason"])
        self._writer.writerows([(self._name, place, reason) for place, reason in rows])

    def flush(self) -> int:
        """Write what is buffered; how long the file is now."""
        if self._file is None:
            return 0
        self._file.flush()
        return int(self._file.tell())
