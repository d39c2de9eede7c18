"""House Crash: the formula against itself in fractions, every target's return, and no favoured result."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import house_crash
from fairness.games.house_crash import CAP_CP, GAME, VALUES, HouseCrashOptions, chance_at_least, crash_point
from tests.fairness.hash_games import plain_digest, played_at

bits = st.integers(0, VALUES - 1)
edges = st.integers(0, 9999)


@pytest.mark.parametrize("number", range(30))
def test_it_agrees_with_a_plain_way(number: int) -> None:
    h = Fraction(int(plain_digest(number)[:13], 16), 2**52)
    shown = min(Fraction(1000), max(Fraction(1), Fraction(99, 100) / (1 - h)))
    played = played_at(GAME, number, {})
    assert played.answers["crash_cp"] == shown * 100 // 1
    assert played.result == played.answers["multiplier"] == Decimal(played.answers["crash_cp"]) / 100


@pytest.mark.parametrize(
    ("value", "crash_cp"),
    [
        (0, 100),  # 0.99 floored, but no less than 1
        (VALUES // 100, 100),  # 0.99 / 0.99, a value short of it
        (VALUES // 2, 198),
        (VALUES - VALUES // 1000, 99_000),
        (VALUES - 1, 100_000),
    ],
)
def test_it_crashes_from_1_to_the_cap(value: int, crash_cp: int) -> None:
    assert crash_point(value) == crash_cp


@given(value=bits, edge_bp=edges, cap_cp=st.integers(101, 100_000_000))
def test_its_crash_point_is_the_formula_in_fractions(value: int, edge_bp: int, cap_cp: int) -> None:
    exact = (1 - Fraction(edge_bp, 10_000)) / (1 - Fraction(value, VALUES)) * 100
    assert crash_point(value, edge_bp=edge_bp, cap_cp=cap_cp) == max(100, min(cap_cp, exact // 1))


@given(edge_bp=edges, target_cp=st.integers(101, CAP_CP))
def test_chances_change_exactly_at_the_first_value_that_reaches(edge_bp: int, target_cp: int) -> None:
    count = chance_at_least(Fraction(target_cp, 100), edge_bp=edge_bp) * VALUES
    assert count.denominator == 1
    assert crash_point(VALUES - int(count), edge_bp=edge_bp) >= target_cp
    assert int(count) == VALUES or crash_point(VALUES - int(count) - 1, edge_bp=edge_bp) < target_cp


@pytest.mark.parametrize("edge_bp", [0, 100, 250])
def test_every_target_returns_the_same_but_for_a_value(edge_bp: int) -> None:
    promised = Fraction(10_000 - edge_bp, 10_000)
    for target_cp in range(101, CAP_CP + 1):
        target = Fraction(target_cp, 100)
        returned = chance_at_least(target, edge_bp=edge_bp) * target
        assert promised - target / VALUES < returned <= promised, target_cp


def test_its_chances_sum_to_one_over_every_result() -> None:
    reached = [chance_at_least(Fraction(crash_cp, 100)) for crash_cp in range(100, CAP_CP + 2)]
    chances = [here - above for here, above in zip(reached, reached[1:], strict=False)]
    assert sum(chances) == 1
    assert min(chances) > 0
    assert reached[-1] == 0


def test_a_small_game_of_the_same_form_is_counted_value_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house_crash, "VALUES", 2**14)
    found = Counter(crash_point(value, cap_cp=500) for value in range(2**14))
    for target_cp in range(100, 502):
        reaching = sum(count for crash_cp, count in found.items() if crash_cp >= target_cp)
        assert chance_at_least(Fraction(target_cp, 100), cap_cp=500) == Fraction(reaching, 2**14), target_cp


@given(value=bits, target_cp=st.integers(101, CAP_CP))
def test_a_bet_is_won_when_the_crash_point_reaches_it(value: int, target_cp: int) -> None:
    options = GAME.read_options({"target": Decimal(target_cp) / 100})
    digest = (value << 204).to_bytes(32, "big")
    outcome = GAME.play(digest, options)
    assert (outcome.bits, outcome.crash_cp) == (value, crash_point(value))
    assert GAME.payout(outcome, options) == (Fraction(target_cp, 100) if outcome.crash_cp >= target_cp else 0)
    (pick,) = GAME.picks(digest, options)
    assert pick.number == value
    assert pick.meaning == f"crash at {GAME.result(outcome, options)}"
    assert pick.formula.endswith(f" = {outcome.crash_cp}")


def test_it_reads_its_rules() -> None:
    assert GAME.read_options({}) == HouseCrashOptions(100, 100_000, None)
    assert GAME.read_options({"edge_bp": "0", "cap_cp": 500, "target": "5.00"}) == HouseCrashOptions(0, 500, 500)
    assert played_at(GAME, 1, {}).payout is None
    assert GAME.distribution(HouseCrashOptions()) is None


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("edge_bp", {"edge_bp": 10_000}),
        ("edge_bp", {"edge_bp": -1}),
        ("cap_cp", {"cap_cp": 100}),
        ("target", {"target": "1.00"}),
        ("target", {"target": "1.015"}),
        ("target", {"target": "1000.01"}),
        ("target", {"target": "6", "cap_cp": 500}),
        ("cap", {"cap": 500}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(options)
    assert refused.value.field == field
