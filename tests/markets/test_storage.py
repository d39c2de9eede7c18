"""Whole polls or none, by one writer at a time, and what stood at a moment comes from an index."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from markets import queries, storage
from markets.fingerprint import Fingerprint, canonical
from markets.models import Book, Event, Poll, QuoteChange, Standing
from markets.pipeline import Ingested, Pipeline
from markets.quotes import Change, Listed, Market, Quote, Side
from markets.quotes import Poll as Polled
from markets.storage import Origin, Recorded, Starts, write
from tests.markets.bodies import AT, SPORT
from tests.markets.test_pipeline import BOOKS, NOON, ingest, quoted, slate

LIVE = Origin("live", False)


def recorded(*changes: Change, at: int = AT, commences: int = AT + 1) -> Recorded:
    return Recorded(Polled(SPORT, at, (Listed("e1", "Dream", "Mercury", commences),), changes), [], len(changes))


def stored(*polls: Recorded, **options: Any) -> list[int]:
    with storage.exclusively(SPORT, simulated=False):
        return write(polls, LIVE, **options)


HOME = Change("e1", "fanduel", Market.SPREADS, Side.HOME, Quote(-3.5, 1.909091, -110, AT - 1))


@pytest.mark.django_db
def test_it_works() -> None:
    (number,) = stored(recorded(HOME), titles={"fanduel": "FanDuel"}, starts={"e1": Starts(AT - 5, AT + 5)})
    change = QuoteChange.objects.get()
    assert (change.poll_id, change.book.title, change.event.provider_id) == (number, "FanDuel", "e1")
    assert [str(value) for value in (change.point, change.price)] == ["-3.50", "1.909091"]
    assert (change.american, change.in_play, change.stale) == (-110, False, False)
    assert (change.updated_at - change.at) / timedelta(microseconds=1) == -1
    game = Event.objects.get()
    assert game.commences_at - game.first_commences_at == timedelta(microseconds=10)


@pytest.mark.django_db
def test_several_polls_in_one_go_leave_the_last_change_standing() -> None:
    moved = HOME._replace(quote=HOME.quote and HOME.quote._replace(point=-4.0))
    first, second, third = stored(
        recorded(HOME), recorded(moved, at=AT + 1), recorded(HOME._replace(quote=None), at=AT + 2)
    )
    assert first < second < third
    assert Standing.objects.get().price is None
    assert list(QuoteChange.objects.order_by("at").values_list("in_play", flat=True)) == [False, True, True]
    assert stored() == []


@pytest.mark.django_db
def test_a_books_title_may_change_and_an_empty_one_changes_nothing() -> None:
    stored(recorded(HOME))
    assert Book.objects.get().title == ""
    stored(recorded(at=AT + 1), titles={"fanduel": "FanDuel"})
    stored(recorded(at=AT + 2), titles={"fanduel": ""})
    assert Book.objects.get().title == "FanDuel"


@pytest.mark.django_db
@pytest.mark.parametrize("again", [HOME, HOME._replace(quote=None)])
def test_the_database_has_a_poll_once(again: Change) -> None:
    stored(recorded(HOME))
    with pytest.raises(IntegrityError, match="markets_poll_once"), transaction.atomic():
        stored(recorded(again))
    assert QuoteChange.objects.count() == 1


@pytest.mark.django_db
def test_changes_of_nobody_cannot_be_stored() -> None:
    """No constraint says so; `write` has no number for an event that no poll listed."""
    with pytest.raises(KeyError), transaction.atomic():
        stored(recorded(HOME._replace(event="e2")))
    assert (Poll.objects.count(), QuoteChange.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_who_store_the_same_poll_at_once_store_it_once() -> None:
    bodies = [slate(quoted(point=-3.5)), slate(quoted(point=-7))]
    results: list[Ingested] = []
    ready = threading.Barrier(2, timeout=30)

    def one(body: bytes) -> None:
        try:
            pipeline = Pipeline(SPORT, simulated=False)
            ready.wait()
            results.append(pipeline.ingest(body, at=NOON, source="live"))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(result.duplicate for result in results) == [False, True]
    assert len({result.poll_id for result in results}) == 1
    assert (Poll.objects.count(), QuoteChange.objects.count(), Standing.objects.count()) == (1, 12, 12)
    assert QuoteChange.objects.values("point").distinct().count() == 2


@pytest.mark.django_db
def test_two_pipelines_by_turns_see_what_the_other_stored() -> None:
    one, other = Pipeline(SPORT, simulated=False), Pipeline(SPORT, simulated=False)
    assert ingest(one, 0, quoted()).changes == 12
    assert ingest(other, 5, quoted(point=-4)).changes == 12
    assert ingest(one, 10, quoted(point=-4)).changes == 0
    assert ingest(other, 15, quoted(point=-4, books=BOOKS[1:])).changes == 2


@pytest.mark.django_db
def test_what_stood_at_a_moment_is_read_from_an_index() -> None:
    ingest(Pipeline(SPORT, simulated=False), 0, quoted())
    game = Event.objects.get()
    changes = QuoteChange.objects.filter(event_id=game.pk, at__lte=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows would not be worth an index
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")  # nor their order; an index without it would still be sorted
    plan = queries._last_changes(changes).explain()
    assert "markets_change_once" in plan
    assert "Sort" not in plan


@pytest.mark.django_db
def test_the_name_of_a_range_follows_from_its_polls_alone() -> None:
    pipeline = Pipeline(SPORT, simulated=False)
    for minutes, event in ((0, quoted()), (5, quoted(point=-4)), (10, quoted())):
        ingest(pipeline, minutes, event)
    whole = queries.data_hash(SPORT, simulated=False)
    assert (whole.polls, whole.changes) == (3, 36)
    pure = Fingerprint()
    assert list(pure.through(queries.polls_of(SPORT, simulated=False))) == list(
        queries.polls_of(SPORT, simulated=False)
    )
    assert pure.hexdigest() == whole.hexdigest()
    part = queries.data_hash(SPORT, simulated=False, since=NOON + timedelta(minutes=5))
    assert (part.polls, part.changes) == (2, 24)
    assert part.hexdigest() != whole.hexdigest()


def test_the_canonical_text_of_a_poll() -> None:
    """A known answer: whoever changes this changes the name of every data set."""
    assert canonical(recorded(HOME).poll) == (
        '["basketball_wnba",1785949200000000,[["e1","Dream","Mercury",1785949200000001]],'
        '[["e1","fanduel","spreads","H",[-3.5,1.909091,-110,1785949199999999,false]]]]\n'
    )


@pytest.mark.django_db
def test_a_range_begins_with_all_that_stood() -> None:
    pipeline = Pipeline(SPORT, simulated=False)
    for minutes, event in ((0, quoted()), (5, quoted(books=BOOKS[1:])), (10, quoted(point=-4, books=BOOKS[1:3]))):
        ingest(pipeline, minutes, event)
    (last,) = queries.polls_of(SPORT, simulated=False, since=NOON + timedelta(minutes=6))
    # Four quotes that moved, and six that were taken down then; two had been before.
    assert [each.quote is None for each in last.changes].count(True) == 6
    assert {each.quote.point for each in last.changes if each.quote} == {-4, 4}
    assert len(last.listed) == 1
    (first, *_) = queries.polls_of(
        SPORT, simulated=False, since=NOON + timedelta(minutes=5), until=NOON + timedelta(minutes=5)
    )
    assert [each.quote is None for each in first.changes].count(False) == 10
    only = queries.polls_of(SPORT, simulated=False, events=["e2"])
    assert [(poll.listed, poll.changes) for poll in only] == [((), ())] * 3
