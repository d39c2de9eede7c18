"""Zoo: known answers, the animals' shares, and steps."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games.zoo import ANIMALS, GAME, ZooOptions, animal_chances
from tests.fairness.hash_games import assert_agrees_with_vectors, plain_digest, played_at
from tests.fairness.shared import needs_vectors

OPTIONS = ZooOptions()


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


def plain_animal(number: int) -> str:
    rest = number % 20
    if rest < 2:
        return ["lion", "cheetah"][rest]
    if rest < 4:
        return "elephant"
    if rest < 6:
        return "crocodile"
    return "rhino" if rest < 10 else "penguin"


@pytest.mark.parametrize("number", range(30))
def test_it_agrees_with_a_plain_way(number: int) -> None:
    digest = plain_digest(number)
    animals = [plain_animal(int(digest[start : start + 8], 16)) for start in (0, 8, 16)]
    assert played_at(GAME, number, {}).answers == {"animals": animals}


def test_its_animals_have_their_shares() -> None:
    assert Counter(ANIMALS) == {"lion": 1, "cheetah": 1, "elephant": 2, "crocodile": 2, "rhino": 4, "penguin": 10}


def test_its_chances_count_every_number_once() -> None:
    chances = animal_chances()
    assert sum(chances.values()) == 1
    shares = Counter(ANIMALS)
    # Remainders 0 to 15 have 214,748,365 numbers each, 16 to 19 one less.
    assert 2**32 == 214_748_364 * 20 + 16
    assert chances["lion"] == chances["cheetah"] == Fraction(214_748_365, 2**32)
    assert chances["penguin"] == Fraction(10 * 214_748_364 + 6, 2**32)
    assert all(abs(chance - Fraction(shares[animal], 20)) < Fraction(10, 2**32) for animal, chance in chances.items())


@given(st.binary(min_size=32, max_size=32))
def test_its_steps_lead_to_its_animals(digest: bytes) -> None:
    assert tuple(pick.meaning for pick in GAME.picks(digest, OPTIONS)) == GAME.play(digest, OPTIONS).animals


def test_what_it_pays_is_unknown() -> None:
    played = played_at(GAME, 1, {})
    assert (played.result, played.payout, GAME.distribution(OPTIONS)) == (None, None, None)
    assert "unknown" in GAME.unsourced


def test_it_refuses_options() -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options({"animal": "lion"})
    assert refused.value.field == "animal"
