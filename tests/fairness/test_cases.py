"""Cases: known answers, the table against its source and its return, and the exact count of words."""

import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games.cases import DIFFICULTIES, GAME, PAYOUTS, CasesOptions
from tests.fairness.playing import assert_agrees_with_vectors, mean, plain_words, played_at, words
from tests.fairness.shared import FOLDER, needs_vectors


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@needs_vectors
def test_its_table_is_the_venue_s() -> None:
    table = json.loads((FOLDER / "tables" / "cases.json").read_text(), parse_float=Decimal)["table"]
    for difficulty, listed in table.items():
        assert [(float(minimum), multiplier) for minimum, multiplier in listed] == list(PAYOUTS[difficulty])
    assert set(table) == set(PAYOUTS)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_its_round_minima_return_98_percent(difficulty: str) -> None:
    above, returned = Fraction(1), Fraction(0)
    for minimum, multiplier in PAYOUTS[difficulty]:
        # Listed minima are 0.00000001 above these, but for the last, which is 0.
        bound = Fraction(Decimal(str(minimum)).quantize(Decimal("0.000001")))
        assert 0 <= Fraction(str(minimum)) - bound <= Fraction(1, 10**8)
        returned += (above - bound) * Fraction(multiplier)
        above = bound
    assert above == 0
    assert returned == Fraction(98, 100)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_as_listed_it_returns_slightly_less(difficulty: str) -> None:
    returned = mean(GAME.distribution(CasesOptions(difficulty)))
    assert Fraction(98, 100) - Fraction(11, 100_000) < returned < Fraction(98, 100)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_its_distribution_changes_where_the_comparison_does(difficulty: str) -> None:
    options = CasesOptions(difficulty)
    distribution = GAME.distribution(options)
    assert sum(distribution.values()) == 1
    assert len(distribution) == len(PAYOUTS[difficulty])
    word = 2**32
    for multiplier, chance in distribution.items():
        below = word - chance * 2**32
        assert GAME.play([(word - 1) / 2**32], options).multiplier == multiplier
        assert GAME.play([int(below) / 2**32], options).multiplier == multiplier
        word = int(below)
    assert word == 0


@pytest.mark.parametrize("nonce", range(10))
def test_it_agrees_with_a_plain_way(nonce: int) -> None:
    (word,) = plain_words(nonce, 1)
    for difficulty in DIFFICULTIES:
        reached = [multiplier for minimum, multiplier in PAYOUTS[difficulty] if word >= Fraction(minimum) * 2**32]
        played = played_at(GAME, nonce, {"difficulty": difficulty})
        assert played.answers == {"multiplier": reached[0]}
        assert (played.result, played.payout) == (reached[0], Fraction(reached[0]))


@given(word=words, difficulty=st.sampled_from(DIFFICULTIES))
def test_its_step_leads_to_its_multiplier(word: int, difficulty: str) -> None:
    options = CasesOptions(difficulty)
    outcome = GAME.play([word / 2**32], options)
    (pick,) = GAME.picks([word / 2**32], options)
    assert pick.meaning == f"the case holds {outcome.multiplier}"
    assert PAYOUTS[difficulty][outcome.row].minimum <= pick.number


@pytest.mark.parametrize(
    ("field", "options"),
    [("difficulty", {}), ("difficulty", {"difficulty": "master"}), ("risk", {"difficulty": "easy", "risk": "low"})],
)
def test_it_refuses_by_naming_the_field(field: str, options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(options)
    assert refused.value.field == field
