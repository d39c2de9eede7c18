"""Primedice: known answers of its own, and the roll of Dice."""

from fractions import Fraction

import pytest

from fairness.games import dice
from fairness.games.primedice import GAME
from tests.fairness.playing import assert_agrees_with_vectors, played_at
from tests.fairness.shared import needs_vectors


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@pytest.mark.parametrize("nonce", range(5))
def test_it_is_dice_by_another_name(nonce: int) -> None:
    bet = {"target": "50.5", "condition": "above"}
    rolled, diced = played_at(GAME, nonce, bet), played_at(dice.GAME, nonce, bet)
    assert (rolled.game, diced.game) == ("primedice", "dice")
    assert (rolled.outcome, rolled.payout) == (diced.outcome, diced.payout)
    assert rolled.payout in {Fraction(0), Fraction(2)}
