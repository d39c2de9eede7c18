"""Closes and grades in the database: made once, made again when the start moves, and the same as a back-test's."""

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from markets.close_capture import Counts, after_cycle, capture_and_grade
from markets.models import Close, Event, Grade, Signal
from markets.pipeline import Pipeline
from tests.markets.bodies import SPORT
from tests.markets.evening import BOOKS, NOON, START, after, evening, ingest, quoted

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline(SPORT, simulated=False)


def test_it_works(pipeline: Pipeline) -> None:
    evening(pipeline)
    counts = capture_and_grade(after(121))
    signals = Signal.objects.count()
    assert asdict(counts) == asdict(
        Counts(events=1, closes=1, graded=signals, ages={"A": 1, "B": 0, "C": 0, "D": 0, "F": 0})
    )
    close = Close.objects.get()
    assert (close.market, close.at, close.commenced_at, close.line) == ("h2h", after(115), START, None)
    assert (close.books, close.families, close.age_seconds, close.grade) == (6, 6, 300, "A")
    assert close.fair == [pytest.approx(0.5962732, abs=1e-6), pytest.approx(0.4037268, abs=1e-6)]
    assert close.captured_at == after(121)
    assert len(close.quotes) == 12
    assert close.quotes[0] == {
        "book": "betmgm",
        "side": "A",
        "point": None,
        "price": 2.4,
        "american": 140,
        "age_seconds": 20 * 60,
    }
    grade = Grade.objects.select_related("signal").filter(signal__kind="MULTIBOOK_SYNC").earliest("signal__at")
    entry = grade.signal.body["entry"]
    assert entry["price"] == pytest.approx(1 + 100 / 140)
    assert grade.win == close.fair[0]
    assert grade.clv == pytest.approx(close.fair[0] * entry["price"] - 1, abs=1e-8)
    assert grade.clv > 0
    assert grade.against_consensus is not None
    assert grade.against_consensus < 0
    assert (grade.points, grade.confirmed, grade.ungraded) == (None, True, "")
    assert grade.close == close


def test_again_it_does_nothing(pipeline: Pipeline) -> None:
    evening(pipeline)
    capture_and_grade(after(121))
    before = list(Close.objects.values()), list(Grade.objects.order_by("pk").values())
    assert asdict(capture_and_grade(after(130))) == asdict(Counts())
    assert (list(Close.objects.values()), list(Grade.objects.order_by("pk").values())) == before


def test_not_before_the_start(pipeline: Pipeline) -> None:
    evening(pipeline)
    assert asdict(capture_and_grade(after(119.9))) == asdict(Counts())
    assert not Grade.objects.exists()
    assert capture_and_grade(after(120)).closes == 1


def test_the_start_moved_later_after_the_close_was_made(pipeline: Pipeline) -> None:
    evening(pipeline)
    capture_and_grade(after(121))
    later = START + timedelta(minutes=30)
    ingest(pipeline, 122, quoted(-200, 170, start=later))
    waiting = capture_and_grade(after(123))
    assert (waiting.reopened, waiting.closes) == (1, 0)
    assert not Close.objects.exists()
    assert not Grade.objects.exists()
    ingest(pipeline, 145, quoted(-220, 185, start=later))
    done = capture_and_grade(after(151))
    assert (done.closes, done.graded) == (1, Signal.objects.count())
    close = Close.objects.get()
    assert (close.at, close.commenced_at, close.age_seconds) == (after(145), later, 300)
    assert close.fair[0] > 0.65


def test_the_start_turns_out_to_have_been_earlier(pipeline: Pipeline) -> None:
    """What was raised after the close is not graded by it."""
    evening(pipeline)
    capture_and_grade(after(121))
    ingest(pipeline, 122, quoted(-160, 140, start=after(3)))
    found = capture_and_grade(after(123))
    assert (found.reopened, found.closes, found.graded) == (1, 1, 0)
    assert found.ungraded == {"raised after the close": Signal.objects.count()}
    assert Close.objects.get().at == NOON
    assert Close.objects.get().grade == "A"


def test_no_poll_before_the_start(pipeline: Pipeline) -> None:
    evening(pipeline)
    ingest(pipeline, 122, quoted(-160, 140, start=NOON - timedelta(minutes=1)))
    found = capture_and_grade(after(123))
    assert (found.events, found.closes, found.graded) == (1, 0, 0)
    assert found.ungraded == {"not polled before the start": Signal.objects.count()}
    assert asdict(capture_and_grade(after(124))) == asdict(Counts())


def test_too_few_families_at_the_close(pipeline: Pipeline) -> None:
    evening(pipeline)
    ingest(pipeline, 118, quoted(-160, 140, books=BOOKS[:2]))
    found = capture_and_grade(after(121))
    assert (found.closes, found.unpriced, found.graded) == (1, 1, 0)
    assert found.ungraded == {"no close: too few families": Signal.objects.count()}
    close = Close.objects.get()
    assert (close.fair, close.families, close.books, len(close.quotes)) == (None, 0, 2, 4)


def test_nothing_stands_at_the_close(pipeline: Pipeline) -> None:
    evening(pipeline)
    ingest(pipeline, 118, quoted(-160, 140, books=()))
    found = capture_and_grade(after(121))
    assert (found.closes, found.unpriced) == (1, 1)
    assert found.ungraded == {"no close: too few families": Signal.objects.count()}


def test_an_event_that_was_not_listed_at_its_start(pipeline: Pipeline) -> None:
    """Its close is of the last poll that listed it, and as old as that."""
    evening(pipeline)
    ingest(pipeline, 116)
    ingest(pipeline, 119)
    capture_and_grade(after(121))
    assert Close.objects.get().at == after(115)


def test_signals_that_come_later_are_graded_too(pipeline: Pipeline) -> None:
    evening(pipeline)
    kept = list(Signal.objects.values())
    Signal.objects.all().delete()
    assert capture_and_grade(after(121)).graded == 0
    Signal.objects.bulk_create(Signal(**values) for values in kept)
    found = capture_and_grade(after(125))
    assert (found.events, found.closes, found.graded) == (1, 0, len(kept))
    assert not Grade.objects.exclude(close=Close.objects.get()).exists()


def test_what_began_long_ago_is_left_alone_unless_asked(pipeline: Pipeline) -> None:
    evening(pipeline)
    month = NOON + timedelta(days=30)
    assert capture_and_grade(month).events == 0
    assert capture_and_grade(month, lookback=None).closes == 1


def test_it_can_be_narrowed_down(pipeline: Pipeline) -> None:
    evening(pipeline)
    assert capture_and_grade(after(121), simulated=True).events == 0
    assert capture_and_grade(after(121), sports=["icehockey_nhl"]).events == 0
    assert capture_and_grade(after(121), simulated=False, sports=[SPORT]).events == 1


def test_it_can_be_made_once_more(pipeline: Pipeline) -> None:
    evening(pipeline)
    capture_and_grade(after(121))
    Close.objects.update(line=Decimal("3.5"))
    found = capture_and_grade(after(125), again=True)
    assert (found.events, found.reopened, found.closes, found.graded) == (1, 0, 1, Signal.objects.count())
    assert Close.objects.get().line is None


def test_what_fails_leaves_nothing_behind(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    evening(pipeline)

    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("markets.close_capture.grade", die)
        with pytest.raises(RuntimeError, match="power cut"):
            capture_and_grade(after(121))
    assert not Close.objects.exists()
    assert capture_and_grade(after(121)).closes == 1


def test_events_of_one_poll_do_not_mix(pipeline: Pipeline) -> None:
    first, second = quoted(-110, -110), quoted(-300, 250) | {"id": "f" * 32}
    ingest(pipeline, 0, first, second)
    assert capture_and_grade(after(121)).closes == 2
    fair = {close.event.provider_id: close.fair[0] for close in Close.objects.select_related("event")}
    assert fair[first["id"]] == 0.5
    assert fair["f" * 32] > 0.7
    assert Event.objects.count() == 2


def test_a_round_of_the_poller_takes_so_many_events(pipeline: Pipeline) -> None:
    ingest(pipeline, 0, *(quoted(-110, -110) | {"id": key * 32} for key in "abc"))
    rounds = [after_cycle(at=after(121), is_simulated=False, events=2) for _ in range(3)]
    assert [(done.closes, done.grades, done.more) for done in rounds] == [(2, 0, True), (1, 0, False), (0, 0, False)]
    assert after_cycle(at=after(121), is_simulated=True, events=2).closes == 0


def test_events_that_nobody_quotes_take_no_turn(pipeline: Pipeline) -> None:
    silent = [quoted(-110, -110, books=()) | {"id": key * 32} for key in "ab"]
    ingest(pipeline, 0, *silent, quoted(-110, -110) | {"id": "c" * 32})
    ingest(pipeline, 121, *(quoted(-110, -110) | {"id": key * 32} for key in "ab"))  # quoted in play only
    done = after_cycle(at=after(122), is_simulated=False, events=1)
    assert (done.closes, done.more) == (1, False)
    assert asdict(capture_and_grade(after(123))) == asdict(Counts())
    assert asdict(capture_and_grade(after(123), again=True)) == asdict(
        Counts(events=1, closes=1, ages=dict.fromkeys("ABCDF", 0) | {"D": 1})
    )


def test_a_round_counts_grades_and_reasons(pipeline: Pipeline) -> None:
    evening(pipeline)
    assert after_cycle(at=after(121), is_simulated=False, events=10).grades == Signal.objects.count() > 0
