"""Where polls come from, as the provider sees it: recordings or the generator. What both give has the same shape."""

from typing import Any, NamedTuple, Protocol

from markets.quotes import Micros

Event = dict[str, Any]  # as the provider writes it


class Listing(NamedTuple):
    """A sport as `/sports` lists it."""

    key: str
    group: str
    title: str
    description: str


class Snapshot(NamedTuple):
    """What `/odds` lists of a sport at a moment: prices American or decimal, times ISO."""

    at: Micros
    events: list[Event]
    text: bytes | None = None  # as it was recorded, to the byte; None: it was never text


class Source(Protocol):
    """Polls of some sports. All methods may be called in any order, and give the same answer every time."""

    begins: Micros  # where the clock starts

    def sports(self) -> tuple[Listing, ...]:
        """The sports it has polls of."""

    def snapshot(self, sport: str, at: Micros) -> Snapshot | None:
        """What is listed at a moment; None before the first poll."""

    def newest(self, sport: str, at: Micros) -> Micros | None:
        """When the last poll at or before `at` was."""

    def following(self, sport: str, at: Micros) -> Micros | None:
        """When the first poll after `at` is; None after the last."""

    def teams(self, sport: str) -> tuple[str, ...]:
        """The names of all teams that it knows."""

    def scores(self, sport: str, at: Micros, days: int) -> list[Event]:
        """What `/scores` lists: upcoming and live, and what ended in the last `days` days."""
