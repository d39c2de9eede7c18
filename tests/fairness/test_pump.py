"""Pump: known answers, the table against its formula, and the shape of every draw."""

import json
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.draws import NONCE_MAX
from fairness.errors import InvalidInput
from fairness.games import pump
from fairness.rounds import Seeds, play

KNOWN = json.loads((Path(__file__).parent / "pump_answers.json").read_text())["pump"]
SEEDS = KNOWN["seeds"]
SOURCE = SEEDS["server_seed"], SEEDS["client_seed"]
VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors" / "pump.json"

# The one cell the venue lists otherwise than the formula gives (a tie: exactly 929.775).
LISTED = {("hard", 17): Decimal("929.77")}


def round_at(server_seed: str, client_seed: str, nonce: int, difficulty: str) -> pump.PumpRound:
    outcome = play(pump.GAME, Seeds(server_seed, client_seed, nonce), {"difficulty": difficulty}).outcome
    assert isinstance(outcome, pump.PumpRound)
    return outcome


def test_it_plays_a_round_that_was_really_paid() -> None:
    played = round_at(*SOURCE, 5663, "expert")
    assert played == pump.PumpRound(
        picks=(16, 25, 20, 13, 15, 14, 23, 18, 19, 17), pop_point=13, safe_pumps=12, multiplier=Decimal("11200.65")
    )


@pytest.mark.parametrize("nonce", [int(nonce) for nonce in KNOWN["pop_points"]])
def test_it_finds_the_known_pop_points(nonce: int) -> None:
    found = {difficulty: round_at(*SOURCE, nonce, difficulty).pop_point for difficulty in pump.DIFFICULTIES}
    assert found == KNOWN["pop_points"][str(nonce)]


def test_it_finds_as_many_hits_as_are_known() -> None:
    found = Counter(round_at(*SOURCE, nonce, "expert").multiplier for nonce in range(1, 100_001))
    assert {text: found[Decimal(text)] for text in KNOWN["expert_hits_1_to_100000"]} == KNOWN["expert_hits_1_to_100000"]


@pytest.mark.skipif(not VECTORS.exists(), reason="shared pump vectors are not beside this checkout")
def test_it_agrees_with_the_shared_vectors() -> None:
    records: list[dict[str, Any]] = json.loads(VECTORS.read_text(), parse_float=Decimal)
    asserted = [record for record in records if record["status"] == "ok"]
    assert asserted
    for record in asserted:
        assert set(record["expected"]) == {"multiplier"}, record
        played = round_at(record["server_seed"], record["client_seed"], record["nonce"], record["params"]["difficulty"])
        assert played.multiplier == record["expected"]["multiplier"], record


@pytest.mark.parametrize("difficulty", pump.DIFFICULTIES)
def test_its_payouts_return_98_percent(difficulty: str) -> None:
    table = pump.PAYOUTS[difficulty]
    assert table[0] == 1
    assert len(table) == pump.POSITIONS - pump.POPS[difficulty] + 1
    for pumps, listed in enumerate(table[1:], start=1):
        fair = Fraction(98, 100) / pump.probability_at_least(difficulty, pumps)
        exact = Decimal(fair.numerator) / Decimal(fair.denominator)
        rounded = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert listed == LISTED.get((difficulty, pumps), rounded), pumps
        assert abs(Fraction(listed) / fair - 1) < Fraction(1, 100), pumps


def test_the_exception_of_the_table_is_a_tie() -> None:
    assert Fraction(98, 100) / pump.probability_at_least("hard", 17) == Fraction("929.775")


@pytest.mark.parametrize("difficulty", pump.DIFFICULTIES)
def test_chances_fall_from_certain_to_impossible(difficulty: str) -> None:
    last = len(pump.PAYOUTS[difficulty]) - 1
    chances = [pump.probability_at_least(difficulty, pumps) for pumps in range(pump.POSITIONS + 3)]
    assert chances[0] == 1
    assert chances[last] > 0
    assert chances[last + 1 :] == [0] * (len(chances) - last - 1)
    assert chances == sorted(chances, reverse=True)


@pytest.mark.parametrize(
    ("difficulty", "pumps", "one_in"),
    [("expert", 10, "1088.5"), ("expert", 12, "11429.2"), ("expert", 15, "3268760")],
)
def test_chances_are_the_published_gaps(difficulty: str, pumps: int, one_in: str) -> None:
    assert abs(1 / pump.probability_at_least(difficulty, pumps) - Fraction(one_in)) <= Fraction("0.05")


@given(
    client_seed=st.text(st.characters(codec="utf-8"), min_size=1).filter(
        lambda text: text == text.strip() and len(text.splitlines()) == 1
    ),
    nonce=st.integers(0, NONCE_MAX),
    difficulty=st.sampled_from(pump.DIFFICULTIES),
)
def test_every_round_has_its_shape(client_seed: str, nonce: int, difficulty: str) -> None:
    played = round_at("a1b2c3", client_seed, nonce, difficulty)
    assert len(played.picks) == len(set(played.picks)) == pump.POPS[difficulty]
    assert set(played.picks) <= set(range(1, pump.POSITIONS + 1))
    assert played.pop_point == min(played.picks)
    assert played.safe_pumps == min(played.pop_point - 1, pump.POSITIONS - pump.POPS[difficulty])
    assert played.multiplier == pump.PAYOUTS[difficulty][played.safe_pumps]
    assert pump.cell_of(difficulty, played.multiplier) == played.safe_pumps


@pytest.mark.parametrize(
    ("difficulty", "result", "cell"),
    [
        ("expert", "11200.65", 12),
        ("expert", "11200.650", 12),
        ("expert", "3203384.8", 15),
        ("easy", "3.5", 18),
        ("medium", "2254", 22),
        ("hard", "929.77", 17),
        ("expert", "1", 0),  # the multiplier 1 wins over the count 1
        ("expert", "1.00", 0),
        ("expert", "0", 0),
        ("expert", "15", 15),
        ("expert", "12.0", 12),
        ("hard", "20", 20),
        ("easy", "24", 24),
        ("expert", "16", None),  # expert stops at 15 pumps
        ("easy", "25", None),
        ("hard", "929.78", None),
        ("expert", "2.5", None),
        ("expert", "-1", None),
        ("expert", "1E+19", None),
        ("Expert", "1", None),
        ("", "1", None),
    ],
)
def test_it_reads_a_displayed_result(difficulty: str, result: str, cell: int | None) -> None:
    assert pump.cell_of(difficulty, Decimal(result)) == cell


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("difficulty", {"difficulty": "Expert"}),
        ("nonce", {"nonce": -1}),
        ("nonce", {"nonce": NONCE_MAX + 1}),
        ("nonce", {"nonce": True}),
        ("nonce", {"nonce": 1.0}),
        ("server_seed", {"server_seed": ""}),
        ("server_seed", {"server_seed": "abc "}),
        ("server_seed", {"server_seed": "sée"}),
        ("client_seed", {"client_seed": ""}),
        ("client_seed", {"client_seed": "zXv1upuFns\n"}),
        ("client_seed", {"client_seed": "\ud800"}),
        ("client_seed", {"client_seed": "a\nb"}),
        ("client_seed", {"client_seed": "x" * 10_000_000}),
        ("server_seed", {"server_seed": "a" * 10_000_000}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, changed: dict[str, Any]) -> None:
    values = {**SEEDS, "nonce": 1, "difficulty": "easy", **changed}
    with pytest.raises(InvalidInput) as refused:
        round_at(values["server_seed"], values["client_seed"], values["nonce"], values["difficulty"])
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field} ")


def test_it_refuses_chances_of_nothing() -> None:
    with pytest.raises(InvalidInput, match="difficulty"):
        pump.probability_at_least("extreme", 1)
    with pytest.raises(InvalidInput, match="pumps"):
        pump.probability_at_least("expert", -1)


@pytest.mark.parametrize("nonce", [0, NONCE_MAX])
def test_it_plays_the_first_and_the_last_nonce(nonce: int) -> None:
    assert round_at(*SOURCE, nonce, "easy").pop_point in range(1, 26)
