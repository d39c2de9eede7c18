"""Known answers: our own, which two implementations agree on, and the shared ones where they are."""

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fairness.__main__ import main
from fairness.commands.check import agrees, differences
from tests.fairness import plain
from tests.fairness.shared import FOLDER, needs_vectors

OWN = Path(__file__).parent / "known_answers.json"
RECORDS = json.loads(OWN.read_text())
SHARED_GAMES = 34


def test_every_game_has_answers() -> None:
    assert len(plain.GAMES) == SHARED_GAMES
    assert {record["game"] for record in RECORDS} == set(plain.GAMES)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record['game']}-{record.get('nonce', 'chain')}")
def test_both_implementations_give_the_answer(record: dict[str, Any]) -> None:
    assert list(differences(record)) == []
    assert plain.GAMES[record["game"]](record) == record["expected"]


def test_the_command_passes_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(OWN)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == SHARED_GAMES + 1
    assert "pump passed 6 failed 0 skipped 0" in lines
    assert lines[-1] == f"{len(RECORDS)} passed, 0 failed"


@needs_vectors
def test_the_command_passes_the_shared_vectors(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(FOLDER.glob("*.json"))
    assert len(files) == SHARED_GAMES
    assert main(["check", *map(str, files)]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert len(lines) == SHARED_GAMES + 1
    assert sum(int(line.split()[-1]) for line in lines[:-1]) == 2  # the two disputed records
    asserted = sum(record["status"] == "ok" for file in files for record in json.loads(file.read_text()))
    assert lines[-1] == f"{asserted} passed, 0 failed"
    assert captured.err == ""


def wrong(record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(record), **changes}


PUMP = next(record for record in RECORDS if record["game"] == "pump")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (wrong(PUMP, expected={"multiplier": 1.64}), "multiplier should be 1.64 and is"),
        (wrong(PUMP, expected={"multiplyer": 1.0}), "multiplyer is not an answer of this game"),
        (wrong(PUMP, expected={}), "names nothing expected"),
        (wrong(PUMP, params={}), "difficulty is missing"),
        (wrong(PUMP, params=[]), "params must be an object"),
        (wrong(PUMP, params={"difficulty": "easy", "colour": "red"}), "colour is not an option"),
        (wrong(PUMP, nonce=-1), "nonce must be from 0"),
        (wrong(PUMP, nonce=1.5), "nonce must be a whole number"),
        (wrong(PUMP, server_seed="a b"), "server_seed contains whitespace"),
        (wrong(PUMP, client_seed=None), "client_seed is missing"),
        (wrong(PUMP, game="solitaire"), "game must be one of"),
        ("no object", "is not an object"),
    ],
)
def test_it_fails_by_saying_why(record: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps([record, PUMP]))
    assert main(["check", str(file)]) == 1
    captured = capsys.readouterr()
    assert captured.out.endswith("1 passed, 1 failed\n")
    assert said in captured.err
    assert "wrong.json record 1" in captured.err


def test_a_disputed_record_is_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "disputed.json"
    file.write_text(json.dumps([wrong(PUMP, expected={"multiplier": 9}, status="disputed")]))
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == "pump passed 0 failed 0 skipped 1\n0 passed, 0 failed\n"


@pytest.mark.parametrize("text", ["", "{}", "[1", "nonsense", "[" * 100_000])
def test_it_refuses_a_file_that_holds_no_records(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)
    assert main(["check", str(file)]) == 2
    assert "broken.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "wanted", "found", "near"),
    [
        ("multiplier", Decimal("1.63"), Decimal("1.63"), True),
        ("multiplier", Decimal("1.63"), Decimal("1.64"), False),
        ("multiplier", Decimal("1.63"), 1.63 + 1e-8, False),
        ("multiplier_unfloored", 1000.0, 1000.0009, True),
        ("multiplier_unfloored", 1000.0, 1000.002, False),
        ("rotation_3dp", 0.103, 0.1034, True),
        ("rotation_3dp", 0.103, 0.1037, False),
        ("floats_12dp", [0.5], [0.5 + 1e-12], True),
        ("floats_12dp", [0.5], [0.5 + 2e-11], False),
        ("cards", ["A-club"], ["A-club", "2-club"], False),
        ("cards", "A-club", ["A-club"], False),
        ("pocket", 1, True, False),
        ("reels", [["a", "b"]], [("a", "b")], True),
    ],
)
def test_numbers_agree_as_nearly_as_they_were_recorded(name: str, wanted: Any, found: Any, near: bool) -> None:
    assert agrees(name, wanted, found) is near
