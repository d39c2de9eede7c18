"""Recorded bodies go through the pipeline once, at any speed, and go on where they stopped."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from markets import replaying
from markets.models import Poll, QuoteChange, Signal
from markets.pipeline import Pipeline
from markets.quotes import from_micros
from markets.recorder import Recorder
from tests.markets.bodies import SPORT, event
from tests.markets.recordings import ODDS_API, needs_recordings, raw_polls

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 8, 5, 17, tzinfo=UTC)


def line(minutes: int, *events: Any, **more: Any) -> str:
    at = (NOON + timedelta(minutes=minutes)).isoformat()
    return json.dumps({"fetched_at": at, "payload": list(events)} | more) + "\n"


def run(file: Path, **options: Any) -> str:
    out, err = StringIO(), StringIO()
    call_command("replay_polls", file, stdout=out, stderr=err, **options)
    return out.getvalue() + err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "polls.jsonl"


def test_it_works_and_a_second_time_adds_nothing(file: Path) -> None:
    file.write_text(line(0, event()) + "\n" + line(5, event(books=[])) + line(5, event()))
    assert "2 polls, 4 changes, 0 consensus points, 0 signals; 1 polls were stored before." in run(file)
    assert run(file) == "Nothing to add: all 3 polls are stored.\n"
    poll = Poll.objects.earliest("at")
    assert (poll.source, poll.is_simulated, Poll.objects.count()) == ("recording", False, 2)


def test_it_goes_on_after_a_bad_line(file: Path) -> None:
    file.write_text(line(0, event()) + "{}\n")
    with pytest.raises(
        CommandError, match=r"line 2: it must be an object with fetched_at and payload. What was before"
    ):
        run(file)
    assert Poll.objects.count() == 1
    file.write_text(line(0, event()) + line(5, event()))
    assert "1 polls, 0 changes" in run(file)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nonsense\n", "line 1: it must be an object of JSON."),
        ("[" * 100_000 + "\n", "line 1: it must be an object of JSON."),
        (json.dumps({"fetched_at": "noon", "payload": [event()]}), "line 1: fetched_at must be a moment"),
        (json.dumps({"fetched_at": 10**400, "payload": [event()]}), "line 1: fetched_at must be a moment"),
        (line(0), "line 1: sport must be named, in the line or with --sport."),
        (line(0, event(), sport="x\x00"), "line 1: sport must be named"),
        (line(0, event(), simulated=1), "line 1: simulated must be true or false."),
        (line(0, event()).replace("[{", '{"message": [{').replace("}]}", "}]}}"), "line 1: "),
    ],
)
def test_what_is_wrong_is_named(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    with pytest.raises(replaying.BadRecording) as error:
        replaying.replay(file)
    assert sentence in str(error.value)


def test_a_payload_that_is_no_body_is_named(file: Path) -> None:
    file.write_text(json.dumps({"fetched_at": NOON.isoformat(), "payload": {"message": "no"}, "sport": SPORT}) + "\n")
    with pytest.raises(replaying.BadRecording, match="line 1: payload: The body must be a list of events"):
        replaying.replay(file)


def test_a_poll_without_events_is_of_the_sport_before_or_the_named_one(file: Path) -> None:
    file.write_text(line(0) + line(5, event()) + line(10))
    replaying.replay(file, sport=SPORT)
    assert set(Poll.objects.values_list("sport", flat=True)) == {SPORT}


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_that_is_cut_is_left_out(tmp_path: Path, packed: bool) -> None:
    suffix = ".jsonl.gz" if packed else ".jsonl"
    with Recorder(tmp_path / f"polls{suffix}") as recorder:
        for minute in range(2):
            recorder.on_body(NOON + timedelta(minutes=minute), SPORT, json.dumps([event()]).encode())
    path = tmp_path / f"polls-2026-08-05{suffix}"
    path.write_bytes(path.read_bytes()[:-30])
    assert "The last line is cut off, and was left out." in run(path)
    assert Poll.objects.count() == 1


def test_it_waits_as_long_as_the_polls_were_apart(file: Path) -> None:
    file.write_text(line(0, event()) + line(5, event()) + line(11, event()))
    slept: list[float] = []
    replaying.replay(file, speed=60, sleep=slept.append)
    assert slept == [5.0, 6.0]


@pytest.mark.parametrize("speed", ["-1", "nan", "inf"])
def test_the_speed_is_a_number(file: Path, speed: str) -> None:
    with pytest.raises(CommandError, match="--speed must be 0 or more"):
        run(file, speed=float(speed))


def test_simulated_polls_stay_simulated(file: Path) -> None:
    file.write_text(line(0, event(), simulated=True))
    replaying.replay(file)
    assert list(Poll.objects.values_list("source", "is_simulated")) == [("simulation", True)]


def test_a_file_that_is_no_archive_is_named(tmp_path: Path) -> None:
    file = tmp_path / "polls.jsonl.gz"
    file.write_bytes(b"plain")
    with pytest.raises(replaying.BadRecording, match="it is no gzip file after line 0"):
        replaying.replay(file)
    with pytest.raises(replaying.BadRecording, match="cannot be read: No such file"):
        replaying.replay(tmp_path / "none.jsonl")


@needs_recordings
def test_a_recorded_hour_is_replayed_as_it_was_polled(tmp_path: Path) -> None:
    """Polled by a pipeline that a recorder listens to, and replayed from what it kept: the same signals."""
    hour = [(from_micros(at), json.dumps(payload).encode()) for at, payload in list(raw_polls())[64:76]]
    simulated = Pipeline(SPORT, simulated=True)
    with Recorder(tmp_path / "polls.jsonl.gz") as recorder:
        live = [
            signal.canonical()
            for at, body in hour
            for signal in simulated.ingest(body, at=at, source="simulation").signals
        ]
        for at, body in hour:
            recorder.on_body(at, SPORT, body)
    replaying.replay(tmp_path / "polls-2026-08-05.jsonl.gz")
    assert live
    stored = Signal.objects.filter(event__is_simulated=False).values_list("body", flat=True)
    assert sorted(json.dumps(each, sort_keys=True, separators=(",", ":")) for each in stored) == sorted(live)
    assert QuoteChange.objects.filter(event__is_simulated=False).count() > 300


@needs_recordings
def test_the_recording_names_its_sport() -> None:
    with gzip.open(ODDS_API / "wnba_2026-08-05_replay.jsonl.gz", "rt") as file:
        assert "sport" not in json.loads(file.readline())
    first = next(replaying._lines(ODDS_API / "wnba_2026-08-05_replay.jsonl.gz", None, replaying.Totals()))
    assert (first.sport, first.simulated) == (SPORT, False)
