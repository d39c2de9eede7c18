"""Recorded tables are loaded once, whole polls at a time, and refused by file, line and field."""

import csv
import gzip
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from markets import loading, queries, recorded_tables
from markets.bodies import in_order
from markets.engine import Engine
from markets.models import ConsensusPoint, Event, Poll, QuoteChange, Signal, Standing
from markets.quotes import from_micros
from markets.recorded_tables import BadTables, find, read
from tests.markets.recordings import ODDS_DATA, needs_recordings, polls_of_csv

SPORT = "basketball_wnba"
NAME = "tiny"
SNAPSHOTS = [
    ["fetched_at", "events", "quotes", "changes"],
    ["2026-08-05T17:00:00Z", "1", "3", "3"],
    ["2026-08-05T17:05:00Z", "2", "3", "0"],
    ["2026-08-05T17:10:00Z", "1", "2", "2"],
]
EVENTS = [
    line.split(",")
    for line in (
        "event_id,sport_key,commence_time,home_team,away_team,first_seen,last_seen,first_commence_time",
        f"e1,{SPORT},2026-08-05T17:12:00Z,Dream,Mercury,2026-08-05T17:00:00Z,2026-08-05T17:10:00Z,2026-08-05T17:10:00Z",
        f"e2,{SPORT},2026-08-06T17:00:00Z,Sun,Fire,2026-08-05T17:05:00Z,2026-08-05T17:05:00Z,2026-08-06T17:00:00Z",
    )
]
QUOTES = [
    ["fetched_at", "event_id", "book", "market", "outcome", "point", "price", "last_update"],
    ["2026-08-05T17:00:00Z", "e1", "fanduel", "spreads", "H", "-3.5", "-110", "2026-08-05T16:59:30Z"],
    ["2026-08-05T17:00:00Z", "e1", "fanduel", "spreads", "A", "3.5", "-110", "2026-08-05T16:59:30Z"],
    ["2026-08-05T17:00:00Z", "e1", "fanduel", "h2h", "H", "", "-150", ""],
    ["2026-08-05T17:10:00Z", "e1", "fanduel", "spreads", "H", "", "", ""],
    ["2026-08-05T17:10:00Z", "e1", "fanduel", "h2h", "H", "", "+120", "2026-08-05T17:09:30Z"],
]

Tables = dict[str, list[list[str]]]


def tables() -> Tables:
    return {part: [list(row) for row in rows] for part, rows in
            (("snapshots", SNAPSHOTS), ("events", EVENTS), ("quotes", QUOTES))}  # fmt: skip


def written(folder: Path, content: Tables, name: str = NAME) -> Path:
    for part, rows in content.items():
        with (folder / f"{name}_{part}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def run(*paths: Path, name: str = NAME, **options: Any) -> str:
    out = StringIO()
    call_command("load_quotes", *paths, name=name, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.mark.django_db
def test_it_works(tmp_path: Path) -> None:
    assert "5 changes of 3 polls and 2 events stored" in run(written(tmp_path, tables()))
    assert [
        (poll.events, poll.quotes, poll.changes, poll.source, poll.payload_sha256)
        for poll in Poll.objects.order_by("at")
    ] == [(1, 3, 3, "recording", None), (2, 3, 0, "recording", None), (1, 2, 2, "recording", None)]
    game = Event.objects.get(provider_id="e1")
    assert (game.first_commences_at.minute, game.commences_at.minute) == (10, 12)
    assert list(QuoteChange.objects.order_by("at").values_list("in_play", flat=True)) == [False] * 3 + [True] * 2
    assert [(quote.market, quote.american) for quote in queries.standing(game.pk)] == [("h2h", 120), ("spreads", -110)]
    assert [[each.event for each in poll.listed] for poll in queries.polls_of(SPORT, simulated=False)] == [
        ["e1"], ["e1", "e2"], ["e1"],
    ]  # fmt: skip


@pytest.mark.parametrize("kept", [0, 100])
def test_a_large_recording_is_read_again_instead_of_kept(
    tmp_path: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded_tables, "KEPT_MOST", kept)
    found = loading.open_tables([written(tmp_path, tables())], NAME)
    assert (found.kept is None) is (kept == 0)
    assert [len(poll.changes) for _, poll in found.polls()] == [3, 0, 2]
    (tmp_path / "tiny_quotes.csv").unlink()
    if kept == 0:
        with pytest.raises(BadTables, match="it cannot be read"):
            list(found.polls())


@pytest.mark.django_db
def test_a_second_load_adds_nothing_and_says_so(tmp_path: Path) -> None:
    run(written(tmp_path, tables()))
    assert run(tmp_path) == "tiny: nothing to add; its 3 polls are stored.\n"
    assert (Poll.objects.count(), QuoteChange.objects.count(), Standing.objects.count()) == (3, 5, 3)


@pytest.mark.django_db
def test_an_interrupted_load_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "CHANGES_AT_ONCE", 1)

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    read_tables = loading.open_tables([written(tmp_path, tables())], NAME)
    with pytest.raises(KeyboardInterrupt):
        loading.load(read_tables, told=stop)
    assert (Poll.objects.count(), QuoteChange.objects.count()) == (1, 3)
    told: list[tuple[int, int]] = []
    assert loading.load(read_tables, told=lambda done, of: told.append((done, of))) == (2, 2, 1)
    assert told == [(5, 5)]
    assert [len(poll.changes) for poll in queries.polls_of(SPORT, simulated=False)] == [3, 0, 2]
    assert [len(poll.listed) for poll in queries.polls_of(SPORT, simulated=False)] == [1, 2, 1]


@pytest.mark.django_db
def test_polls_of_another_origin_are_not_mixed(tmp_path: Path) -> None:
    run(written(tmp_path, tables()))
    other = tables()
    other["snapshots"][2][0] = "2026-08-05T17:06:00Z"
    folder = tmp_path / "other"
    folder.mkdir()
    other["events"][2][5:7] = ["2026-08-05T17:06:00Z"] * 2
    with pytest.raises(
        CommandError, match=r"has polls of basketball_wnba between 2026-08-05 17:00 and 2026-08-05 17:10"
    ):
        run(written(folder, other))
    later = tables()
    for rows in later.values():
        for row in rows[1:]:
            row[:] = [text.replace("2026-08-0", "2026-09-0") for text in row]
    with pytest.raises(CommandError, match="knows the event e1 from polls that are not of this recording"):
        run(written(folder, later))
    assert Poll.objects.count() == 3


Change = Callable[[Tables], Any]


def put(part: str, row: int, column: int, value: str) -> Change:
    return lambda content: content[part][row].__setitem__(column, value)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (put("quotes", 1, 0, "2026-08-05T17:00:01Z"), "line 2: fetched_at must be the moment of a poll."),
        (put("quotes", 1, 0, "yesterday"), "line 2: fetched_at must be the moment of a poll."),
        (put("quotes", 5, 0, "2026-08-05T17:00:00Z"), "line 6: fetched_at must not be before the row before."),
        (put("quotes", 1, 1, "e3"), "line 2: event_id must be one of the events."),
        (put("quotes", 1, 1, "e2"), "line 2: fetched_at must be between the event's first and last sighting."),
        (put("quotes", 1, 2, ""), "line 2: book must be a text of 1 to 60 characters."),
        (put("quotes", 1, 2, "a\x00"), "line 2: book must be a text of 1 to 60 characters."),
        (put("quotes", 1, 3, "h2h_lay"), "line 2: outcome must be one of a market that is followed"),
        (put("quotes", 1, 4, "O"), "line 2: outcome must be one of a market that is followed"),
        (put("quotes", 2, 4, "H"), "line 3: outcome must be another than in the rows before"),
        (put("quotes", 1, 5, ""), "line 2: point must be a number in quarters, such as -3.5."),
        (put("quotes", 1, 5, "nan"), "line 2: point must be a number in quarters, such as -3.5."),
        (put("quotes", 1, 5, "1e999"), "line 2: point must be a number in quarters, such as -3.5."),
        (put("quotes", 1, 5, "3.3"), "line 2: point must be a number in quarters, such as -3.5."),
        (put("quotes", 3, 5, "1"), "line 4: point must be empty in h2h."),
        (put("quotes", 4, 5, "1"), "line 5: point must be empty where price is."),
        (put("quotes", 1, 6, "1.91"), "line 2: price must be American odds"),
        (put("quotes", 1, 6, "9" * 5000), "line 2: price must be American odds"),
        (put("quotes", 1, 7, "later"), "line 2: last_update must be a moment"),
        (lambda content: content["quotes"][1].pop(), "line 2: it must have 8 fields, not 7."),
        (put("quotes", 0, 5, "line"), "tiny_quotes.csv, line 1: the column point is missing."),
        (put("events", 1, 0, ""), "tiny_events.csv, line 2: event_id must be a text of 1 to 64 characters."),
        (put("events", 2, 0, "e1"), "line 3: event_id must be another than in the rows before."),
        (put("events", 2, 1, "mlb"), "line 3: sport_key must be the same in all rows."),
        (put("events", 1, 3, "x" * 201), "line 2: home_team must be a text of 1 to 200 characters."),
        (put("events", 1, 2, "soon"), "line 2: commence_time must be a moment"),
        (put("events", 1, 6, "2026-08-05T16:00:00Z"), "line 2: last_seen must not be before first_seen."),
        (put("snapshots", 2, 0, "2026-08-05T17:00:00Z"), "line 3: fetched_at must be later than the row before."),
        (put("snapshots", 1, 1, "-1"), "line 2: events must be a whole number up to 1,000,000."),
        (put("snapshots", 1, 2, "²"), "line 2: quotes must be a whole number up to 1,000,000."),
        (put("snapshots", 1, 3, "4"), "tiny_quotes.csv: the poll at 2026-08-05T17:00:00+00:00 has 3 changes, not 4."),
        (lambda content: content.pop("quotes"), "tiny_quotes.csv (or .csv.gz) is missing."),
        (lambda content: content["events"].__delitem__(slice(1, None)), "a recording has polls and events."),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: Change, problem: str) -> None:
    content = tables()
    change(content)
    with pytest.raises(BadTables) as error:
        loading.open_tables([written(tmp_path, content)], NAME)
    assert problem in error.value.problems[0]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"\xff\xfe,", "it is not UTF-8."),
        (b'a,"b', "it is no CSV"),
        (b"fetched_at," + b"x" * 200_000, "it is no CSV"),
    ],
)
def test_a_file_that_is_no_table_is_named(tmp_path: Path, raw: bytes, problem: str) -> None:
    written(tmp_path, tables())
    (tmp_path / "tiny_quotes.csv").write_bytes(raw)
    with pytest.raises(BadTables, match=problem):
        loading.open_tables([tmp_path], NAME)


@pytest.mark.parametrize("cut", [20, 5_000])
def test_a_cut_archive_is_named(tmp_path: Path, cut: int) -> None:
    written(tmp_path, tables())
    whole = gzip.compress((tmp_path / "tiny_quotes.csv").read_bytes())
    (tmp_path / "tiny_quotes.csv").unlink()
    (tmp_path / "tiny_quotes.csv.gz").write_bytes(whole[:cut] if cut < len(whole) else b"no gzip")
    with pytest.raises(BadTables, match="it is no whole gzip file"):
        loading.open_tables([tmp_path], NAME)


def test_the_three_files_may_be_named_one_by_one(tmp_path: Path) -> None:
    written(tmp_path, tables())
    named = [tmp_path / f"{NAME}_{part}.csv" for part in tables()]
    assert read(find(named, NAME), NAME).changes == 5
    with pytest.raises(BadTables, match="more than once"):
        find([*named, tmp_path], NAME)


@pytest.mark.django_db
def test_a_bad_row_at_the_end_stores_nothing(tmp_path: Path) -> None:
    content = tables()
    content["quotes"][5][6] = "free"
    with pytest.raises(CommandError, match="tiny: nothing was stored; 1 wrong"):
        run(written(tmp_path, content))
    assert Poll.objects.count() == 0


@pytest.fixture
def one_week(tmp_path: Path) -> tuple[Path, int]:
    """The first polls of a recorded season, as tables of their own."""
    last = "2026-07-18"

    def rows(part: str) -> list[list[str]]:
        with gzip.open(ODDS_DATA / f"wnba_2026_{part}.csv.gz", "rt", newline="") as file:
            return list(csv.reader(file))

    events = [
        row if row[6] < last or row[6] == "last_seen" else [*row[:6], f"{last}T00:00:00Z", row[7]]
        for row in rows("events")
    ]
    content = {
        "snapshots": [row for row in rows("snapshots") if row[0] < last or row[0] == "fetched_at"],
        "quotes": [row for row in rows("quotes") if row[0] < last or row[0] == "fetched_at"],
        "events": [row for row in events if row[5] < last or row[0] == "event_id"],
    }
    return written(tmp_path, content), len(content["quotes"]) - 1


@pytest.mark.slow
@needs_recordings
@pytest.mark.django_db
def test_a_recorded_season_is_the_same_out_of_the_database(one_week: tuple[Path, int]) -> None:
    """The first days of it, and the engine sees the same in them as in the tables."""
    folder, changes = one_week
    said = run(folder, with_signals=True)
    assert f"{changes:,} changes of" in said
    stored = list(queries.polls_of(SPORT, simulated=False))
    expected = polls_of_csv("wnba_2026")[: len(stored)]
    assert len(stored) > 300
    assert [poll.changes for poll in stored] == [tuple(sorted(poll.changes, key=in_order)) for poll in expected]
    assert [poll.listed for poll in stored] == [tuple(sorted(poll.listed)) for poll in expected]
    engine = Engine(SPORT)
    seen = [engine.poll(poll) for poll in stored]
    assert ConsensusPoint.objects.count() == sum(len(each.points) for each in seen)
    assert Signal.objects.count() == sum(len(each.signals) for each in seen) > 0
    assert "0 of them new; " in run(folder, with_signals=True).replace("points, 0 of them new", "0 of them new")
    assert from_micros(stored[0].at).year == 2026
