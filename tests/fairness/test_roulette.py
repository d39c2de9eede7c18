"""Roulette: known answers, the table of bets, and what each returns."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games.roulette import BETS, GAME, POCKETS, RouletteOptions, RouletteRound, colour
from tests.fairness.playing import assert_agrees_with_vectors, plain_words, played_at, words
from tests.fairness.shared import needs_vectors

GROUPS = {
    "dozens": ("dozen_1_12", "dozen_13_24", "dozen_25_36"),
    "rows": ("row_1_34", "row_2_35", "row_3_36"),
    "colours": ("red", "black"),
    "parities": ("even", "odd"),
    "halves": ("half_1_18", "half_19_36"),
}


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@pytest.mark.parametrize("nonce", range(20))
def test_it_agrees_with_a_plain_way(nonce: int) -> None:
    (word,) = plain_words(nonce, 1)
    played = played_at(GAME, nonce, {})
    assert played.answers["pocket"] == played.result == word * POCKETS >> 32


@pytest.mark.parametrize("group", GROUPS)
def test_its_bets_share_the_36_numbers_evenly(group: str) -> None:
    shares = [BETS[bet] for bet in GROUPS[group]]
    assert sorted(pocket for share in shares for pocket in share) == list(range(1, POCKETS))
    assert {len(share) for share in shares} == {36 // len(shares)}


def test_every_bet_is_in_a_group() -> None:
    assert {bet for bets in GROUPS.values() for bet in bets} == set(BETS)


def test_its_colours_are_a_european_table_s() -> None:
    # On the table red and odd go together from 1 to 10 and from 19 to 28, and are exchanged elsewhere.
    odd_is_red = {*range(1, 11), *range(19, 29)}
    assert colour(0) == "green"
    for pocket in range(1, POCKETS):
        assert colour(pocket) == ("red" if (pocket % 2 == 1) == (pocket in odd_is_red) else "black")


@pytest.mark.parametrize(
    ("bet", "pays"),
    [(bet, 3) for bet in (*GROUPS["dozens"], *GROUPS["rows"])]
    + [(bet, 2) for bet in (*GROUPS["colours"], *GROUPS["parities"], *GROUPS["halves"])],
)
def test_its_bets_return_36_of_37(bet: str, pays: int) -> None:
    payouts = [GAME.payout(RouletteRound(pocket), RouletteOptions(bet)) for pocket in range(POCKETS)]
    assert payouts[0] == 0
    assert set(payouts) == {Fraction(0), Fraction(pays)}
    assert sum(payout or 0 for payout in payouts) / POCKETS == Fraction(36, 37)


@given(st.sets(st.integers(0, 36), min_size=1))
def test_numbers_share_the_wager(numbers: set[int]) -> None:
    options = GAME.read_options({"bet": "number", "numbers": sorted(numbers)})
    payouts = [GAME.payout(RouletteRound(pocket), options) for pocket in range(POCKETS)]
    assert [pocket for pocket, payout in enumerate(payouts) if payout] == sorted(numbers)
    assert sum(payout or 0 for payout in payouts) == 36


def test_one_number_pays_36() -> None:
    assert GAME.payout(RouletteRound(0), GAME.read_options({"bet": "number", "numbers": "0"})) == 36


def test_its_distribution_counts_every_word_once() -> None:
    distribution = GAME.distribution(RouletteOptions())
    assert list(distribution) == [Decimal(pocket) for pocket in range(POCKETS)]
    assert sum(distribution.values()) == 1
    assert all(abs(chance - Fraction(1, POCKETS)) < Fraction(1, 2**32) for chance in distribution.values())


@given(words)
def test_every_round_has_its_shape(word: int) -> None:
    outcome = GAME.play([word / 2**32], RouletteOptions())
    assert outcome.pocket == word * POCKETS >> 32
    (pick,) = GAME.picks([word / 2**32], RouletteOptions())
    assert pick.meaning == f"pocket {outcome.pocket}, {colour(outcome.pocket)}"
    assert GAME.payout(outcome, RouletteOptions()) is None


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("bet", {"bet": "row1"}),
        ("numbers", {"bet": "number"}),
        ("numbers", {"bet": "number", "numbers": ""}),
        ("numbers", {"bet": "number", "numbers": "37"}),
        ("numbers", {"bet": "number", "numbers": "1,1"}),
        ("numbers", {"bet": "red", "numbers": "1"}),
        ("numbers", {"numbers": "1"}),
        ("colour", {"colour": "red"}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(options)
    assert refused.value.field == field
