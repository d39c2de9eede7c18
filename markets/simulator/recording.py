"""Recorded polls as a source: a file with a poll a line, `{"fetched_at": …, "payload": […]}`, plain or gzipped.

What was recorded is given back untouched, to the byte.
"""

import gzip
import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from markets.quotes import Micros, to_micros
from markets.simulator.source import Event, Listing, Snapshot
from markets.simulator.sports import SPORTS

GZIP: Final = b"\x1f\x8b"
_DECODER: Final = json.JSONDecoder()


class BadRecording(Exception):
    """A file that holds no polls; the message names the file, the line and what is wrong with it."""


class _Poll(NamedTuple):
    at: Micros
    sport: str
    text: str


class Recorded:
    """The polls of some files, each sport by its times. Raises `BadRecording`."""

    def __init__(self, files: Sequence[Path]) -> None:
        polls: list[_Poll] = []
        for file in files:
            polls += _read(file)
        if not polls:
            raise BadRecording("There is no poll in the recording.")
        self._polls: dict[str, list[_Poll]] = {}
        for poll in sorted(polls, key=lambda poll: poll.at):
            self._polls.setdefault(poll.sport, []).append(poll)
        self._times = {sport: [poll.at for poll in those] for sport, those in self._polls.items()}
        self.begins = min(times[0] for times in self._times.values())
        self._loaded: dict[str, Snapshot] = {}  # the last one of each sport

    def sports(self) -> tuple[Listing, ...]:
        """The sports of the recording, titled as its events are."""
        return tuple(self._listing(sport) for sport in sorted(self._polls))

    def snapshot(self, sport: str, at: Micros) -> Snapshot | None:
        """The last poll at or before a moment."""
        place = bisect_right(self._times[sport], at) - 1
        if place < 0:
            return None
        poll = self._polls[sport][place]
        loaded = self._loaded.get(sport)
        if loaded is None or loaded.at != poll.at:
            loaded = self._loaded[sport] = Snapshot(poll.at, json.loads(poll.text), poll.text.encode())
        return loaded

    def newest(self, sport: str, at: Micros) -> Micros | None:
        """When the last poll at or before `at` was."""
        place = bisect_right(self._times[sport], at) - 1
        return self._times[sport][place] if place >= 0 else None

    def following(self, sport: str, at: Micros) -> Micros | None:
        """When the first poll after `at` is."""
        place = bisect_right(self._times[sport], at)
        return self._times[sport][place] if place < len(self._times[sport]) else None

    def teams(self, sport: str) -> tuple[str, ...]:
        """The names of all teams of the recording."""
        names = {
            event[role]
            for poll in self._polls[sport]
            for event in json.loads(poll.text)
            for role in ("home_team", "away_team")
        }
        return tuple(sorted(names))

    def scores(self, sport: str, at: Micros, days: int) -> list[Event]:
        """What is listed; a recording of odds knows no score."""
        found = self.snapshot(sport, at)
        shown = ("id", "sport_key", "sport_title", "commence_time", "home_team", "away_team")
        listed = [{name: event[name] for name in shown if name in event} for event in found.events] if found else []
        return [{**event, "completed": False, "scores": None, "last_update": None} for event in listed]

    def _listing(self, sport: str) -> Listing:
        known = SPORTS.get(sport)
        if known is not None:
            return Listing(known.key, known.group, known.title, known.description)
        titles = [event.get("sport_title", sport) for poll in self._polls[sport] for event in json.loads(poll.text)[:1]]
        return Listing(sport, sport.partition("_")[0].title(), (titles or [sport])[0], (titles or [sport])[0])


def _read(file: Path) -> Iterator[_Poll]:
    """The polls of a file. An empty payload is of the sport that its line names, or else of the file's only one."""
    polls = [_poll(line, f"{file.name}, line {number}") for number, line in enumerate(_lines(file), start=1) if line]
    sports = {poll.sport for poll in polls if poll.sport}
    for number, poll in enumerate(polls, start=1):
        if not poll.sport and len(sports) != 1:
            raise BadRecording(f"{file.name}, poll {number}: an empty poll of a file of several sports names no sport.")
        yield poll if poll.sport else poll._replace(sport=next(iter(sports)))


def _lines(file: Path) -> list[str]:
    try:
        content = file.read_bytes()
        if content.startswith(GZIP):
            content = gzip.decompress(content)
        return [line.strip() for line in content.decode().split("\n")]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it cannot be read"
        raise BadRecording(f"{file.name}: {reason}.") from None


def _poll(line: str, where: str) -> _Poll:
    try:
        spans = dict(_members(line))
        fetched_at = json.loads(spans["fetched_at"])
        at = to_micros(datetime.fromisoformat(fetched_at))
        events = json.loads(spans["payload"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadRecording(f'{where}: not {{"fetched_at": a moment, "payload": a list of events}}.') from None
    if not isinstance(events, list) or not all(_is_event(event) for event in events):
        raise BadRecording(f"{where}: the payload is not a list of events.")
    sport = events[0]["sport_key"] if events else json.loads(spans.get("sport", '""'))
    if not isinstance(sport, str) or any(event["sport_key"] != sport for event in events):
        raise BadRecording(f"{where}: a poll is of one sport.")
    return _Poll(at, sport, spans["payload"])


def _is_event(event: Any) -> bool:
    names = ("id", "sport_key", "commence_time", "home_team", "away_team")
    return (
        isinstance(event, dict)
        and all(isinstance(event.get(name), str) for name in names)
        and isinstance(event.get("bookmakers"), list)
    )


def _members(line: str) -> Iterator[tuple[str, str]]:
    """The names of an object with the untouched text of their values. Raises `ValueError`."""
    at = _skip(line, 0)
    if line[at : at + 1] != "{":
        raise ValueError("not an object")
    while line[at : at + 1] in ("{", ","):
        name, at = _DECODER.raw_decode(line, _skip(line, at + 1))
        at = _skip(line, at)
        if line[at : at + 1] != ":":
            raise ValueError("no value")
        begins = _skip(line, at + 1)
        _, ends = _DECODER.raw_decode(line, begins)
        yield name, line[begins:ends]
        at = _skip(line, ends)
    if line[at:] != "}":
        raise ValueError("not one object")


def _skip(line: str, at: int) -> int:
    while line[at : at + 1] in (" ", "\t", "\r"):
        at += 1
    return at
