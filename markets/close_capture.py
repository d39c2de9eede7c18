"""Closes and grades into the database, for every event that has started.

Each is made of the stored polls alone, so it does not matter when this is called, how often, or whether an earlier call
died: what is there stays, what is missing is added, and a close whose start has moved since is made again with the
grades that hang on it. A sport is one transaction, in which nobody adds polls to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from markets import queries, storage
from markets.closing import Closing, Held, Window, closing_of, window_of
from markets.configured import signal_settings
from markets.grading import Claim, grade
from markets.models import Close, Event, Grade, Listing, Poll, QuoteChange, Signal
from markets.odds import read_american
from markets.quotes import Market, Micros, Quote, Side, from_micros, to_micros
from markets.report_queries import quoted_before_start
from markets.signals import rounded
from markets.sports import for_sport
from markets.tally import Closed
from markets.track import Listing as Listed

LOOKBACK: Final = timedelta(days=7)


@dataclass(slots=True)
class Counts:
    """What a call did."""

    events: int = 0
    reopened: int = 0  # whose start had moved: their closes and grades were dropped
    closes: int = 0
    unpriced: int = 0  # of the closes: without a fair price
    graded: int = 0
    ungraded: dict[str, int] = field(default_factory=dict)  # by reason
    more: bool = False  # there is more to do
    ages: dict[str, int] = field(default_factory=lambda: dict.fromkeys("ABCDF", 0))  # of closes with a price


def capture_and_grade(
    at: datetime,
    *,
    simulated: bool | None = None,
    sports: Iterable[str] | None = None,
    lookback: timedelta | None = LOOKBACK,
    again: bool = False,
    most: int | None = None,
) -> Counts:
    """Capture the closes of events that have started by `at`, and grade their signals.

    `simulated` and `sports` narrow it down. `lookback` leaves events alone that started longer ago; None takes all.
    `again` makes what is there once more, as after polls were added from a history. `most` is how many events are
    taken; `Counts.more` says whether it left any.
    """
    counts = Counts()
    due = _due(at, again=again)
    if lookback is not None:
        due = due.filter(commences_at__gte=at - lookback)
    if simulated is not None:
        due = due.filter(is_simulated=simulated)
    if sports is not None:
        due = due.filter(sport__in=list(sports))
    groups = due.order_by("sport", "is_simulated").values_list("sport", "is_simulated").distinct()
    for sport, is_simulated in list(groups):
        with storage.exclusively(sport, simulated=is_simulated):
            # Asked again: whoever held the lock may have done some of it.
            for event in due.filter(sport=sport, is_simulated=is_simulated).order_by("commences_at", "id"):
                if counts.events == most:
                    counts.more = True
                    return counts
                _Capture(event, at, counts).run(again=again)
    return counts


def after_cycle(*, at: datetime, is_simulated: bool, events: int) -> Closed:
    """What the poller does after each round: at most so many events."""
    counts = capture_and_grade(at, simulated=is_simulated, most=events)
    return Closed(counts.closes, counts.graded + sum(counts.ungraded.values()), counts.more)


def _due(at: datetime, *, again: bool) -> Any:
    """Events that have started and lack a close or a grade, and those whose start moved after their close was made."""
    closes = Close.objects.filter(event=OuterRef("pk"))
    signals = Signal.objects.filter(event=OuterRef("pk"))
    moved = Q(Exists(closes.exclude(commenced_at=OuterRef("commences_at"))))
    lacks_close = Q(~Exists(closes)) & Q(quoted_before_start())
    lacks_grade = Q(Exists(signals.filter(grade__isnull=True)))
    started = Q(commences_at__lte=at)
    return Event.objects.filter(moved | started if again else moved | (started & (lacks_close | lacks_grade)))


class _Capture:
    """One event's."""

    def __init__(self, event: Event, at: datetime, counts: Counts) -> None:
        self.event = event
        self.at = at
        self.counts = counts
        self.model = for_sport(event.sport)

    def run(self, *, again: bool) -> None:
        """What is to be done; an event that nothing could be done for is not counted, and takes nobody's turn."""
        done = self._reopen(again=again)
        if self.event.commences_at <= self.at:
            closings = self._closings()
            kept, new = self._keep(closings)
            graded = self._grade(closings, kept)
            done = done or new + graded > 0
        self.counts.events += done

    def _reopen(self, *, again: bool) -> bool:
        """Drop closes of another start, and all grades of the event: some hang on there having been no close."""
        closes = Close.objects.filter(event=self.event)
        moved = closes.exclude(commenced_at=self.event.commences_at).exists()
        if moved or again:
            Grade.objects.filter(signal__event=self.event).delete()
            closes.delete()
        self.counts.reopened += moved
        return moved

    def _closings(self) -> dict[Market, Closing]:
        """The closes of the event's markets, from the stored polls."""
        window = self._window()
        if window is None:
            return {}
        since, until = from_micros(window.since), from_micros(window.at)
        changes = QuoteChange.objects.filter(event=self.event, at__gte=since, at__lte=until)
        books: dict[Market, dict[str, dict[Side, Held]]] = {
            Market(market): {} for market in changes.values_list("market", flat=True).distinct()
        }
        for stood in queries.standing_at(self.event.pk, until):
            if stood.changed_at >= since and not stood.stale:
                sides = books[Market(stood.market)].setdefault(stood.book, {})
                sides[Side(stood.side)] = Held(_quote(stood), to_micros(stood.changed_at))
        method = signal_settings(self.event.sport).method
        return {
            market: closing_of(
                self.event.provider_id,
                market,
                books[market],
                window,
                self.model,
                method=method,
            )
            for market in sorted(books)
        }

    def _window(self) -> Window | None:
        rows = Listing.objects.filter(event=self.event).order_by("at").values_list("at", "commences_at")
        listings = [
            Listed(self.event.provider_id, to_micros(at), None if start is None else to_micros(start))
            for at, start in rows
        ]
        return window_of(listings, self._poll_before, to_micros(self.event.commences_at))

    def _poll_before(self, at: Micros) -> Micros | None:
        polls = Poll.objects.filter(
            sport=self.event.sport, is_simulated=self.event.is_simulated, at__lt=from_micros(at)
        )
        found = polls.order_by("-at").values_list("at", flat=True).first()
        return None if found is None else to_micros(found)

    def _keep(self, closings: Mapping[Market, Closing]) -> tuple[dict[Market, int], int]:
        """Store the closes that are not there yet. Gives the ids of all, and how many were new."""
        known = {
            Market(market): pk for market, pk in Close.objects.filter(event=self.event).values_list("market", "pk")
        }
        new = [closing for market, closing in closings.items() if market not in known]
        for close in Close.objects.bulk_create([_row(self.event, closing, self.at) for closing in new]):
            known[Market(close.market)] = close.pk
        self.counts.closes += len(new)
        for closing in new:
            if closing.held is None:
                self.counts.unpriced += 1
            else:
                self.counts.ages[closing.grade] += 1
        return known, len(new)

    def _grade(self, closings: Mapping[Market, Closing], kept: Mapping[Market, int]) -> int:
        """Grade the event's signals that have no grade. Gives how many there were."""
        rows = []
        signals = Signal.objects.filter(event=self.event, grade__isnull=True).order_by("at", "pk")
        for pk, body, raised_at in signals.values_list("pk", "body", "at"):
            claim = Claim.of(body, to_micros(raised_at))
            found = grade(claim, closings.get(claim.market), self.model)
            values = asdict(found) | {"ungraded": found.ungraded.value if found.ungraded else ""}
            rows.append(Grade(signal_id=pk, close_id=kept.get(claim.market), graded_at=self.at, **values))
            if found.ungraded is None:
                self.counts.graded += 1
            else:
                self.counts.ungraded[found.ungraded.value] = self.counts.ungraded.get(found.ungraded.value, 0) + 1
        return len(Grade.objects.bulk_create(rows))


def _quote(stood: queries.StandingQuote) -> Quote:
    # The column has the price to six places; what was read is exact.
    price = float(stood.price) if stood.american is None else float(read_american(stood.american))
    return Quote(
        None if stood.point is None else float(stood.point),
        price,
        stood.american,
        None if stood.updated_at is None else to_micros(stood.updated_at),
    )


def _row(event: Event, closing: Closing, at: datetime) -> Close:
    held = closing.held
    return Close(
        event=event,
        market=closing.market.value,
        at=from_micros(closing.at),
        commenced_at=from_micros(closing.commences),
        line=None if held is None or held.line is None else Decimal(str(held.line)),
        fair=None if held is None else [rounded(p) for p in held.fair],
        books=len({quote.book for quote in closing.quotes}) if held is None else held.books,
        families=0 if held is None else held.families,
        effective=None if held is None else rounded(held.effective),
        dispersion=None if held is None else rounded(held.dispersion),
        age_seconds=closing.age_seconds,
        grade=closing.grade,
        quotes=[quote.to_dict() for quote in closing.quotes],
        captured_at=at,
    )
