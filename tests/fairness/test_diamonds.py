"""Diamonds: known answers, and the patterns counted over every deal there is."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given

from fairness.errors import InvalidInput
from fairness.games.diamonds import DEALT, GAME, GEMS, PATTERNS, DiamondsOptions
from tests.fairness.playing import assert_agrees_with_vectors, float_lists, mean, plain_words, played_at
from tests.fairness.shared import needs_vectors

OPTIONS = DiamondsOptions()


def pattern_of(deal: str) -> str:
    """The pattern of a deal given as five digits, the places in the list of gems."""
    return GAME.play([(int(digit) + 0.5) / len(GEMS) for digit in deal], OPTIONS).pattern


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@pytest.mark.parametrize("nonce", range(20))
def test_it_agrees_with_a_plain_way(nonce: int) -> None:
    played = played_at(GAME, nonce, {})
    assert played.answers["gems"] == [GEMS[word * 7 >> 32] for word in plain_words(nonce, DEALT)]
    assert played.payout == Fraction(played.result or 0)


@pytest.mark.parametrize(
    ("deal", "pattern", "multiplier"),
    [
        ("33333", "five of a kind", "50"),
        ("36333", "four of a kind", "5"),
        ("36363", "full house", "4"),
        ("01020", "three of a kind", "3"),
        ("01012", "two pair", "2"),
        ("01234", "nothing", "0"),
        ("61234", "nothing", "0"),
        ("01230", "pair", "0.1"),
    ],
)
def test_it_knows_the_patterns(deal: str, pattern: str, multiplier: str) -> None:
    assert pattern_of(deal) == pattern
    assert PATTERNS[pattern].multiplier == Decimal(multiplier)


def test_its_patterns_have_as_many_deals_as_there_are() -> None:
    found = Counter(pattern_of("".join(map(str, deal))) for deal in product(range(7), repeat=DEALT))
    assert found == {name: pattern.deals for name, pattern in PATTERNS.items()}


def test_its_table_returns_2360_of_2401() -> None:
    distribution = GAME.distribution(OPTIONS)
    assert sum(distribution.values()) == 1
    assert mean(distribution) == Fraction(2360, 2401)
    assert round(float(1 - mean(distribution)), 4) == 0.0171


@given(float_lists(DEALT))
def test_its_steps_lead_to_its_gems(floats: list[float]) -> None:
    outcome = GAME.play(floats, OPTIONS)
    assert [pick.meaning for pick in GAME.picks(floats, OPTIONS)] == list(outcome.gems)
    assert outcome.multiplier == PATTERNS[outcome.pattern].multiplier


def test_it_refuses_options() -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options({"risk": "low"})
    assert refused.value.field == "risk"
