"""Recorded bodies through the pipeline, as if they were polled now: one line of JSON for a poll, perhaps packed.

A line has `fetched_at` and `payload`, and perhaps `sport` and `simulated`, as `recorder` writes them. Polls that are
stored already are left as they are, so a replay that was interrupted goes on, and a second one adds nothing.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from markets import queries
from markets.bodies import BODY_BYTES_MAX, KEY_MAX, BadBody, clean_text, moment_of
from markets.configured import book_weights, signal_settings
from markets.models import Source
from markets.pipeline import Ingested, Pipeline
from markets.quotes import from_micros, to_micros

LINE_BYTES_MAX: Final = BODY_BYTES_MAX + 1_000


class BadRecording(Exception):
    """The file cannot be replayed; the message is a sentence that names the line."""


class Line(NamedTuple):
    """A recorded poll."""

    number: int
    at: datetime
    sport: str
    simulated: bool
    body: bytes


@dataclass(slots=True)
class Totals:
    """What a replay did."""

    polls: int = 0
    duplicates: int = 0
    late: int = 0
    changes: int = 0
    points: int = 0
    signals: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    cut: bool = False  # the file's last line was not whole, and was left out

    def add(self, done: Ingested) -> None:
        """One more poll."""
        self.polls += 1
        self.duplicates += done.duplicate
        self.late += done.late
        self.changes += done.changes
        self.points += done.points
        self.signals.update(signal.kind.value for signal in done.signals)
        self.skipped.update(done.skipped.counts)


def replay(
    path: Path,
    *,
    sport: str | None = None,
    speed: float = 0.0,
    sleep: Callable[[float], None] = lambda seconds: None,
    told: Callable[[Line, Totals], None] = lambda line, totals: None,
) -> Totals:
    """Take every poll of a file. `speed` 60 lets an hour pass in a minute; 0 does not wait at all.

    `sport` is that of polls which say none. Detectors and weights are those that this site has set, the weights as
    known at the first poll. Raises `BadRecording`, with the polls before the bad line stored, and `BadWeights`.
    """
    totals = Totals()
    pipelines: dict[tuple[str, bool], Pipeline] = {}
    before: datetime | None = None
    for line in _lines(path, sport, totals):
        stored = queries.poll_at(line.sport, line.at, simulated=line.simulated)
        if stored is not None:
            totals.add(Ingested(stored, line.at, duplicate=True))
        else:
            if before is not None and speed > 0 and line.at > before:
                sleep((line.at - before).total_seconds() / speed)
            key = (line.sport, line.simulated)
            if key not in pipelines:
                pipelines[key] = Pipeline(
                    line.sport,
                    simulated=line.simulated,
                    settings=signal_settings(line.sport),
                    weights=book_weights(line.sport, before=to_micros(line.at)),
                )
            source = Source.SIMULATION if line.simulated else Source.RECORDING
            try:
                totals.add(pipelines[key].ingest(line.body, at=line.at, source=source))
            except BadBody as error:
                raise BadRecording(f"{path.name}, line {line.number}: payload: {error}") from None
        before = line.at
        told(line, totals)
    return totals


def _lines(path: Path, sport: str | None, totals: Totals) -> Iterator[Line]:
    known = sport
    for number, raw, whole in _raw_lines(path):
        try:
            content = json.loads(raw)
        except (ValueError, RecursionError):
            if not whole:
                totals.cut = True
                return
            raise BadRecording(f"{path.name}, line {number}: it must be an object of JSON.") from None
        line = _line(path, number, content, known)
        known = known or line.sport
        yield line


def _line(path: Path, number: int, content: Any, sport: str | None) -> Line:
    def refuse(sentence: str) -> BadRecording:
        return BadRecording(f"{path.name}, line {number}: {sentence}")

    if not isinstance(content, dict) or "payload" not in content:
        raise refuse("it must be an object with fetched_at and payload.")
    given = content.get("fetched_at")
    at = moment_of(given) if isinstance(given, str) and len(given) <= 40 else None
    if at is None:
        raise refuse("fetched_at must be a moment such as 2026-08-05T17:00:48Z.")
    simulated = content.get("simulated", False)
    if not isinstance(simulated, bool):
        raise refuse("simulated must be true or false.")
    payload = content["payload"]
    named = clean_text(content.get("sport", _sport_of(payload)), KEY_MAX) or sport
    if named is None:
        raise refuse("sport must be named, in the line or with --sport.")
    # As the provider writes bodies: the hash of a recorded one is that of the one that was sent.
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Line(number, from_micros(at), named, simulated, body)


def _sport_of(payload: Any) -> Any:
    """The sport of the first event; None where there is none."""
    events = payload.get("data") if isinstance(payload, dict) else payload
    first = events[0] if isinstance(events, list) and events else events
    return first.get("sport_key") if isinstance(first, dict) else None


def _raw_lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Each line with its number, and whether it is whole. Raises `BadRecording`."""
    opened = gzip.open if path.suffix == ".gz" else open
    number = 0
    try:
        with opened(path, "rb") as file:
            while raw := file.readline(LINE_BYTES_MAX + 1):
                number += 1
                if len(raw) > LINE_BYTES_MAX:
                    raise BadRecording(f"{path.name}, line {number}: it may have {LINE_BYTES_MAX:,} bytes.")
                if raw.strip():
                    yield number, raw, raw.endswith(b"\n")
    except EOFError:  # a recorder that was killed in the middle of a line
        yield number + 1, b"", False
    except (gzip.BadGzipFile, zlib.error):
        raise BadRecording(f"{path.name}: it is no gzip file after line {number}.") from None
    except OSError as error:
        raise BadRecording(f"{path.name} cannot be read: {error.strerror}.") from None
