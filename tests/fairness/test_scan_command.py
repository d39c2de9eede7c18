"""`python -m fairness scan`."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fairness.__main__ import main
from fairness.rounds import Seeds, play
from fairness.scan import back_ends
from fairness.scanning.plan import Plan

SEEDS = ("--server-seed", "a1b2c3", "--client-seed", "zXv")
PUMP = ("scan", "--game", "pump", "--param", "difficulty=expert", *SEEDS, "--from", "1", "--to", "2000")
CLOSING = re.compile(r"2000 nonces in \d+\.\d+ s, \d+/s, back-end ([a-z0-9A-Z ]+), set-up \d+\.\d+ s")


def results() -> dict[int, str]:
    plan = Plan.of(game="pump", params={"difficulty": "expert"}, server_seed="a1b2c3", client_seed="zXv")
    return {n: str(play(plan.seed_game, Seeds("a1b2c3", "zXv", n), plan.params).result) for n in range(1, 2001)}


@pytest.mark.parametrize("back_end", back_ends())
def test_it_prints_a_line_per_target_and_one_about_the_scan(back_end: str, capsys: pytest.CaptureFixture[str]) -> None:
    targets = ("--eq", "9.08", "--ge", "1.0e1", "--between", "2", "5", "--le", "0", "--eq", "9.080")
    assert main([*PUMP, *targets, "--back-end", back_end, "--jobs", "1"]) == 0
    printed = capsys.readouterr()
    values = [float(text) for text in results().values()]
    assert printed.out.splitlines()[:-1] == [
        f"eq 9.08: {values.count(9.08)}",
        f"ge 10: {sum(value >= 10 for value in values)}",
        f"between 2 5: {sum(2 <= value <= 5 for value in values)}",
        "le 0: 0",
        f"eq 9.080: {values.count(9.08)}",
    ]
    closing = CLOSING.fullmatch(printed.out.splitlines()[-1])
    assert closing is not None
    assert closing[1] == back_end
    assert printed.err == ""


def test_it_lists_hits_as_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hits.csv"
    assert main([*PUMP, "--eq", "9.08", "--ge", "73.21", "--hits", "csv", "--out", str(path)]) == 0
    rows = list(csv.reader(path.read_text().splitlines()))
    assert rows[0] == ["target", "nonce", "result"]
    wanted = [["eq 9.08", str(n), r] for n, r in results().items() if r == "9.08"]
    wanted += [["ge 73.21", str(n), r] for n, r in results().items() if float(r) >= 73.21]
    assert rows[1:] == wanted
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_it_lists_hits_as_json_before_its_closing_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PUMP, "--eq", "9.08", "--hits", "json", "--hits-max", "3"]) == 0
    printed = capsys.readouterr()
    listed, count, closing = printed.out.splitlines()
    (target,) = json.loads(listed)["targets"]
    nonces = [n for n, r in results().items() if r == "9.08"]
    assert target == {
        "target": "eq 9.08",
        "count": len(nonces),
        "hits": [{"nonce": n, "result": 9.08} for n in nonces[:3]],
    }
    assert count == f"eq 9.08: {len(nonces)}"
    assert CLOSING.fullmatch(closing)
    assert printed.err == "eq 9.08: only the first 3 are listed\n"


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("game", ("--game", "checkers")),
        ("game", ("--game", "crash")),
        ("difficulty", ("--param", "difficulty=Expert")),
        ("param", ("--param", "difficulty")),
        ("from", ("--from", "-1")),
        ("from", ("--from", "x")),
        ("to", ("--to", "0")),
        ("to", ("--to", "99999999999999999999")),
        ("server_seed", ("--server-seed", "")),
        ("client_seed", ("--client-seed", "a\nb")),
        ("target", ("--eq", "x")),
        ("target", ("--between", "5", "2")),
        ("jobs", ("--jobs", "0")),
        ("jobs", ("--jobs", "2", "--dask")),
        ("out", ("--out", "hits.csv")),
        ("out", ("--hits", "csv", "--out", "/nowhere/at/all/hits.csv")),
        ("hits-max", ("--hits-max", "5")),
        ("hits-max", ("--hits", "csv", "--hits-max", "99999999999")),
        ("address", ("--dask", "somewhere")),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    given = [*PUMP, *words]
    if words[0] == "--param":  # an option given twice is refused too, but for that
        given = [word for word in PUMP if word not in {"--param", "difficulty=expert"}] + list(words)
    if words[0] == "--game":
        given = [word for word in given if word not in {"--param", "difficulty=expert"}]
    assert main(given) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"{field} " in printed.err
    assert len(printed.err.splitlines()) == 1


@pytest.mark.parametrize("back_end", [name for name in back_ends() if name != "numba"])
def test_it_runs_as_a_program_with_processes(back_end: str) -> None:
    words = [sys.executable, "-m", "fairness", *PUMP, "--ge", "2", "--jobs", "2", "--back-end", back_end]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert CLOSING.fullmatch(done.stdout.splitlines()[-1])
    assert done.stderr == ""
