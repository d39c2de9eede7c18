"""What the tests of games of a hash chain share."""

import hashlib
import hmac
import math
from typing import Any

import pytest

from fairness.games.base import HashGame
from fairness.rounds import Link, Played, explain, play
from tests.fairness.shared import records, source

SALT = "a salt of our own"


def game_hash(number: int) -> str:
    """The hash of a game of the tests' own."""
    return hashlib.sha256(f"game {number}".encode()).hexdigest()


def plain_digest(number: int) -> str:
    """The digest of that game in hexadecimal, without the library."""
    return hmac.new(game_hash(number).encode(), SALT.encode(), hashlib.sha256).hexdigest()


def played_at(game: HashGame[Any, Any], number: int, params: dict[str, Any]) -> Played:
    """A game of the tests' own; its steps must lead to the same."""
    link = Link(game_hash(number), SALT)
    explained = explain(game, link, params)
    assert explained.played == play(game, link, params)
    assert [block.digest.hex() for block in explained.blocks] == [plain_digest(number)]
    return explained.played


def digest_of(number: int) -> bytes:
    """A digest that begins with this 32-bit number."""
    return number.to_bytes(4, "big") + bytes(28)


def assert_agrees_with_vectors(game: HashGame[Any, Any]) -> None:
    """Every shared record of the game, every key of it."""
    for record in records(game.name):
        answers = play(game, Link(**source(record)), record["params"]).answers
        assert record["expected"]
        for key, expected in record["expected"].items():
            if key == "multiplier_unfloored":
                assert answers[key] == pytest.approx(float(expected), rel=1e-6), record
                # Floored, the two are the same number.
                assert math.floor(expected * 100) == answers["multiplier"] * 100, record
            else:
                assert answers[key] == expected, (key, record)
