"""What a sequence of polls amounts to so far: the quotes that stand and the events that are listed. Pure.

The same rule of forgetting as the engine's: an event that no poll listed for a day is over or called off. Should it
come back, it begins anew, and the first poll that lists it again tells all its quotes as new.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from markets.bodies import Key, apply
from markets.quotes import Listed, Micros, Poll, Quote
from markets.state import FORGET_AFTER


class Listing(NamedTuple):
    """From a poll on, an event is listed with this start; or it no longer is."""

    event: str
    at: Micros
    commences: Micros | None  # None: not listed


class Track:
    """One sport's. It begins with nothing known."""

    def __init__(self) -> None:
        self.at: Micros | None = None  # of the last poll
        self.standing: dict[Key, Quote] = {}
        self.listed: dict[str, Micros] = {}  # the starts, as the last poll listed them
        self.seen: dict[str, Micros] = {}  # when an event was last listed, for those that are not forgotten

    def take(self, poll: Poll) -> list[Listing]:
        """The next poll. Gives what is new in its list, by event. Raises `ValueError` unless it is a later one."""
        if self.at is not None and poll.at <= self.at:
            raise ValueError("Polls come in the order of their times, each once.")
        self.at = poll.at
        news = relisted(self.listed, poll.listed, poll.at)
        self.listed = {each.event: each.commences for each in poll.listed}
        self.seen.update(dict.fromkeys(self.listed, poll.at))
        apply(self.standing, poll.changes)
        self._forget(poll.at)
        return news

    def _forget(self, at: Micros) -> None:
        gone = {event for event, seen in self.seen.items() if at - seen > FORGET_AFTER}
        if gone:
            self.standing = {key: quote for key, quote in self.standing.items() if key[0] not in gone}
            for event in gone:
                del self.seen[event]


def relisted(before: Mapping[str, Micros], listed: Iterable[Listed], at: Micros) -> list[Listing]:
    """How a list differs from the one before it, by event."""
    now = {each.event: each.commences for each in listed}
    news = [Listing(event, at, start) for event, start in now.items() if before.get(event) != start]
    news += [Listing(event, at, None) for event in before if event not in now]
    return sorted(news)
