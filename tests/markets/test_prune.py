"""Retention deletes what is old and judged, in batches, and never what stands or is waited for."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from markets import queries, retention
from markets.models import ConsensusPoint, Cycle, Event, Grade, Listing, Poll, ProviderCall, QuoteChange, Signal
from markets.pipeline import Pipeline
from markets.retention import Keep, prune
from tests.markets.test_pipeline import BOOKS, quoted, slate

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 8, 5, 17, tzinfo=UTC)
LATER = NOON + timedelta(days=100)
ALL = Keep(changes=30, points=14, signals=30, cycles=30, calls=30)


@pytest.fixture
def game() -> Event:
    """Three polls of a game of August, two lines and a book that leaves; without what the engine told of it."""
    pipeline = Pipeline("basketball_wnba", simulated=False)
    for minutes, event in ((0, quoted()), (5, quoted(point=-4.5)), (10, quoted(point=-4.5, books=BOOKS[1:]))):
        pipeline.ingest(slate(event), at=NOON + timedelta(minutes=minutes), source="live")
    Signal.objects.all().delete()
    return Event.objects.get()


def signal(game: Event, *, graded: bool) -> Signal:
    made = Signal.objects.create(
        event=game, market="spreads", side="H", kind="MOVE", at=NOON, strength=50, body={"made": "by a test"}
    )
    if graded:
        Grade.objects.create(signal=made, ungraded="no close", graded_at=NOON)
    return made


def counts() -> tuple[int, ...]:
    return tuple(table.objects.count() for table in (QuoteChange, Listing, Poll, ConsensusPoint, Signal))


def test_by_default_quotes_are_kept_for_ever(game: Event) -> None:
    before = counts()
    assert prune(retention.configured(), at=LATER).changes == 0
    assert counts()[:3] == before[:3]
    assert ConsensusPoint.objects.count() == 0


def test_what_stands_keeps_its_own_change(game: Event) -> None:
    signal(game, graded=True)
    stands = queries.standing(game.pk)
    done = prune(ALL, at=LATER)
    assert (done.changes, done.polls, done.points, done.signals) == (14, 1, 3, 1)
    assert queries.standing(game.pk) == queries.standing_at(game.pk, LATER) == stands
    assert len(stands) == 10
    assert (QuoteChange.objects.count(), Poll.objects.count(), Grade.objects.count()) == (12, 2, 0)
    assert prune(ALL, at=LATER) == (0,) * 7


def test_what_a_signal_without_a_grade_needs_stays(game: Event) -> None:
    signal(game, graded=False)
    before = counts()
    assert prune(ALL, at=LATER) == (0,) * 7
    assert counts() == before


@pytest.mark.parametrize(
    "still",
    [{"commences_at": LATER}, {"last_seen_at": LATER - timedelta(days=1)}],
    ids=["not played", "listed lately"],
)
def test_what_is_not_over_stays(game: Event, still: dict[str, Any]) -> None:
    Event.objects.update(**still)
    done = prune(ALL, at=LATER)
    assert (done.changes, done.listings, done.polls) == (0, 0, 0)


def test_what_is_young_stays(game: Event) -> None:
    before = counts()
    prune(ALL, at=NOON + timedelta(days=14))
    assert counts() == before


def test_batches_add_up(game: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 5)
    told: list[tuple[str, int]] = []
    assert prune(ALL, at=LATER, told=lambda *heard: told.append(heard)).changes == 14
    assert [rows for what, rows in told if what == "changes"] == [5, 10, 14]


def test_cycles_and_calls_go_by_their_own_days() -> None:
    for age in (10, 50):
        begun = LATER - timedelta(days=age)
        numbers = dict.fromkeys(
            ("milliseconds", "polls", "events", "changes", "points", "signals", "closes", "grades", "credits"), 0
        )
        Cycle.objects.create(begun_at=begun, is_simulated=False, next_seconds=1, degraded=False, **numbers)
        ProviderCall.objects.create(
            at=begun, is_simulated=False, endpoint="odds", attempt=1, expected_credits=3, milliseconds=1
        )
    done = prune(Keep(cycles=30, calls=5), at=LATER)
    assert (done.cycles, done.calls) == (1, 2)


def test_a_dry_run_deletes_nothing(game: Event, settings: Any) -> None:
    settings.MARKETS_RETENTION_DAYS = {"changes": 1, "points": 1}
    before = counts()
    out = StringIO()
    call_command("prune_markets", dry_run=True, stdout=out)
    assert counts() == before
    assert out.getvalue().splitlines()[0].split() == ["changes", "14", "would", "be", "deleted"]
    call_command("prune_markets", stdout=StringIO())
    assert QuoteChange.objects.count() == 12
