"""Recorded polls are served as they were, one after another; files that hold none are refused by name."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from markets.quotes import MINUTE
from markets.simulator import BadRecording, Clock, Generated, Provider, Recorded, Simulator
from tests.markets.recordings import ODDS_API, needs_recordings, raw_polls
from tests.markets.simulator.wire import ALL, Caller

EVENING = ODDS_API / "wnba_2026-08-05_replay.jsonl.gz"
WNBA = "/sports/basketball_wnba"


def event(number: int = 1, sport: str = "basketball_nba", price: float = -110) -> dict[str, Any]:
    """An event with one book and one market."""
    outcomes = [{"name": "Gulls", "price": price}, {"name": "Otters", "price": price}]
    return {
        "id": f"{number:032x}",
        "sport_key": sport,
        "sport_title": "NBA",
        "commence_time": "2026-01-10T20:00:00Z",
        "home_team": "Gulls",
        "away_team": "Otters",
        "bookmakers": [
            {
                "key": "somebook",
                "title": "Some Book",
                "last_update": "2026-01-10T16:59:00Z",
                "markets": [{"key": "h2h", "outcomes": outcomes}],
            }
        ],
    }


def recorded(folder: Path, *lines: str, name: str = "polls.jsonl") -> Recorded:
    """A recording with these lines."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return Recorded([path])


def line(minute: int, *events: dict[str, Any], **more: Any) -> str:
    """A poll in the hour after five."""
    return json.dumps({"fetched_at": f"2026-01-10T17:{minute:02}:00Z", "payload": list(events), **more})


@pytest.fixture
def evening() -> Provider:
    """The recorded evening, a poll at each call."""
    return Provider(Recorded([EVENING]))


@needs_recordings
def test_a_recorded_evening_is_served_to_the_byte(evening: Provider) -> None:
    with gzip.open(EVENING, "rt") as file:
        lines = file.read().splitlines()
    with Simulator(evening) as simulator:
        caller = Caller(simulator)
        for number, (text, (at, payload)) in enumerate(zip(lines, raw_polls(), strict=True)):
            answer = caller.odds("basketball_wnba")
            fetched_at = json.loads(text)["fetched_at"]
            assert text == f'{{"fetched_at":"{fetched_at}","payload":{answer.text}}}'
            assert answer.headers["x-simulated-time"] == fetched_at
            assert evening.clock.now() == at
            if number % 20 == 0:  # What is asked in between moves no time.
                one = caller.get(f"{WNBA}/events/{payload[0]['id']}/odds", regions="us")
                assert one.headers["x-simulated-time"] == fetched_at
        assert caller.client.get("/_simulator/").json()["sports"] == {"basketball_wnba": {"ended": True}}
        assert caller.odds("basketball_wnba").headers["x-simulated-time"] == fetched_at
        caller.client.close()


@needs_recordings
def test_less_is_shown_where_less_is_asked(evening: Provider) -> None:
    with Simulator(evening) as simulator:
        caller = Caller(simulator)
        _, whole = next(raw_polls())
        found = caller.odds("basketball_wnba", markets="totals", bookmakers="fanduel").json()
        assert [one["id"] for one in found] == [
            one["id"]
            for one in whole
            if any(
                book["key"] == "fanduel" and any(market["key"] == "totals" for market in book["markets"])
                for book in one["bookmakers"]
            )
        ]
        assert {book["key"] for one in found for book in one["bookmakers"]} == {"fanduel"}
        events = caller.get(f"{WNBA}/events").json()
        assert [one["id"] for one in events] == [one["id"] for one in whole]
        scores = caller.get(f"{WNBA}/scores", daysFrom="2").json()
        assert {(one["completed"], one["scores"]) for one in scores} == {(False, None)}
        assert len(caller.get(f"{WNBA}/participants").json()) >= 12
        assert caller.get("/sports").json()[0]["title"] == "WNBA"
        caller.client.close()


def test_recordings_may_be_plain_or_gzipped_and_of_several_sports(tmp_path: Path) -> None:
    plain, packed = tmp_path / "nba.jsonl", tmp_path / "epl.jsonl.gz"
    plain.write_text(line(0, event()) + "\n" + line(10, event(2)) + "\n")
    packed.write_bytes(gzip.compress((line(5, event(3, "soccer_epl")) + "\n").encode()))
    provider = Provider(Recorded([plain, packed]))
    with Simulator(provider) as simulator:
        caller = Caller(simulator)

        def poll(sport: str) -> tuple[str, list[int]]:
            answer = caller.odds(sport)
            return answer.headers["x-simulated-time"][11:16], [int(one["id"], 16) for one in answer.json()]

        assert poll("basketball_nba") == ("17:00", [1])
        assert caller.get("/sports/soccer_epl/events").json() == []
        assert poll("soccer_epl") == ("17:05", [3])
        assert poll("basketball_nba") == ("17:10", [2])
        assert poll("soccer_epl") == ("17:10", [3])
        caller.client.close()


def test_an_empty_poll_is_of_the_files_sport_and_free(tmp_path: Path) -> None:
    provider = Provider(recorded(tmp_path, line(0), "", line(5, event())))
    with Simulator(provider) as simulator:
        caller = Caller(simulator)
        empty, full = caller.odds(), caller.odds()
        caller.client.close()
    assert (empty.json(), empty.headers["x-requests-last"]) == ([], "0")
    assert ([one["id"] for one in full.json()], full.headers["x-requests-last"]) == ([f"{1:032x}"], "3")


def test_a_recording_in_decimals_can_be_asked_for_american(tmp_path: Path) -> None:
    provider = Provider(recorded(tmp_path, line(0, event(price=1.91))))
    with Simulator(provider) as simulator:
        caller = Caller(simulator)
        found = [caller.odds(oddsFormat=written).json()[0]["bookmakers"][0] for written in ("american", "decimal")]
        caller.client.close()
    assert [book["markets"][0]["outcomes"][0]["price"] for book in found] == [-110, 1.91]


def test_time_runs_at_the_speed_that_was_set(tmp_path: Path) -> None:
    elapsed = [0.0]
    source = recorded(tmp_path, line(0, event()), line(10, event(2)), line(20, event(3)))
    provider = Provider(source, clock=Clock(source.begins, 60, monotonic=lambda: elapsed[-1]))
    with Simulator(provider) as simulator:
        caller = Caller(simulator)

        def poll(after: float) -> tuple[str, int]:
            elapsed.append(after)
            answer = caller.odds()
            return answer.headers["x-simulated-time"][11:19], int(answer.json()[0]["id"], 16)

        assert [poll(after) for after in (0.0, 9.9, 10.0, 19.0, 21.0, 500.0)] == [
            *(("17:00:00", 1), ("17:09:54", 1), ("17:10:00", 2), ("17:19:00", 2), ("17:21:00", 3)),
            ("01:20:00", 3),
        ]
        caller.client.close()


def test_the_clock_never_goes_back() -> None:
    clock = Clock(1000 * MINUTE, 0)
    assert clock.advance(1001 * MINUTE) == 1001 * MINUTE
    assert clock.advance(999 * MINUTE) == 1001 * MINUTE
    assert clock.now() == 1001 * MINUTE
    with pytest.raises(ValueError, match="speed"):
        Clock(0, float("nan"))


BAD = [
    (["{}"], "line 1: not"),
    (["[]"], "line 1: not"),
    ([line(0, event()), "{"], "line 2: not"),
    ([line(0, event()) + "x"], "line 1: not"),
    (['{"fetched_at": "yesterday", "payload": []}'], "line 1: not"),
    (['{"fetched_at": "2026-01-10T17:00:00", "payload": []}'], "line 1: not"),
    (['{"fetched_at": "2026-01-10T17:00:00Z", "payload": {}}'], "line 1: the payload is not"),
    (['{"fetched_at": "2026-01-10T17:00:00Z", "payload": [{"id": 1}]}'], "line 1: the payload is not"),
    ([line(0, event(), event(2, "soccer_epl"))], "line 1: a poll is of one sport"),
    ([line(0, event()), line(1, event(2, "soccer_epl")), line(2)], "poll 3: an empty poll"),
    ([line(0)], "poll 1: an empty poll"),
    ([""], "no poll"),
]


@pytest.mark.parametrize(("lines", "message"), BAD)
def test_it_rejects_what_is_no_recording(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(BadRecording, match=message):
        recorded(tmp_path, *lines)


def test_it_rejects_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match=r"none\.jsonl: No such file"):
        Recorded([tmp_path / "none.jsonl"])
    (tmp_path / "cut.gz").write_bytes(gzip.compress(line(0, event()).encode())[:-12])
    with pytest.raises(BadRecording, match=r"cut\.gz: it cannot be read"):
        Recorded([tmp_path / "cut.gz"])


def test_what_the_generator_made_can_be_recorded_and_served_again(tmp_path: Path, generated: Generated) -> None:
    with Simulator(Provider(generated)) as simulator:
        caller = Caller(simulator)
        answers = [caller.odds() for _ in range(3)]
        caller.client.close()
    lines = [f'{{"fetched_at":"{one.headers["x-simulated-time"]}","payload":{one.text}}}' for one in answers]
    with Simulator(Provider(recorded(tmp_path, *lines))) as simulator:
        caller = Caller(simulator)
        again = [caller.get("/sports/basketball_nba/odds", **ALL) for _ in range(3)]
        caller.client.close()
    assert [(one.headers["x-simulated-time"], one.content) for one in again] == [
        (one.headers["x-simulated-time"], one.content) for one in answers
    ]
