"""Reads of the markets: what stands now and at a moment, and stored polls as the engine takes them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet

from markets.bodies import Key, apply, in_order
from markets.fingerprint import Fingerprint
from markets.models import Book, Event, Listing, Poll, QuoteChange, Standing
from markets.odds import read_american
from markets.quotes import Change, Listed, Market, Micros, Quote, Side, to_micros
from markets.quotes import Poll as Polled
from markets.state import FORGET_AFTER

ROWS_AT_ONCE: Final = 10_000
_QUOTED: Final = ("book_id", "market", "side", "point", "price", "american", "updated_at", "stale")
_FIELDS: Final = ("at", "event_id", *_QUOTED)


@dataclass(frozen=True, slots=True)
class StandingQuote:
    """What a book offers on one side of a market."""

    book: str
    title: str
    market: str
    side: str
    point: Decimal | None
    price: Decimal  # decimal odds
    american: int | None
    updated_at: datetime | None  # when the provider had last confirmed it, at the time of the change
    changed_at: datetime
    in_play: bool
    stale: bool


def standing(event_id: int) -> list[StandingQuote]:
    """What stands of an event now, by market, book and side; without what was taken down."""
    found = Standing.objects.filter(event_id=event_id, price__isnull=False)
    return _offered(found.values(*_QUOTED, "changed_at", "in_play"), "changed_at")


def standing_at(event_id: int, at: datetime) -> list[StandingQuote]:
    """What stood of an event at a moment: the last change of each quote at or before it, read from their index."""
    found = _last_changes(QuoteChange.objects.filter(event_id=event_id, at__lte=at))
    return _offered((change for change in found if change["price"] is not None), "at")


class Neighbour(NamedTuple):
    """A stored poll: its moment and row. Of the newest, the row is the last that was stored, wherever it belongs."""

    at: datetime
    last_id: int


def newest(sport: str, *, simulated: bool) -> Neighbour | None:
    """When the sport was last polled, and the last row that was stored of its polls."""
    polls = Poll.objects.filter(sport=sport, is_simulated=simulated)
    at = polls.order_by("-at").values_list("at", flat=True).first()
    last_id = polls.order_by("-id").values_list("id", flat=True).first()
    return None if at is None or last_id is None else Neighbour(at, last_id)


def poll_at(sport: str, at: datetime, *, simulated: bool) -> int | None:
    """The row of the sport's poll at a moment."""
    return Poll.objects.filter(sport=sport, is_simulated=simulated, at=at).values_list("id", flat=True).first()


def poll_before(sport: str, at: datetime, *, simulated: bool) -> datetime | None:
    """When the sport was last polled at or before a moment."""
    polls = Poll.objects.filter(sport=sport, is_simulated=simulated, at__lte=at)
    return polls.order_by("-at").values_list("at", flat=True).first()


def poll_after(sport: str, at: datetime, *, simulated: bool) -> Neighbour | None:
    """The sport's next poll after a moment."""
    polls = Poll.objects.filter(sport=sport, is_simulated=simulated, at__gt=at)
    found = polls.order_by("at").values_list("at", "id").first()
    return None if found is None else Neighbour(*found)


def count_polls(sport: str, *, simulated: bool, since: datetime | None = None, until: datetime | None = None) -> int:
    """How many polls there are from `since` to `until`, both included."""
    return int(_between(Poll.objects.filter(sport=sport, is_simulated=simulated), since, until).count())


def poll_sizes(sport: str, *, simulated: bool, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """The polls of a range in their order, each with how many changes it brought."""
    polls = _between(Poll.objects.filter(sport=sport, is_simulated=simulated), since, until)
    return list(polls.order_by("at").values_list("at", "changes"))


def sightings(events: Collection[str], *, simulated: bool) -> dict[str, tuple[datetime, datetime]]:
    """When events were first and last listed, by the provider's id, of those that are stored."""
    found = Event.objects.filter(provider_id__in=events, is_simulated=simulated).order_by("provider_id")
    return {
        key: (first, last) for key, first, last in found.values_list("provider_id", "first_seen_at", "last_seen_at")
    }


def relisted_at(sport: str, at: datetime, *, simulated: bool) -> set[str]:
    """The events of which the poll of a moment says something new in its list."""
    found = Listing.objects.filter(event__sport=sport, event__is_simulated=simulated, at=at)
    return set(found.values_list("event__provider_id", flat=True))


def listed_again(sport: str, event: str, at: datetime, *, simulated: bool) -> Neighbour | None:
    """The next poll after a moment that lists an event which none listed then."""
    found = Listing.objects.filter(
        event__provider_id=event, event__is_simulated=simulated, at__gt=at, commences_at__isnull=False
    )
    again = found.order_by("at").values_list("at", flat=True).first()
    row = None if again is None else poll_at(sport, again, simulated=simulated)
    return None if again is None or row is None else Neighbour(again, row)


def changed_at(sport: str, event: str, at: datetime, *, simulated: bool) -> set[tuple[str, str, str]]:
    """The quotes of an event that the poll of a moment says something of: book, market and side."""
    found = QuoteChange.objects.filter(
        event__sport=sport, event__provider_id=event, event__is_simulated=simulated, at=at
    )
    return set(found.values_list("book__key", "market", "side"))


def polls_of(
    sport: str,
    *,
    simulated: bool,
    since: datetime | None = None,
    until: datetime | None = None,
    events: Collection[str] | None = None,
) -> Iterator[Polled]:
    """The stored polls from `since` to `until`, both included, in their order, read as they are asked for.

    The first brings all that stood then, as the first poll of a recording does. With `events` only these are listed
    and changed; polls that say nothing of them still come, for silence is not absence.
    """
    polls = _between(Poll.objects.filter(sport=sport, is_simulated=simulated), since, until)
    moments = polls.order_by("at").values_list("at", flat=True).iterator(ROWS_AT_ONCE)
    first = next(moments, None)
    if first is None:
        return
    reader = _Reader(sport, simulated, events)
    before = reader.stood(first)
    changes = _ByMoment(reader.changes(first, until))
    lists = _ByMoment(reader.lists(first, until))
    yield reader.poll(first, [*before, *changes.upto(first)], [*reader.was_listed(first), *lists.upto(first)])
    for at in moments:
        yield reader.poll(at, changes.upto(at), lists.upto(at))


def data_hash(
    sport: str, *, simulated: bool, since: datetime | None = None, until: datetime | None = None
) -> Fingerprint:
    """What names the polls of a range: the same in every database that holds the same polls."""
    found = Fingerprint()
    for _ in found.through(polls_of(sport, simulated=simulated, since=since, until=until)):
        pass
    return found


def remembered(sport: str, *, simulated: bool, at: datetime) -> dict[str, datetime]:
    """The events that were listed in the day before a moment: since when each is known, by the provider's id."""
    day = timedelta(microseconds=FORGET_AFTER)
    found = Event.objects.filter(sport=sport, is_simulated=simulated, last_seen_at__gte=at - day)
    return dict(found.values_list("provider_id", "first_seen_at"))


def stood_at(sport: str, at: datetime, *, simulated: bool, events: Collection[str]) -> dict[Key, Quote]:
    """The quotes of some events that stood at a moment, as `bodies.diff` compares with."""
    reader = _Reader(sport, simulated, events)
    stood: dict[Key, Quote] = {}
    apply(stood, reader.stood(at, included=True))
    return stood


def listed_at(sport: str, at: datetime, *, simulated: bool) -> dict[str, Micros]:
    """The starts of the events that the polls listed at a moment, by the provider's id."""
    reader = _Reader(sport, simulated, None)
    return {
        reader.events[row["event_id"]].event: to_micros(row["commences_at"])
        for row in reader.was_listed(at, included=True)
        if row["commences_at"] is not None
    }


class _Reader:
    """Makes polls of rows."""

    def __init__(self, sport: str, simulated: bool, events: Collection[str] | None) -> None:
        chosen = Event.objects.filter(sport=sport, is_simulated=simulated)
        if events is not None:
            chosen = chosen.filter(provider_id__in=events)
        self.sport = sport
        self.chosen = chosen
        self.events = {
            number: Listed(key, home, away, 0)
            for number, key, home, away in chosen.values_list("id", "provider_id", "home", "away")
        }
        self.books = dict(Book.objects.values_list("id", "key"))
        self._list: dict[int, Listed] = {}
        self._listed: tuple[Listed, ...] = ()

    def poll(self, at: datetime, changes: list[Any], lists: list[Any]) -> Polled:
        """The poll of a moment; the list is as the poll before had it, but for what is new."""
        for row in lists:
            known = self.events[row["event_id"]]
            if row["commences_at"] is None:
                self._list.pop(row["event_id"], None)
            else:
                self._list[row["event_id"]] = known._replace(commences=to_micros(row["commences_at"]))
        if lists:
            self._listed = tuple(sorted(self._list.values()))
        last = {change[:4]: change for change in map(self._change, changes)}
        return Polled(self.sport, to_micros(at), self._listed, tuple(sorted(last.values(), key=in_order)))

    def stood(self, at: datetime, *, included: bool = False) -> list[Any]:
        """What stood before a moment, or with `included` at it, of events that are not forgotten by then."""
        before = {"at__lte": at} if included else {"at__lt": at}
        found = _last_changes(QuoteChange.objects.filter(event__in=self._alive(at), **before))
        return [self._change(row) for row in found if row["price"] is not None]

    def was_listed(self, at: datetime, *, included: bool = False) -> list[dict[str, Any]]:
        """The list before a moment, or with `included` at it."""
        before = {"at__lte": at} if included else {"at__lt": at}
        found = Listing.objects.filter(event__in=self._alive(at), **before)
        latest = found.order_by("-event_id", "-at").distinct("event_id")
        return [dict(row) for row in latest.values("at", "event_id", "commences_at")]

    def changes(self, since: datetime, until: datetime | None) -> Iterator[dict[str, Any]]:
        """Changes in the order of their moments."""
        # By a list of numbers and no join, so that the plan is good before PostgreSQL knows anything of the rows.
        found = QuoteChange.objects.filter(event_id__in=list(self.events))
        return _between(found, since, until).order_by("at").values(*_FIELDS).iterator(ROWS_AT_ONCE)

    def lists(self, since: datetime, until: datetime | None) -> Iterator[dict[str, Any]]:
        """What was new in the lists, in the order of its moments."""
        found = Listing.objects.filter(event_id__in=list(self.events))
        return (
            _between(found, since, until).order_by("at").values("at", "event_id", "commences_at").iterator(ROWS_AT_ONCE)
        )

    def _alive(self, at: datetime) -> QuerySet[Event]:
        return self.chosen.filter(first_seen_at__lte=at, last_seen_at__gte=at - timedelta(microseconds=FORGET_AFTER))

    def _change(self, row: Any) -> Change:
        if isinstance(row, Change):
            return row
        quote = None
        if row["price"] is not None:
            american = row["american"]
            quote = Quote(
                None if row["point"] is None else float(row["point"]),
                float(row["price"]) if american is None else _price(american),
                american,
                None if row["updated_at"] is None else to_micros(row["updated_at"]),
                row["stale"],
            )
        return Change(
            self.events[row["event_id"]].event,
            self.books[row["book_id"]],
            _MARKETS[row["market"]],
            _SIDES[row["side"]],
            quote,
        )


_MARKETS: Final = {market.value: market for market in Market}
_SIDES: Final = {side.value: side for side in Side}


@lru_cache(maxsize=4096)
def _price(american: int) -> float:
    """Exactly the price that was read: the column has it to six places."""
    return float(read_american(american))


class _ByMoment:
    """Rows in the order of their moments, taken moment by moment."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self._groups = groupby(rows, key=itemgetter("at"))
        self._next = self._take()

    def upto(self, at: datetime) -> list[Any]:
        """The rows at or before a moment that were not taken yet."""
        taken: list[Any] = []
        while self._next is not None and self._next[0] <= at:
            taken += self._next[1]
            self._next = self._take()
        return taken

    def _take(self) -> tuple[datetime, list[dict[str, Any]]] | None:
        group = next(self._groups, None)
        return None if group is None else (group[0], list(group[1]))


def _between(rows: Any, since: datetime | None, until: datetime | None) -> Any:
    if since is not None:
        rows = rows.filter(at__gte=since)
    return rows if until is None else rows.filter(at__lte=until)


def _last_changes(changes: QuerySet[QuoteChange]) -> Any:
    """The last of each quote: the order is the index's, backwards."""
    quote = ("event_id", "market", "book_id", "side")
    ordered = changes.order_by(*(f"-{name}" for name in quote), "-at").distinct(*quote)
    return ordered.values(*_FIELDS, "in_play")


def _offered(rows: Iterable[Any], changed: str) -> list[StandingQuote]:
    """By market, book and side. Books are few, and joining them in SQL would keep PostgreSQL from the index's order."""
    books = {number: (key, title) for number, key, title in Book.objects.values_list("id", "key", "title")}
    found = [
        StandingQuote(
            *books[row["book_id"]],
            row["market"],
            row["side"],
            row["point"],
            row["price"],
            row["american"],
            row["updated_at"],
            row[changed],
            row["in_play"],
            row["stale"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda quote: (quote.market, quote.book, quote.side))
