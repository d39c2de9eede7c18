"""Darts: known answers, every edge of every board, and the return of a throw."""

import json
from fractions import Fraction
from math import nextafter, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.commands.check import differences
from fairness.errors import InvalidInput
from fairness.exact import WORDS
from fairness.games import darts
from tests.fairness.playing import mean, nonces, plain_words, played_at, unit_floats
from tests.fairness.shared import FOLDER, needs_vectors, records

every_difficulty = pytest.mark.parametrize("difficulty", darts.DIFFICULTIES)


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    # Through `check`: rotation and distance were recorded as doubles, or to three decimals.
    for record in records("darts"):
        assert list(differences(record)) == []


@needs_vectors
@every_difficulty
def test_its_boards_are_the_shared_ones(difficulty: str) -> None:
    table = json.loads((FOLDER / "tables" / "darts.json").read_text())
    board = darts.BOARDS[difficulty]
    assert [board.bull, board.inner, board.middle, board.ring] == table["radii"][difficulty]
    assert sorted(board.red) == table["wedges_red"][difficulty]
    assert sorted(board.orange) == table["wedges_orange"][difficulty]
    multipliers = {darts.COLOURS[part]: float(paid) for part, paid in board.multipliers.items()}
    assert multipliers == table["multipliers"][difficulty]


@pytest.mark.parametrize(
    ("difficulty", "returned"), [("easy", "0.9794"), ("medium", "0.9802"), ("hard", "0.9804"), ("expert", "0.9798")]
)
def test_it_returns_98_percent(difficulty: str, returned: str) -> None:
    chances = darts.GAME.distribution(darts.DartsOptions(difficulty))
    assert sum(chances.values()) == 1
    assert f"{float(mean(chances)):.4f}" == returned


@every_difficulty
def test_its_chances_are_shares_of_the_board(difficulty: str) -> None:
    board = darts.BOARDS[difficulty]
    area = {name: Fraction(str(getattr(board, name))) ** 2 / 500**2 for name in ("bull", "inner", "middle", "ring")}
    wedge = (area["ring"] - area["middle"]) / 18
    expected = {
        "bull": area["bull"],
        "inner": area["inner"] - area["bull"] + 1 - area["ring"],
        "middle": area["middle"] - area["inner"],
        "red": wedge * len(board.red),
        "orange": wedge * len(board.orange),
        "yellow": wedge * (18 - len(board.red) - len(board.orange)),
    }
    found = darts.part_chances(board)
    assert sum(found.values()) == sum(expected.values()) == 1
    for part, chance in expected.items():
        assert abs(found[part] - chance) < Fraction(20, WORDS), part


@every_difficulty
def test_the_rings_end_where_their_words_do(difficulty: str) -> None:
    """Walk from the centre by the counted words: each ring's last word is in it, and the next one is not."""
    chances = darts.part_chances(darts.BOARDS[difficulty])
    words = {part: int(chance * WORDS) for part, chance in chances.items()}
    options = darts.DartsOptions(difficulty)

    def part_at(word: int) -> str:
        return darts.GAME.play([0.0, word / WORDS], options).part

    # The inner ring's own words: the first word that is in the middle one, found by walking from the expected edge.
    to_middle = int((darts.BOARDS[difficulty].inner / 500) ** 2 * WORDS) - 3
    while part_at(to_middle) == "inner":
        to_middle += 1
    assert (part_at(words["bull"] - 1), part_at(words["bull"])) == ("bull", "inner")
    assert (part_at(to_middle + words["middle"] - 1), part_at(to_middle + words["middle"])) == ("middle", "yellow")
    outer = words["inner"] - (to_middle - words["bull"])
    assert (part_at(WORDS - outer - 1), part_at(WORDS - outer)) == ("yellow", "inner")


@pytest.mark.parametrize(
    ("difficulty", "radius", "part"),
    [
        ("easy", 62.5, "bull"),
        ("easy", 275, "inner"),
        ("easy", 375, "middle"),
        ("easy", 450, "inner"),  # the wedges end before their edge
        ("medium", 50, "bull"),
        ("medium", 400, "inner"),
        ("hard", 30, "bull"),
        ("expert", 10, "bull"),
        ("expert", 250, "inner"),
        ("expert", 375, "inner"),
    ],
)
def test_an_edge_belongs_to_its_ring(difficulty: str, radius: float, part: str) -> None:
    distance = (radius / 500) ** 2
    if darts.radius_of(distance) != radius:  # the square of a radius need not be a double
        distance = nextafter(distance, 1 if darts.radius_of(distance) < radius else 0)
    assert darts.radius_of(distance) == radius
    assert darts.GAME.play([0.0, distance], darts.DartsOptions(difficulty)).part == part


@every_difficulty
def test_its_wedges_are_eighteen(difficulty: str) -> None:
    board = darts.BOARDS[difficulty]
    assert not board.red & board.orange
    assert board.red | board.orange < set(range(18))
    distance = ((board.middle + board.ring) / 2 / 500) ** 2
    for wedge in range(18):
        part = darts.GAME.play([(wedge + 0.5) / 18, distance], darts.DartsOptions(difficulty)).part
        assert part == ("red" if wedge in board.red else "orange" if wedge in board.orange else "yellow")


@given(nonces, st.sampled_from(darts.DIFFICULTIES))
def test_it_throws_as_the_plain_way_does(nonce: int, difficulty: str) -> None:
    played = played_at(darts.GAME, nonce, {"difficulty": difficulty})
    rotation, distance = (word / 2**32 for word in plain_words(nonce, 2))
    assert (played.answers["rotation"], played.answers["distance"]) == (rotation, distance)
    assert abs(played.answers["rotation_3dp"] - rotation) <= 0.0005
    assert abs(played.answers["distance_3dp"] - distance) <= 0.0005
    board = darts.BOARDS[difficulty]
    r = 500 * sqrt(distance)
    rings = [(board.bull, "bull"), (board.inner, "inner"), (board.middle, "middle"), (board.ring, "wedge")]
    part = next((name for edge, name in rings if r <= edge), "inner")
    if part == "wedge":
        part = board.wedge_part(int(rotation * 18))
    assert played.answers["pixel_color"] == darts.COLOURS[part]
    assert played.result == played.payout == played.answers["multiplier"] == board.multipliers[part]


@given(unit_floats, unit_floats, st.sampled_from(darts.DIFFICULTIES))
def test_its_steps_tell_the_part(rotation: float, distance: float, difficulty: str) -> None:
    options = darts.DartsOptions(difficulty)
    turned, landed = darts.GAME.picks([rotation, distance], options)
    assert turned.meaning == f"wedge {int(rotation * 18)}"
    outcome = darts.GAME.play([rotation, distance], options)
    assert landed.meaning.endswith(f"{outcome.part}, ×{outcome.multiplier}")


@pytest.mark.parametrize(
    ("field", "params"),
    [("difficulty", {}), ("difficulty", {"difficulty": "master"}), ("rows", {"difficulty": "easy", "rows": 8})],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        darts.GAME.read_options(params)
    assert refused.value.field == field
