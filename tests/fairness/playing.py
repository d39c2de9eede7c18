"""What the tests of games share: rounds by nonce, floats to play them from, and a second, plain way to draw."""

import hashlib
import hmac
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from fairness.games.base import SeedGame
from fairness.rounds import Played, Seeds, explain, play
from tests.fairness.shared import records, source

SERVER_SEED = "9c1f2e7a4b6d8035"
CLIENT_SEED = "a client's seed"

nonces = st.integers(0, 2**53 - 1)
words = st.integers(0, 2**32 - 1)
unit_floats = words.map(lambda word: word / 2**32)


def float_lists(count: int) -> st.SearchStrategy[list[float]]:
    """Any floats a round could be made of."""
    return st.lists(unit_floats, min_size=count, max_size=count)


def played_at(game: SeedGame[Any, Any], nonce: int, params: dict[str, Any]) -> Played:
    """The round of the tests' own seed pair at a nonce; its steps must lead to the same."""
    seeds = Seeds(SERVER_SEED, CLIENT_SEED, nonce)
    explained = explain(game, seeds, params)
    assert explained.played == play(game, seeds, params)
    return explained.played


def assert_agrees_with_vectors(game: SeedGame[Any, Any]) -> None:
    """Every shared record of the game, every key of it."""
    for record in records(game.name):
        answers = play(game, Seeds(**source(record)), record["params"]).answers
        assert record["expected"]
        for key, expected in record["expected"].items():
            assert answers[key] == expected, (key, record)


def plain_words(nonce: int, count: int) -> list[int]:
    """The 32-bit numbers of a round of the tests' own seed pair, without the library."""
    stream = b""
    while len(stream) < 4 * count:
        message = f"{CLIENT_SEED}:{nonce}:{len(stream) // 32}"
        stream += hmac.new(SERVER_SEED.encode(), message.encode(), hashlib.sha256).digest()
    return [int(stream[4 * at : 4 * at + 4].hex(), 16) for at in range(count)]


def plain_draw(numbers: Sequence[int], pool_size: int) -> list[int]:
    """Draw without repeats in whole numbers: step through the pool and skip what was taken."""
    taken: list[int] = []
    for number in numbers:
        skip = number * (pool_size - len(taken)) >> 32
        taken.append([item for item in range(pool_size) if item not in taken][skip])
    return taken


def plain_cards(numbers: Sequence[int]) -> list[str]:
    """A deal from the unlimited deck, by division instead of a list of cards."""
    suits = ["diamond", "heart", "spade", "club"]
    dealt = []
    for number in numbers:
        value, suit = divmod(number * 52 >> 32, 4)
        rank = {9: "J", 10: "Q", 11: "K", 12: "A"}.get(value, str(value + 2))
        dealt.append(f"{rank}-{suits[suit]}")
    return dealt


def cents(value: Fraction) -> Decimal:
    """Rounded half up to two decimals."""
    scaled = Decimal(value.numerator) / Decimal(value.denominator)
    return scaled.quantize(Decimal("0.01"), ROUND_HALF_UP)


def mean(distribution: Any) -> Fraction:
    """The expected result of a distribution."""
    return sum((Fraction(result) * chance for result, chance in distribution.items()), Fraction(0))
