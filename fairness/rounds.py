"""One round of any game, from its seeds to its outcome, with every step on the way."""

import hashlib
import hmac
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

from fairness.draws import BYTES_PER_FLOAT, blocks, floats
from fairness.errors import InvalidInput
from fairness.games.base import Game, HashGame, Pick, SeedGame
from fairness.options import Params

FLOATS_PER_BLOCK = hashlib.sha256().digest_size // BYTES_PER_FLOAT
SALT_MAX = 1000  # characters


@dataclass(frozen=True, slots=True)
class Seeds:
    """What a round of one player comes from."""

    server_seed: str
    client_seed: str
    nonce: int


@dataclass(frozen=True, slots=True)
class Link:
    """What a round of many players comes from: the hash of its game, and the public salt of the chain."""

    game_hash: str
    salt: str


@dataclass(frozen=True, slots=True)
class Played:
    """A recomputed round. `result` and `payout` are None where nobody outside the venue can know them."""

    game: str
    options: Any
    outcome: Any
    result: Decimal | None
    payout: Fraction | None
    answers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """One digest of a round, with the message it is of; `first_float` numbers the first of its floats from 0."""

    message: str
    digest: bytes
    first_float: int


@dataclass(frozen=True, slots=True)
class Explained:
    """A recomputed round with its steps: digests, numbers, picks."""

    played: Played
    key: str
    blocks: tuple[Block, ...]
    floats: tuple[float, ...]  # none for a game of a hash chain
    picks: tuple[Pick, ...]


def play(game: Game[Any, Any], source: Seeds | Link, given: Params) -> Played:
    """The round that `source` gives with these options. Raises `InvalidInput` naming what cannot be used."""
    options = game.read_options(given)
    return _played(game, options, _outcome(game, source, options))


def explain(game: Game[Any, Any], source: Seeds | Link, given: Params) -> Explained:
    """As `play`, with every step. Raises `InvalidInput`."""
    options = game.read_options(given)
    played = _played(game, options, _outcome(game, source, options))
    if isinstance(game, HashGame) and isinstance(source, Link):
        digest = link_digest(source)
        picks = game.picks(digest, options)
        return Explained(played, source.game_hash, (Block(source.salt, digest, 0),), (), picks)
    assert isinstance(game, SeedGame)
    assert isinstance(source, Seeds)
    needed = game.floats_needed(options)
    used = _floats(source, needed)
    digests = islice(
        blocks(server_seed=source.server_seed, client_seed=source.client_seed, nonce=source.nonce),
        -(-needed // FLOATS_PER_BLOCK),
    )
    steps = tuple(
        Block(f"{source.client_seed}:{source.nonce}:{number}", digest, number * FLOATS_PER_BLOCK)
        for number, digest in enumerate(digests)
    )
    return Explained(played, source.server_seed, steps, tuple(used), game.picks(used, options))


def _played(game: Game[Any, Any], options: Any, outcome: Any) -> Played:
    return Played(
        game.name,
        options,
        outcome,
        game.result(outcome, options),
        game.payout(outcome, options),
        game.answers(outcome, options),
    )


def _outcome(game: Game[Any, Any], source: Seeds | Link, options: Any) -> Any:
    if isinstance(game, SeedGame):
        if not isinstance(source, Seeds):
            raise InvalidInput("server_seed", f"is missing: {game.title} is played from a seed pair and a nonce")
        return game.play(_floats(source, game.floats_needed(options)), options)
    assert isinstance(game, HashGame)
    if not isinstance(source, Link):
        raise InvalidInput("game_hash", f"is missing: {game.title} is played from a game's hash and a salt")
    return game.play(link_digest(source), options)


def _floats(source: Seeds, needed: int) -> list[float]:
    numbers = floats(server_seed=source.server_seed, client_seed=source.client_seed, nonce=source.nonce)
    return list(islice(numbers, needed))


def link_digest(source: Link) -> bytes:
    """HMAC-SHA256 with the game hash's hex text as key and the salt's text as message."""
    check_game_hash(source.game_hash)
    check_salt(source.salt)
    return hmac.digest(source.game_hash.encode("ascii"), source.salt.encode(), "sha256")


def check_game_hash(text: str) -> None:
    """Refuse what is not 64 lower-case hexadecimal digits: it is used as text, so letter case matters."""
    if len(text) != 64 or any(digit not in "0123456789abcdef" for digit in text):
        raise InvalidInput("game_hash", "must be 64 hexadecimal digits in lower case")


def check_salt(text: str) -> None:
    """Refuse a salt that cannot be one."""
    if not text:
        raise InvalidInput("salt", "is empty")
    if text != text.strip() or not text.isprintable():
        raise InvalidInput("salt", "contains line breaks or whitespace around it; paste it again without")
    if len(text) > SALT_MAX:
        raise InvalidInput("salt", f"is longer than {SALT_MAX} characters")
