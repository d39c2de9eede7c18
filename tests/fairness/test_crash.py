"""Crash and Slide, which differ in their return alone: known answers, ends, and chances exact to the number."""

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.exact import WORDS
from fairness.games import crash, slide
from fairness.games.crash import Crash, CrashOptions
from fairness.rounds import Seeds, play
from tests.fairness.hash_games import assert_agrees_with_vectors, digest_of, plain_digest, played_at
from tests.fairness.playing import words
from tests.fairness.shared import needs_vectors

GAMES: tuple[Crash, ...] = (crash.GAME, slide.GAME)
each_game = pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)


def reached(game: Crash, number: int) -> Decimal:
    return game.play(digest_of(number), CrashOptions()).multiplier


@needs_vectors
@each_game
def test_it_agrees_with_the_shared_vectors(game: Crash) -> None:
    assert_agrees_with_vectors(game)


@each_game
@pytest.mark.parametrize("number", range(30))
def test_it_agrees_with_a_plain_way(game: Crash, number: int) -> None:
    drawn = int(plain_digest(number)[:8], 16)
    played = played_at(game, number, {})
    assert played.result == played.outcome.multiplier
    assert played.result * 100 == max(100, game.return_percent * WORDS // (drawn + 1))
    unfloored = max(Fraction(1), Fraction(game.return_percent * WORDS, 100 * (drawn + 1)))
    assert played.answers["multiplier_unfloored"] == pytest.approx(float(unfloored), rel=1e-15)


@pytest.mark.parametrize(
    ("game", "number", "multiplier"),
    [
        (crash.GAME, 0, "4252017623.04"),
        (crash.GAME, 2**31 - 1, "1.98"),
        (crash.GAME, 2**32 - 1, "1.00"),
        (slide.GAME, 0, "4209067950.08"),
        (slide.GAME, 2**31 - 1, "1.96"),
        (slide.GAME, 2**32 - 1, "1.00"),
    ],
)
def test_it_reaches_from_1_to_billions(game: Crash, number: int, multiplier: str) -> None:
    assert str(reached(game, number)) == multiplier


@each_game
def test_it_differs_from_the_page_s_doubles_only_at_whole_hundredths(game: Crash) -> None:
    # Every n + 1 that divides 98 or 99 × 2^32 has a whole number of hundredths, and no other has.
    top = game.return_percent * WORDS
    odd = [divisor for divisor in range(1, 100, 2) if game.return_percent % divisor == 0]
    whole = [divisor << shift for divisor in odd for shift in range(34) if divisor << shift <= WORDS]
    whole = [count for count in whole if top % count == 0]
    short = 0
    for count in whole:
        page = math.floor(max(1, 2**32 / count * (game.return_percent / 100)) * 100)
        exact = int(reached(game, count - 1) * 100)
        assert exact - page in {0, 1}, count
        short += exact - page
    assert short == {"crash": 60, "slide": 57}[game.name]


@given(number=words, game=st.sampled_from(GAMES))
def test_elsewhere_it_is_the_page_s(number: int, game: Crash) -> None:
    if game.return_percent * WORDS % (number + 1):
        page = math.floor(max(1, 2**32 / (number + 1) * (game.return_percent / 100)) * 100) / 100
        assert float(reached(game, number)) == page


@each_game
@pytest.mark.parametrize("target", ["1.01", "1.5", "2", "32.85", "1000", "999999.99", "1000000"])
def test_chances_change_exactly_at_the_last_number_that_reaches(game: Crash, target: str) -> None:
    count = game.chance_at_least(Decimal(target)) * WORDS
    assert count.denominator == 1
    assert reached(game, int(count) - 1) >= Decimal(target)
    assert reached(game, int(count)) < Decimal(target)


def test_chances_are_certain_below_and_impossible_above() -> None:
    assert crash.chance_at_least(Decimal(1)) == slide.chance_at_least(Decimal("0.5")) == 1
    assert crash.chance_at_least(Decimal("4252017623.05")) == slide.chance_at_least(Decimal("4209067950.09")) == 0


@each_game
def test_its_bets_return_what_it_says_less_what_a_number_is_worth(game: Crash) -> None:
    for hundredths in range(101, 100_000_001, 999_983):
        target = Fraction(hundredths, 100)
        returned = game.chance_at_least(target) * target
        assert Fraction(game.return_percent, 100) - target / WORDS < returned <= Fraction(game.return_percent, 100)


@given(number=words, target=st.decimals("1.01", "1000000", places=2), game=st.sampled_from(GAMES))
def test_a_bet_is_won_when_the_shown_result_reaches_it(number: int, target: Decimal, game: Crash) -> None:
    options = game.read_options({"target": target})
    outcome = game.play(digest_of(number), options)
    assert game.payout(outcome, options) == (Fraction(target) if outcome.multiplier >= target else 0)
    (pick,) = game.picks(digest_of(number), options)
    assert pick.number == number
    assert pick.meaning == f"multiplier {outcome.multiplier}"


def test_without_a_target_the_payout_is_unknown() -> None:
    assert played_at(crash.GAME, 1, {}).payout is None
    assert crash.GAME.distribution(CrashOptions()) is None


@pytest.mark.parametrize(
    ("field", "options"),
    [("target", {"target": "1"}), ("target", {"target": "1000000.01"}), ("cashout", {"cashout": "2"})],
)
def test_it_refuses_by_naming_the_field(field: str, options: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        crash.GAME.read_options(options)
    assert refused.value.field == field


def test_it_is_not_played_from_a_seed_pair() -> None:
    with pytest.raises(InvalidInput) as refused:
        play(crash.GAME, Seeds("a", "b", 1), {})
    assert refused.value.field == "game_hash"
