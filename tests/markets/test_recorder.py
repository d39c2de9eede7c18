"""What is recorded is on the disk, whole, and can be replayed, whatever cut it short."""

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from markets.provider import contract
from markets.provider.access import read_base
from markets.provider.client import Answer, Provider, Usage
from markets.provider.contract import Call
from markets.recorder import Recorder, Unusable
from markets.tap import Tapped

NOON = datetime(2026, 8, 5, 12, tzinfo=UTC)
BODY = b'[{"id": "e1",\r\n "home_team": "S\xc3\xa3o"}]'


def lines(path: Path) -> list[dict[str, object]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(params=[".jsonl", ".jsonl.gz"])
def suffix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_works(tmp_path: Path, suffix: str) -> None:
    with Recorder(tmp_path / f"polls{suffix}") as recorder:
        recorder.on_body(NOON, "basketball_wnba", BODY)
        assert lines(tmp_path / f"polls-2026-08-05{suffix}") == [
            {"fetched_at": "2026-08-05T12:00:00Z", "sport": "basketball_wnba", "payload": json.loads(BODY)}
        ]
        recorder.on_body(NOON + timedelta(hours=12, microseconds=1), "basketball_wnba", b"[]")
        assert recorder.polls == 2
    (second,) = lines(tmp_path / f"polls-2026-08-06{suffix}")
    assert second["fetched_at"] == "2026-08-06T00:00:00.000001Z"
    assert (tmp_path / f"polls-2026-08-05{suffix}").stat().st_mode & 0o777 == 0o600


def test_what_a_simulator_answered_says_so(tmp_path: Path) -> None:
    with Recorder(tmp_path / "polls.jsonl", simulated=True) as recorder:
        recorder.on_body(NOON, "basketball_wnba", b"[]")
    assert lines(tmp_path / "polls-2026-08-05.jsonl")[0]["simulated"] is True


@pytest.mark.parametrize("kept", [1, 2])
@pytest.mark.parametrize("cut", [1, 7, 40])
def test_it_goes_on_after_a_line_that_was_cut(tmp_path: Path, suffix: str, kept: int, cut: int) -> None:
    path = tmp_path / f"polls-2026-08-05{suffix}"
    sizes = []
    with Recorder(tmp_path / f"polls{suffix}") as recorder:
        for minute in range(3):
            recorder.on_body(NOON + timedelta(minutes=minute), "basketball_wnba", BODY)
            sizes.append(path.stat().st_size)
    os.truncate(path, sizes[kept] - cut)
    with Recorder(tmp_path / f"polls{suffix}") as recorder:
        recorder.on_body(NOON + timedelta(minutes=9), "basketball_wnba", BODY)
    minutes = [datetime.fromisoformat(str(line["fetched_at"])).minute for line in lines(path)]
    assert minutes == [*range(kept), 9]


def test_a_write_that_fails_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "polls-2026-08-05.jsonl"
    write = os.write

    def full(file: int, content: bytes) -> int:
        write(file, bytes(content[:10]))
        raise OSError(28, "No space left on device")

    with Recorder(tmp_path / "polls.jsonl") as recorder:
        recorder.on_body(NOON, "basketball_wnba", b"[]")
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(OSError, match="No space"):
                recorder.on_body(NOON, "basketball_wnba", b"[]")
        recorder.on_body(NOON, "basketball_wnba", b"[]")
    assert len(lines(path)) == 2


def test_every_poll_is_on_the_disk_when_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with Recorder(tmp_path / "polls.jsonl") as recorder:
        for minute in range(3):
            recorder.on_body(NOON + timedelta(minutes=minute), "basketball_wnba", b"[]")
    assert len(synced) == 4  # the folder, for the file that is new


def test_what_is_no_json_is_not_kept(tmp_path: Path) -> None:
    with Recorder(tmp_path / "polls.jsonl") as recorder, pytest.raises(ValueError, match="Expecting"):
        recorder.on_body(NOON, "basketball_wnba", b"<html>")
    assert list(tmp_path.iterdir()) == []


def test_two_never_write_one_file(tmp_path: Path) -> None:
    with Recorder(tmp_path / "polls.jsonl") as one, Recorder(tmp_path / "polls.jsonl") as other:
        one.on_body(NOON, "basketball_wnba", b"[]")
        with pytest.raises(Unusable, match=r"polls-2026-08-05.jsonl is being written by another process"):
            other.on_body(NOON, "basketball_wnba", b"[]")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("polls.txt", r"polls.txt must end in .jsonl or .jsonl.gz."),
        (".jsonl", r".jsonl must end in .jsonl or .jsonl.gz."),
        ("nowhere/polls.jsonl", "is no folder"),
    ],
)
def test_it_refuses_other_files(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(Unusable, match=sentence):
        Recorder(tmp_path / name)


class Answering(Provider):
    """Answers every question at once."""

    def __init__(self) -> None:
        self.base = read_base("http://127.0.0.1:9/v4")
        self.closed = False

    def ask(self, call: Call) -> Answer:
        return Answer(BODY, json.loads(BODY), Usage(), NOON, None)

    def close(self) -> None:
        self.closed = True


def test_a_tapped_provider_tells_its_odds_and_nothing_else() -> None:
    heard: list[tuple[datetime, str, bytes]] = []
    provider = Answering()
    tapped = Tapped(provider, lambda *body: heard.append(body))
    wanted = contract.scope(["h2h"], ["us"])
    assert tapped.ask(contract.odds("basketball_wnba", wanted)).body == BODY
    tapped.ask(contract.events("basketball_wnba"))
    assert heard == [(NOON, "basketball_wnba", BODY)]
    tapped.close()
    assert provider.closed


def test_a_recorder_that_fails_keeps_no_poll_from_being_stored() -> None:
    def failing(at: datetime, sport: str, body: bytes) -> None:
        raise OSError(28, "No space left on device")

    asked = Tapped(Answering(), failing).ask(contract.odds("basketball_wnba", contract.scope(["h2h"], ["us"])))
    assert asked.body == BODY


def test_the_command_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="polls.txt must end in"):
        call_command("record_polls", output=tmp_path / "polls.txt")
