"""Slide: what it does not share with Crash (the rest is in test_crash.py)."""

from fractions import Fraction

from fairness.games import crash, slide


def test_it_returns_a_hundredth_less_than_crash() -> None:
    assert crash.chance_at_least(Fraction(2)) * 2**32 == 2**32 * 99 // 200
    assert slide.chance_at_least(Fraction(2)) * 2**32 == 2**32 * 98 // 200


def test_it_has_its_own_name() -> None:
    assert (slide.GAME.name, slide.GAME.title) == ("slide", "Slide")
    assert slide.GAME.option_infos[0].label == "Target"
