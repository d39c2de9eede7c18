"""What the commands share: naming a round on the command line, and printing exact numbers as JSON."""

import argparse
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from fairness.errors import InvalidInput
from fairness.games.registry import game
from fairness.rounds import Link, Seeds


def add_source(parser: argparse.ArgumentParser) -> None:
    """The options that name a game and its round."""
    parser.add_argument("--game", required=True, help="for example pump, limbo, dragon_tower")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="an option of the game")
    parser.add_argument("--server-seed", help="the revealed server seed")
    parser.add_argument("--client-seed")
    parser.add_argument("--nonce")
    parser.add_argument("--game-hash", help="for games of a hash chain (crash, slide, zoo), in place of the seeds")
    parser.add_argument("--salt", help="the public salt of the chain")


def read_params(given: Sequence[str]) -> dict[str, str]:
    """`name=value` texts as a mapping; raises `InvalidInput`."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInput("param", "must be written NAME=VALUE")
        if name in found:
            raise InvalidInput(name, "is given twice")
        found[name] = value
    return found


def read_source(named: Mapping[str, object]) -> Seeds | Link:
    """The seeds and nonce, or the hash and salt, out of a record or a command line; raises `InvalidInput`."""
    if named.get("game_hash") is not None:
        return Link(_text(named, "game_hash"), _text(named, "salt"))
    return Seeds(_text(named, "server_seed"), _text(named, "client_seed"), _nonce(named))


def _text(named: Mapping[str, object], name: str) -> str:
    value = named.get(name)
    if not isinstance(value, str):
        raise InvalidInput(name, "is missing" if value is None else "must be text")
    return value


def _nonce(named: Mapping[str, object]) -> int:
    return whole(named.get("nonce"), "nonce")


def whole(value: object, name: str) -> int:
    """A whole number, or the text of one; raises `InvalidInput`."""
    if value is None:
        raise InvalidInput(name, "is missing")
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(name, "must be a whole number")
    return value


def find_game(slug: str) -> Any:
    """The game of this name; raises `InvalidInput`."""
    return game(slug)


def exact(value: Any) -> Any:
    """The value with decimals and fractions as what JSON can say: a number where it means the same, else text."""
    if isinstance(value, Decimal):
        if value == value.to_integral_value() and abs(value) < 2**53:
            return int(value)
        number = float(value)
        return number if Decimal(repr(number)) == value else format(value, "f")
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    if isinstance(value, Mapping):
        return {str(name): exact(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    return value


def print_json(value: Any) -> None:
    """One JSON value, indented, on standard output."""
    print(json.dumps(exact(value), indent=2, ensure_ascii=False))
