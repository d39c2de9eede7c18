"""GET /verify: one Pump round recomputed, held to rounds that are known."""

from decimal import Decimal

import pytest

SEEDS = {
    "server_seed": "564e967b90f03d0153fdcb2d2d1cc5a5057e0df78163611fe3801d6498e681ca",
    "client_seed": "zXv1upuFns",
}

# Nonce: pop point for easy, medium, hard, expert.
POP_POINTS = {
    1: (13, 1, 1, 1),
    2: (19, 18, 5, 4),
    3: (17, 16, 1, 1),
    10: (22, 1, 1, 1),
    100: (13, 13, 12, 1),
    1000: (9, 9, 3, 1),
    5663: (16, 16, 13, 13),
}


def test_it_works(api):
    answer = api.get("/verify", **SEEDS, nonce=5663, difficulty="expert")
    assert answer.body == {"max_pumps": 12, "max_multiplier": Decimal("11200.65"), "pop_point": 13}


@pytest.mark.parametrize("nonce", POP_POINTS)
def test_known_rounds(api, nonce):
    found = [
        api.get("/verify", **SEEDS, nonce=nonce, difficulty=each).body for each in ("easy", "medium", "hard", "expert")
    ]
    assert tuple(row["pop_point"] for row in found) == POP_POINTS[nonce]
    assert all(row["max_pumps"] == row["pop_point"] - 1 for row in found)


def test_nonce_0_and_the_largest(api):
    for nonce in (0, 2**53 - 1):
        assert api.get("/verify", **SEEDS, nonce=nonce, difficulty="easy").status == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({name: value}, name) for name in ("server_seed", "client_seed", "nonce") for value in ("", None)),
        *(({"nonce": value}, "nonce") for value in ("-1", "x", "1.5", 2**53, "1e3", "１")),
        *(({"difficulty": value}, "difficulty") for value in ("insane", "Expert", "\0")),
        *(({"server_seed": value}, "server_seed") for value in ("a\nb", "ab\n", " ab", "ü", "a" * 257, "\0")),
        *(({"client_seed": value}, "client_seed") for value in ("a\n", "a\nb", "\r\na", " a", "a" * 257, "\0")),
    ],
)
def test_it_rejects_and_names_the_parameter(api, changes, field):
    query = {**SEEDS, "nonce": 1, "difficulty": "expert", **changes}
    answer = api.get("/verify", **{name: value for name, value in query.items() if value is not None})
    assert (answer.status, answer.fields) == (422, {field})


def test_seeds_are_not_logged(api, caplog):
    with caplog.at_level("DEBUG"):
        api.get("/verify", **SEEDS, nonce=1, difficulty="x")
    assert SEEDS["server_seed"] not in caplog.text
