"""`python -m fairness`: outcome, explain and chain, with their refusals."""

import json
from typing import Any

import pytest

from fairness.__main__ import main
from fairness.chains import make_chain
from fairness.games.registry import SLUGS

PAIR = [
    "--server-seed",
    "564e967b90f03d0153fdcb2d2d1cc5a5057e0df78163611fe3801d6498e681ca",
    "--client-seed",
    "zXv1upuFns",
]
PUMP = ["--game", "pump", *PAIR, "--nonce", "5663", "--param", "difficulty=expert"]
SALT = "0000000000000000001b34dc6a1e86083f95500b096231436e9b25cbdd0075c4"
CHAIN = make_chain("ab" * 32, 5)


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(arguments) == code
    return capsys.readouterr().out


def test_an_outcome_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(said(capsys, "outcome", *PUMP)) == {
        "game": "pump",
        "multiplier": 11200.65,
        "pop_point": 13,
        "safe_pumps": 12,
        "picks": [16, 25, 20, 13, 15, 14, 23, 18, 19, 17],
        "result": 11200.65,
        "payout": None,
    }


def test_an_option_of_the_bet_tells_the_payout(capsys: pytest.CaptureFixture[str]) -> None:
    # The listed 1.63 is the rounded 49/30, which is what is paid.
    found = json.loads(said(capsys, "outcome", *PUMP, "--param", "pumps=1"))
    assert found["payout"] == "49/30"


def test_a_step_by_step_explanation_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "explain", *PUMP)
    for part in (
        "message zXv1upuFns:5663:0",
        "message zXv1upuFns:5663:1",
        "float 9:",
        "pop at 13",
        "multiplier: 11200.65",
        "Result: 11200.65",
        "Payout of one unit: unknown",
    ):
        assert part in text
    assert text.count("float ") == 10
    assert text.index("1. Digests") < text.index("2. Floats") < text.index("3. Picks") < text.index("4. Outcome")


def test_a_game_of_a_chain_is_explained_too(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "explain", "--game", "zoo", "--game-hash", CHAIN[0], "--salt", SALT)
    assert f"message {SALT}" in text
    assert "animals: " in text
    assert "Note: " in text  # nobody says what it pays
    assert "floats" not in text.lower()


def test_a_chain_that_was_announced_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    chain = ["chain", "--game", "crash", "--game-hash", CHAIN[-1], "--terminating-hash", CHAIN[0]]
    assert json.loads(said(capsys, *chain)) == {"reached": True, "steps": 4, "last_hash": CHAIN[0]}
    found = json.loads(said(capsys, *chain, "--steps-max", "3", code=1))
    assert found == {"reached": False, "steps": 3, "last_hash": CHAIN[1]}


def test_the_games_before_one_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "chain", "--game", "slide", "--game-hash", CHAIN[-1], "--games", "3").splitlines()
    assert [line.split()[:2] for line in lines] == [["0", CHAIN[4]], ["1", CHAIN[3]], ["2", CHAIN[2]]]
    assert all("multiplier=" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["outcome", *PUMP, "--param", "difficulty=easy"], "difficulty is given twice"),
        (["outcome", *PUMP, "--param", "difficulty"], "param must be written"),
        (["outcome", *PUMP, "--param", "colour=red"], "colour is not an option"),
        (["outcome", "--game", "pump", *PAIR, "--nonce", "1"], "difficulty is missing"),
        (["outcome", "--game", "pump", *PAIR, "--param", "difficulty=expert"], "nonce is missing"),
        *((["outcome", *PUMP, "--nonce", bad], "nonce must be") for bad in ("-1", "x", "1.5", "1e3", "9" * 400, "²")),
        (["outcome", *PUMP, "--server-seed", ""], "server_seed is empty"),
        (["outcome", *PUMP, "--server-seed", "ab\n"], "server_seed contains whitespace"),
        (["outcome", *PUMP, "--client-seed", "a\nb"], "client_seed contains a line break"),
        (["outcome", *PUMP, "--client-seed", "x" * 10_000_000], "client_seed is longer"),
        (["explain", *PUMP, "--game", "solitaire"], "game must be one of"),
        (["outcome", "--game", "crash", *PAIR, "--nonce", "1"], "is played from a game's hash"),
        (["outcome", "--game", "pump", "--game-hash", CHAIN[0], "--salt", SALT], "difficulty is missing"),
        (["outcome", "--game", "crash", "--game-hash", "xyz", "--salt", SALT], "game_hash must be"),
        (["outcome", "--game", "crash", "--game-hash", CHAIN[0]], "salt is missing"),
        (["chain", "--game", "pump", "--game-hash", CHAIN[0], "--games", "1"], "game has no hash chain"),
        (["chain", "--game", "slide", "--game-hash", CHAIN[0]], "terminating_hash is missing"),
        (["chain", "--game", "zoo", "--game-hash", CHAIN[0], "--games", "1"], "salt is missing"),
        (["chain", "--game", "crash", "--game-hash", CHAIN[0], "--games", "0"], "count must be"),
        (["chain", "--game", "crash", "--game-hash", CHAIN[0], "--steps-max", "-5"], "steps_max must be"),
    ],
)
def test_it_refuses_by_naming_the_field(arguments: list[str], field: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert field in captured.err


@pytest.mark.parametrize("slug", SLUGS)
def test_every_game_is_explained(slug: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the options that its known answers use."""
    record = next(record for record in ANSWERS if record["game"] == slug)
    arguments = ["explain", "--game", slug]
    for name in ("server_seed", "client_seed", "nonce", "game_hash", "salt"):
        if name in record:
            arguments += [f"--{name.replace('_', '-')}", str(record[name])]
    for name, value in record["params"].items():
        arguments += ["--param", f"{name}={value}"]
    text = said(capsys, *arguments)
    assert "Picks" in text
    assert "→" in text.split("Picks")[1].split("Outcome")[0]


def own_answers() -> list[dict[str, Any]]:
    from tests.fairness.test_known_answers import RECORDS

    seeds = {"server_seed": "ab" * 32, "client_seed": "c", "nonce": 1, "params": {}}
    house: list[dict[str, Any]] = [
        {"game": "house_dice", **seeds},
        {"game": "house_crash", "game_hash": CHAIN[0], "salt": SALT, "params": {}},
    ]
    return [*RECORDS, *house]


ANSWERS = own_answers()
