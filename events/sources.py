"""Streams whose events are not stored in the log, because rows of the same commit tell them already.

Such a commit reserves numbers in the log (`events.log.append`), and its app registers, by the first word of its
streams' names, how to read their events back: a wallet's entries are its events, say.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event. `prev` is the number of the one before it on its stream, None where that is not kept (any more)."""

    seq: int
    prev: int | None
    stream: str
    type: str
    body: dict[str, Any]
    at: datetime


class Replay(Protocol):
    """Reads the events of its streams with numbers above `after` and not above `upto`, the first `limit` of them."""

    def __call__(
        self, cursor: Any, streams: Sequence[str], /, *, after: int, upto: int, limit: int
    ) -> list[EventRow]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """How the events of some streams are read.

    `first_since` gives the number of the first one that was told at a time or later, None where none was; it may be
    off by what clocks of several processes differ.
    """

    replay: Replay
    first_since: Callable[[Any, datetime], int | None]


_sources: dict[str, Source] = {}


def register(word: str, source: Source) -> None:
    """Events of the streams named `word` or `word:…` are read by this source. Called in `AppConfig.ready`."""
    _sources[word] = source


def registered() -> list[Source]:
    """Every source."""
    return list(_sources.values())


def is_told(stream: str) -> bool:
    """Whether the events of this stream are read by a source, and so never stored."""
    return stream.partition(":")[0] in _sources


def split(streams: Collection[str]) -> tuple[list[tuple[Source, list[str]]], list[str]]:
    """Each source with its streams, and the streams that are stored, each stream once and in order."""
    told: dict[str, list[str]] = {}
    stored: list[str] = []
    for stream in sorted(set(streams)):
        word = stream.partition(":")[0]
        (told.setdefault(word, []) if word in _sources else stored).append(stream)
    return [(_sources[word], names) for word, names in told.items()], stored
