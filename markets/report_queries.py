"""What reports and commands read of the stored markets: signals with grades, coverage, closes, the latest rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from markets.grading import Graded, Ungraded
from markets.models import Close, ConsensusPoint, Cycle, Event, Grade, Poll, QuoteChange, Signal
from markets.quotes import Market, Micros, to_micros
from markets.scorecards import Row
from markets.signals import Kind, Timing

AGE_GRADES: Final = ("A", "B", "C", "D", "F", "none")
_CLOSED: Final = ("event_id", "at", "grade")
_GRADE_FIELDS: Final = (
    "win",
    "push",
    "clv",
    "points",
    "probability",
    "against_consensus",
    "moved_on",
    "confirmed",
    "ungraded",
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which events a report is about: a sport (None: all), real or simulated, and starts from and before moments."""

    simulated: bool
    sport: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def events(self) -> QuerySet[Event]:
        """The events themselves."""
        found = Event.objects.filter(is_simulated=self.simulated)
        if self.sport is not None:
            found = found.filter(sport=self.sport)
        if self.since is not None:
            found = found.filter(commences_at__gte=self.since)
        return found if self.until is None else found.filter(commences_at__lt=self.until)


def rows(chosen: Chosen) -> list[Row]:
    """The signals of these events with their grades, in the order of their times."""
    signals = Signal.objects.filter(event__in=chosen.events()).order_by("at", "pk")
    fields = ("event__provider_id", "kind", "market", "body__timing")
    found = signals.annotate(is_graded=Q(grade__graded_at__isnull=False)).values_list(
        *fields, "is_graded", "grade__close__grade", *(f"grade__{name}" for name in _GRADE_FIELDS)
    )
    return [
        Row(game, Kind(kind), Market(market), Timing(timing), _graded(grade) if is_graded else None, age)
        for game, kind, market, timing, is_graded, age, *grade in found.iterator(5000)
    ]


def _graded(values: list[Any]) -> Graded:
    fields = dict(zip(_GRADE_FIELDS, values, strict=True))
    return Graded(**fields | {"ungraded": Ungraded(fields["ungraded"]) if fields["ungraded"] else None})


def games(chosen: Chosen) -> list[str]:
    """The events that had a consensus in some market."""
    points = ConsensusPoint.objects.filter(event=OuterRef("pk"))
    found = chosen.events().filter(Exists(points))
    return list(found.order_by("provider_id").values_list("provider_id", flat=True))


def final_starts(sport: str, *, simulated: bool) -> dict[str, Micros]:
    """When each event of a sport began, or is to, as its last poll or its recording has it."""
    found = Event.objects.filter(sport=sport, is_simulated=simulated).values_list("provider_id", "commences_at")
    return {event: to_micros(start) for event, start in found}


def first_poll(sport: str, *, simulated: bool, since: datetime | None, until: datetime | None) -> datetime | None:
    """The first poll of a sport from one moment to another."""
    polls = Poll.objects.filter(sport=sport, is_simulated=simulated)
    if since is not None:
        polls = polls.filter(at__gte=since)
    if until is not None:
        polls = polls.filter(at__lte=until)
    return polls.order_by("at").values_list("at", flat=True).first()


def polled_sports(*, simulated: bool) -> list[str]:
    """The sports that have polls."""
    found = Poll.objects.filter(is_simulated=simulated).values_list("sport", flat=True)
    return list(found.distinct().order_by("sport"))


@dataclass(frozen=True, slots=True)
class Coverage:
    """One event: what is stored of it, and its closes."""

    event: str
    sport: str
    home: str
    away: str
    commences_at: datetime
    first_seen_at: datetime
    changes: int
    books: int
    last_poll_at: datetime | None  # before its start; None where none was, or no market closed yet
    grade: str  # of that; "none" where there is no close


def coverage(chosen: Chosen, latest: int) -> list[Coverage]:
    """The events that start last, the latest first."""
    events = chosen.events().order_by("-commences_at", "provider_id")[:latest]
    found = list(events)
    keys = [event.pk for event in found]
    changes = QuoteChange.objects.filter(event__in=keys).values_list("event_id").order_by("event_id")
    counted = {
        pk: (count, books)
        for pk, count, books in changes.annotate(changes=Count("pk"), books=Count("book_id", distinct=True))
    }
    # All markets of an event close at one poll.
    closes = {pk: (at, grade) for pk, at, grade in Close.objects.filter(event__in=keys).values_list(*_CLOSED)}
    return [
        Coverage(
            event.provider_id,
            event.sport,
            event.home,
            event.away,
            event.commences_at,
            event.first_seen_at,
            *counted.get(event.pk, (0, 0)),
            *closes.get(event.pk, (None, "none")),
        )
        for event in found
    ]


def changes_by(chosen: Chosen, field: str) -> dict[str, int]:
    """How many changes each book (`book__key`) or market (`market`) has, the most first."""
    changes = QuoteChange.objects.filter(event__in=chosen.events())
    found = changes.values(field).annotate(changes=Count("pk")).order_by("-changes", field)
    return {row[field]: row["changes"] for row in found}


def close_grades(chosen: Chosen, at: datetime) -> dict[str, int]:
    """How many started events have each age grade, and how many no close with a fair price."""
    started = chosen.events().filter(commences_at__lte=at)
    priced = Close.objects.filter(event__in=started, fair__isnull=False)
    found = priced.values("grade").annotate(events=Count("event_id", distinct=True)).order_by("grade")
    counts = {row["grade"]: row["events"] for row in found}
    with_one = priced.values("event_id").distinct().count()
    return {grade: counts.get(grade, 0) for grade in AGE_GRADES[:-1]} | {"none": started.count() - with_one}


def quoted_before_start() -> Exists:
    """Of an event: whether a quote changed before its start, so that it can have a close."""
    return Exists(QuoteChange.objects.filter(event=OuterRef("pk"), at__lt=OuterRef("commences_at")))


@dataclass(frozen=True, slots=True)
class CloseState:
    """How far closes and grades are."""

    started: int
    closed: int  # with a close in some market
    priced: int  # … that has a fair price
    never_quoted: int  # before the start: they can have none
    waiting: int  # quoted before the start, without a close
    moved: int  # whose start moved after the close was made
    ungraded_signals: int  # of started events, not looked at yet
    grades: int
    reasons: Mapping[str, int]  # of signals that cannot be graded


def close_state(chosen: Chosen, at: datetime) -> CloseState:
    """What is there and what is missing at a moment."""
    started = chosen.events().filter(commences_at__lte=at)
    closes = Close.objects.filter(event=OuterRef("pk"))
    grades = Grade.objects.filter(signal__event__in=started)
    reasons = grades.exclude(ungraded="").values("ungraded").annotate(signals=Count("pk")).order_by("ungraded")
    return CloseState(
        started=started.count(),
        closed=started.filter(Exists(closes)).count(),
        priced=started.filter(Exists(closes.filter(fair__isnull=False))).count(),
        never_quoted=started.filter(~Exists(closes), ~quoted_before_start()).count(),
        waiting=started.filter(~Exists(closes), quoted_before_start()).count(),
        moved=chosen.events().filter(Exists(closes.exclude(commenced_at=OuterRef("commences_at")))).count(),
        ungraded_signals=Signal.objects.filter(event__in=started, grade__isnull=True).count(),
        grades=grades.filter(ungraded="").count(),
        reasons={row["ungraded"]: row["signals"] for row in reasons},
    )


def last_cycle(*, simulated: bool) -> Cycle | None:
    """The poller's last round."""
    return Cycle.objects.filter(is_simulated=simulated).order_by("-begun_at", "-pk").first()


def totals(chosen: Chosen) -> dict[str, int]:
    """How many rows of each kind there are."""
    events = chosen.events()
    return {
        "events": events.count(),
        "changes": QuoteChange.objects.filter(event__in=events).count(),
        "consensus points": ConsensusPoint.objects.filter(event__in=events).count(),
        "signals": Signal.objects.filter(event__in=events).count(),
        "closes": Close.objects.filter(event__in=events).count(),
        "grades": Grade.objects.filter(signal__event__in=events).count(),
    }


def latest_changes(chosen: Chosen, count: int) -> list[QuoteChange]:
    """The last changes, the newest first."""
    found = QuoteChange.objects.filter(event__in=chosen.events()).select_related("event", "book")
    return list(found.order_by("-at", "-pk")[:count])


def latest_signals(chosen: Chosen, count: int) -> list[Signal]:
    """The last signals, the newest first."""
    found = Signal.objects.filter(event__in=chosen.events()).select_related("event")
    return list(found.order_by("-at", "-pk")[:count])


def recent_signals(events: Iterable[int], kinds: Iterable[str], *, since: datetime, least: int) -> list[Signal]:
    """Signals of some events raised since a moment with at least a strength, the strongest first."""
    found = Signal.objects.filter(event__in=list(events), kind__in=list(kinds), at__gte=since, strength__gte=least)
    return list(found.select_related("event").order_by("-strength", "-at", "pk"))
