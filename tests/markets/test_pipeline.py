"""Bodies become stored polls, changes and signals; a restart goes on with the same bytes."""

import gzip
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from markets import queries
from markets.bodies import BadBody, Body, diff, parse
from markets.engine import Engine
from markets.models import Book, ConsensusPoint, Event, Listing, Poll, QuoteChange, Signal, Standing
from markets.pipeline import Ingested, Pipeline
from markets.quotes import from_micros
from markets.track import Track
from tests.markets.bodies import AT, SPORT, book, event, market, outcome
from tests.markets.recordings import ODDS_API, needs_recordings, raw_polls

pytestmark = pytest.mark.django_db
NOON = from_micros(AT)
START = "2026-08-06T17:00:00Z"
BOOKS = ("draftkings", "fanduel", "betmgm", "betrivers", "bovada", "betonlineag")


def slate(*events: Any) -> bytes:
    return json.dumps(events).encode()


def quoted(point: float = -3.5, *, books: tuple[str, ...] = BOOKS, **more: Any) -> Any:
    """An event with one spread at several books, without the time that they confirmed it."""
    spreads = market("spreads", outcome("Dream", -110, point), outcome("Mercury", -110, -point), updated=None)
    return event(books=[book(key, markets=[spreads], title=key, updated=None) for key in books], start=START, **more)


def ingest(pipeline: Pipeline, minutes: float, *events: Any, **options: Any) -> Ingested:
    return pipeline.ingest(slate(*events), at=NOON + timedelta(minutes=minutes), source="live", **options)


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline(SPORT, simulated=False)


def values(when: datetime | None = None) -> dict[tuple[str, str], float | None]:
    """What stands by book and side, now or at a moment."""
    (number,) = Event.objects.values_list("id", flat=True)
    found = queries.standing(number) if when is None else queries.standing_at(number, when)
    return {(quote.book, quote.side): quote.point and float(quote.point) for quote in found}


def test_it_works(pipeline: Pipeline) -> None:
    first = ingest(pipeline, 0, quoted(), credits=3)
    assert (first.duplicate, first.late, first.events, first.quotes, first.changes) == (False, False, 1, 12, 12)
    assert first.points == 1
    assert ingest(pipeline, 5, quoted(books=BOOKS[1:])).changes == 2
    poll = Poll.objects.earliest("at")
    assert (poll.pk, poll.sport, poll.source, poll.is_simulated, poll.credits) == (
        first.poll_id,
        SPORT,
        "live",
        False,
        3,
    )
    assert (poll.events, poll.quotes, poll.changes) == (1, 12, 12)
    assert poll.payload_sha256 is not None
    assert values() == {(key, side): -3.5 if side == "H" else 3.5 for key in BOOKS[1:] for side in "HA"}
    assert values(NOON) == {(key, side): -3.5 if side == "H" else 3.5 for key in BOOKS for side in "HA"}
    assert values(NOON - timedelta(seconds=1)) == {}
    assert QuoteChange.objects.filter(price=None).count() == Standing.objects.filter(price=None).count() == 2
    assert ConsensusPoint.objects.count() == 2
    assert Book.objects.get(key="fanduel").title == "fanduel"


def test_the_same_poll_twice_changes_nothing(pipeline: Pipeline) -> None:
    first = ingest(pipeline, 0, quoted())
    for again in (pipeline, Pipeline(SPORT, simulated=False)):
        second = ingest(again, 0, quoted(point=-7))
        assert (second.poll_id, second.duplicate, second.changes) == (first.poll_id, True, 0)
    assert (Poll.objects.count(), QuoteChange.objects.count()) == (1, 12)


def test_simulated_polls_never_meet_real_ones(pipeline: Pipeline) -> None:
    ingest(pipeline, 0, quoted())
    simulated = Pipeline(SPORT, simulated=True)
    again = simulated.ingest(slate(quoted(point=-7)), at=NOON, source="simulation")
    assert (again.duplicate, again.changes) == (False, 12)
    assert Event.objects.count() == 2
    assert {each.listed[0].home for each in queries.polls_of(SPORT, simulated=True)} == {"Dream"}
    assert ingest(pipeline, 5, quoted()).changes == 0


def test_a_body_that_is_none_stores_nothing(pipeline: Pipeline) -> None:
    with pytest.raises(BadBody):
        pipeline.ingest(b"{", at=NOON, source="live")
    assert Poll.objects.count() == 0


def test_what_fails_leaves_nothing_and_the_pipeline_goes_on(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(pipeline, 0, quoted())
    with monkeypatch.context() as patch:
        patch.setattr("markets.storage.keep_signals", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ingest(pipeline, 5, quoted(point=-4.5))
    assert Poll.objects.count() == 1
    assert ingest(pipeline, 5, quoted(point=-4.5)).changes == 12
    assert values()["fanduel", "H"] == -4.5


def test_silence_is_not_absence(pipeline: Pipeline) -> None:
    ingest(pipeline, 0, quoted())
    assert ingest(pipeline, 5).changes == 0
    assert len(values()) == 12
    polls = list(queries.polls_of(SPORT, simulated=False))
    assert [len(poll.listed) for poll in polls] == [1, 0]
    assert ingest(pipeline, 10, quoted()).changes == 0


def test_an_event_not_listed_for_a_day_begins_anew(pipeline: Pipeline) -> None:
    ingest(pipeline, 0, quoted())
    ingest(pipeline, 60 * 24 + 1)
    assert ingest(pipeline, 60 * 24 + 5, quoted()).changes == 12


def test_starts_move_and_every_poll_keeps_the_one_it_listed(pipeline: Pipeline) -> None:
    later = "2026-08-06T18:00:00Z"
    ingest(pipeline, 0, quoted())
    ingest(pipeline, 5, quoted() | {"commence_time": later})
    kept = Event.objects.get()
    assert (kept.first_commences_at.hour, kept.commences_at.hour) == (17, 18)
    assert (kept.first_seen_at, kept.last_seen_at) == (NOON, NOON + timedelta(minutes=5))
    starts = [poll.listed[0].commences for poll in queries.polls_of(SPORT, simulated=False)]
    assert starts[1] - starts[0] == 3_600_000_000


def test_quotes_in_play_are_marked(pipeline: Pipeline) -> None:
    kicked_off = {"commence_time": NOON.isoformat()}
    pipeline.ingest(slate(quoted() | kicked_off), at=NOON - timedelta(microseconds=1), source="live")
    ingest(pipeline, 0, quoted(point=-4) | kicked_off)
    assert list(QuoteChange.objects.order_by("at").values_list("in_play", flat=True)) == [False] * 12 + [True] * 12
    assert Standing.objects.filter(in_play=True).count() == 12


def test_a_historical_answer_is_stored_at_its_own_time(pipeline: Pipeline) -> None:
    wrapped = {"timestamp": "2026-08-05T16:55:00Z", "data": [quoted()]}
    done = pipeline.ingest(json.dumps(wrapped).encode(), at=NOON, source="history")
    assert done.at == NOON - timedelta(minutes=5)
    assert Poll.objects.get().at == done.at


def test_an_older_poll_takes_its_place_and_sets_nothing_back(pipeline: Pipeline) -> None:
    ingest(pipeline, 0, quoted())
    ingest(pipeline, 10, quoted(books=BOOKS[1:]))
    late = ingest(pipeline, 5, quoted(point=-4.5))
    assert (late.late, late.changes, late.points, late.signals) == (True, 12, 0, ())
    assert values()["fanduel", "H"] == -3.5
    assert ("draftkings", "H") not in values()
    assert {values(NOON + timedelta(minutes=minutes)).get(("fanduel", "H")) for minutes in (0, 10, 11)} == {-3.5}
    assert values(NOON + timedelta(minutes=5))["fanduel", "H"] == -4.5
    assert ingest(pipeline, 15, quoted(books=BOOKS[1:])).changes == 0


def test_stored_polls_are_the_same_whatever_order_they_came_in(pipeline: Pipeline) -> None:
    bodies = [
        (0, [quoted()]), (5, [quoted(point=-4.5), quoted(point=-1, id="e2")]), (10, []), (15, [quoted(point=-4.5)]),
        (20, [quoted(books=BOOKS[:2]), quoted(point=-1, id="e2")]), (25, [quoted()]),
    ]  # fmt: skip
    simulated = Pipeline(SPORT, simulated=True)
    for minutes, events in bodies:
        simulated.ingest(slate(*events), at=NOON + timedelta(minutes=minutes), source="simulation")
    for place in (1, 5, 3, 0, 4, 2):
        ingest(pipeline, bodies[place][0], *bodies[place][1])
    expected = Track()
    came = Track()
    for one, other in zip(
        queries.polls_of(SPORT, simulated=True), queries.polls_of(SPORT, simulated=False), strict=True
    ):
        expected.take(one)
        came.take(other)
        assert (one.at, one.listed) == (other.at, other.listed)
        assert came.standing == expected.standing
    standing = Standing.objects.filter(event__is_simulated=False, price__isnull=False)
    assert set(standing.values_list("event__provider_id", "book__key", "market", "side")) == set(came.standing)


def test_decimal_prices_come_back_as_they_were(pipeline: Pipeline) -> None:
    prices = [1.909090909, 2.000001, 1.01, 1000.25]
    events = [
        event(f"e{n}", books=[book(markets=[market("h2h", outcome("Dream", price), outcome("Mercury", 1.5))])])
        for n, price in enumerate(prices)
    ]
    ingest(pipeline, 0, *events)
    (stored,) = queries.polls_of(SPORT, simulated=False)
    assert stored == diff({}, parse(events, sport=SPORT), AT)


def body_at(payload: Any) -> bytes:
    return json.dumps(payload).encode()


@needs_recordings
def test_the_recorded_evening_is_the_same_live_replayed_and_after_a_restart() -> None:
    """Half by one pipeline, which is then lost, half by another: the same as one run of the engine without storage."""
    evening = [(from_micros(at), payload) for at, payload in raw_polls()]
    told: list[str] = []
    live = Pipeline(SPORT, simulated=False)
    for number, (at, payload) in enumerate(evening):
        if number in {1, 60, 80}:
            live = Pipeline(SPORT, simulated=False)
        done = live.ingest(body_at(payload), at=at, source="live")
        told += [signal.canonical() for signal in done.signals]
    engine, track = Engine(SPORT), Track()
    expected: list[str] = []
    pure = []
    points = 0
    for at, payload in evening:
        body: Body = parse(payload, sport=SPORT)
        poll = diff(track.standing, body, AT + (at - NOON) // timedelta(microseconds=1))
        track.take(poll)
        pure.append(poll)
        seen = engine.poll(poll)
        expected += [signal.canonical() for signal in seen.signals]
        points += len(seen.points)
    assert len(expected) > 0
    assert told == expected
    assert list(queries.polls_of(SPORT, simulated=False)) == pure
    assert ConsensusPoint.objects.count() == points
    stored = Signal.objects.order_by("at", "event__provider_id", "market", "side", "kind").values_list(
        "body", flat=True
    )
    assert sorted(map(canonical, stored)) == sorted(expected)
    assert Listing.objects.count() > 0
    assert queries.data_hash(SPORT, simulated=False).polls == 100


def canonical(body: Any) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


@needs_recordings
def test_a_large_poll_takes_few_statements(django_assert_max_num_queries: Any) -> None:
    raw = gzip.decompress((ODDS_API / "odds_ncaaf_20260808T191529Z.json.gz").read_bytes())
    with django_assert_max_num_queries(20):
        done = Pipeline("americanfootball_ncaaf", simulated=False).ingest(raw, at=NOON, source="live")
    assert (done.events, done.quotes, done.changes) == (126, 3_942, 3_942)
