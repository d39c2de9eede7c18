"""The one way from a provider's body to stored signals: live polling, replays and the simulator all take it.

A poll is one transaction: its row, what changed, what stands, what the books together said and what the engine made of
it. Nothing of a poll is ever stored without the rest, and the same poll twice changes nothing.

A pipeline knows what stands because it saw the polls before. When it begins, or somebody else stored a poll of its
sport meanwhile, it takes the stored polls of every event that is not forgotten once more; so it goes on exactly where
another left off, whatever happened to that one, and its signals are the same bytes.

A poll older than the newest stored one comes from a history. It is put in its place: what its neighbour said stays
true from the neighbour's moment on, which takes changes of its own there. What stands is not set back, and it raises
no signals; those of its time come from running the engine over the whole stored range.
"""

import gc
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from markets import queries, storage
from markets.bodies import Body, Skipped, diff, parse
from markets.detector_settings import Settings
from markets.engine import Engine, Seen
from markets.odds import Format
from markets.queries import Neighbour
from markets.quotes import Change, Micros, Poll, from_micros, to_micros
from markets.signals import Signal
from markets.state import FORGET_AFTER
from markets.storage import Origin, Recorded
from markets.track import Listing, Track, relisted
from markets.weights import EQUAL, Weights

_NONE_SKIPPED = Skipped({}, ())


class Ingested(NamedTuple):
    """What became of a body."""

    poll_id: int
    at: datetime
    duplicate: bool = False  # the sport was polled at this very moment before: nothing was stored
    late: bool = False  # older than the newest poll: stored without signals
    events: int = 0
    quotes: int = 0
    changes: int = 0
    points: int = 0
    signals: tuple[Signal, ...] = ()
    skipped: Skipped = _NONE_SKIPPED


class Pipeline:
    """One sport's, of real odds or of simulated ones. For one thread; several processes may have one each."""

    def __init__(
        self,
        sport: str,
        *,
        simulated: bool,
        settings: Settings | None = None,
        weights: Weights = EQUAL,
        style: Format | None = None,
    ) -> None:
        self.sport = sport
        self.simulated = simulated
        self._settings = settings
        self._weights = weights
        self._style = style
        self._last_id: int | None = None  # of the last poll, while it was our own
        self._forget()

    def ingest(self, body: bytes, *, at: datetime, source: str, credits: int | None = None) -> Ingested:  # noqa: A002
        """Store a body that was fetched at a moment, with everything that follows from it.

        A historical answer is stored at its own timestamp. `source` is one of `models.Source`, `credits` what the
        provider charged. Raises `BadBody`; whatever it raises, nothing was stored.
        """
        try:
            with _no_collections():
                read = parse(body, sport=self.sport, style=self._style)
                moment = to_micros(at) if read.taken is None else read.taken
                sha256 = hashlib.sha256(body).digest()
                with storage.exclusively(self.sport, simulated=self.simulated):
                    return self._ingest(read, moment, Origin(source, self.simulated), sha256, credits)
        except BaseException:
            # What is remembered may be of a transaction that never was: the stored polls know.
            self._forget()
            raise

    def _ingest(self, body: Body, at: Micros, origin: Origin, sha256: bytes, charged: int | None) -> Ingested:
        there = queries.poll_at(self.sport, from_micros(at), simulated=self.simulated)
        if there is not None:
            return Ingested(there, from_micros(at), duplicate=True, skipped=body.skipped)
        newest = queries.newest(self.sport, simulated=self.simulated)
        late = newest is not None and at < to_micros(newest.at)
        if late:
            poll_id, poll = self._store_late(body, at, origin, sha256, charged)
            seen = Seen([], [])
        else:
            self._be_current(newest)
            poll = diff(self._track.standing, body, at)
            news = self._track.take(poll)
            seen = self._engine.poll(poll)
            recorded = Recorded(poll, news, len(body.quotes), seen, sha256, charged)
            (poll_id,) = storage.write([recorded], origin, titles=body.titles)
            self._last_id = poll_id
        return Ingested(
            poll_id,
            from_micros(at),
            late=late,
            events=len(poll.listed),
            quotes=len(body.quotes),
            changes=len(poll.changes),
            points=len(seen.points),
            signals=tuple(seen.signals),
            skipped=body.skipped,
        )

    def _forget(self) -> None:
        self._track = Track()
        self._engine = Engine(self.sport, self._settings, weights=self._weights)
        self._last_id = None

    def _be_current(self, newest: Neighbour | None) -> None:
        """Take the stored polls once more unless the last one was our own."""
        if newest is None:
            self._forget()
        elif newest.last_id != self._last_id:
            self._forget()
            self._warm_up(newest.at)
            self._last_id = newest.last_id

    def _warm_up(self, newest: datetime) -> None:
        """Everything that is remembered follows from the polls since the first that listed an event still known.

        One day more, for the engine looks at when polls were.
        """
        known = queries.remembered(self.sport, simulated=self.simulated, at=newest)
        since = min(known.values(), default=newest) - timedelta(microseconds=FORGET_AFTER)
        for poll in queries.polls_of(
            self.sport,
            simulated=self.simulated,
            since=queries.poll_before(self.sport, since, simulated=self.simulated),
            events=list(known),
        ):
            self._track.take(poll)
            self._engine.poll(poll)

    def _store_late(
        self, body: Body, at: Micros, origin: Origin, sha256: bytes, charged: int | None
    ) -> tuple[int, Poll]:
        """Put a poll between others, and let what the later ones said stay true from their moments on."""
        moment = from_micros(at)
        listed = {each.event: each.commences for each in body.listed}
        before = queries.stood_at(self.sport, moment, simulated=self.simulated, events=list(listed))
        poll = diff(before, body, at)
        was_listed = queries.listed_at(self.sport, moment, simulated=self.simulated)
        news = relisted(was_listed, body.listed, at)
        amended = self._amendments(poll, news)
        (poll_id,) = storage.write([Recorded(poll, news, len(body.quotes), sha256=sha256, credits=charged)], origin)
        for when, (neighbour_id, changes, lists) in amended.items():
            starts = queries.listed_at(self.sport, from_micros(when), simulated=self.simulated)
            storage.amend(neighbour_id, Poll(self.sport, when, (), tuple(changes)), lists, origin, starts=starts)
        self._last_id = None
        return poll_id, poll

    def _amendments(self, poll: Poll, news: list[Listing]) -> Mapping[Micros, tuple[int, list[Change], list[Listing]]]:
        """What later polls must say that they need not before, by their moments."""
        amended: dict[Micros, tuple[int, list[Change], list[Listing]]] = {}
        moment = from_micros(poll.at)
        after = queries.poll_after(self.sport, moment, simulated=self.simulated)
        assert after is not None, "a late poll has a later one"
        listed = queries.listed_at(self.sport, after.at, simulated=self.simulated)
        told = queries.relisted_at(self.sport, after.at, simulated=self.simulated)
        lists = [
            Listing(each.event, to_micros(after.at), listed.get(each.event))
            for each in news
            if each.event not in told and listed.get(each.event) != each.commences
        ]
        if lists:
            amended[to_micros(after.at)] = (after.last_id, [], lists)
        by_event: dict[str, list[Change]] = defaultdict(list)
        for change in poll.changes:
            by_event[change.event].append(change)
        for event, changes in sorted(by_event.items()):
            again = (
                after
                if event in listed
                else queries.listed_again(self.sport, event, after.at, simulated=self.simulated)
            )
            if again is None:
                continue  # no later poll listed the event: nothing contradicts this one
            restored = self._restored(event, changes, again.at)
            if restored:
                amended.setdefault(to_micros(again.at), (again.last_id, [], []))[1].extend(restored)
        return amended

    def _restored(self, event: str, changes: list[Change], at: datetime) -> list[Change]:
        """What stood at a later poll of what a poll before it changes, where that poll does not say so itself."""
        stood = queries.stood_at(self.sport, at, simulated=self.simulated, events=[event])
        told = queries.changed_at(self.sport, event, at, simulated=self.simulated)
        return [
            change._replace(quote=stood.get(change[:4]))
            for change in changes
            if change[1:4] not in told and stood.get(change[:4]) != change.quote
        ]


@contextmanager
def _no_collections() -> Iterator[None]:
    """Look for cycles after a poll, not in it: a body is tens of thousands of objects without any, and one look at
    everything takes longer than storing it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
