"""Hash chains: how the games of Crash and Slide were all fixed before the first of them.

A chain begins with a secret. Each further hash is the SHA-256 of the one before, as 64 lower-case hexadecimal digits
taken as text. The last hash, the *terminating* one, is announced; then a salt is chosen that nobody could know before,
the hash of a future Bitcoin block; then the chain is played backwards. So from the hash of any game, hashing leads
through the hashes of all earlier games to the announced one, and the hash of a game to come cannot be found from it.

Walking is all there is to verification: if the announced hash is reached, the game was in the chain from the start.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.games.base import HashGame
from fairness.rounds import Link, Played, check_game_hash, play

STEPS_MAX: Final = 10_000_000  # as long as the chains that venues announce

LENGTH_MAX: Final = 1_000_000  # of a chain we make: its hashes are held in memory

_CHUNK: Final = 65_536  # steps between two looks at `cancelled`: some tens of milliseconds


@dataclass(frozen=True, slots=True)
class KnownChain:
    """A chain of the venue: its salt, where that is from, and the announced hash, None where no source gives one."""

    game: str
    label: str
    salt: str
    source: str
    terminating_hash: str | None = None
    terminating_source: str = ""


_SALTS_SOURCE: Final = "Kyran121/provably-fair-verifierform-stake:src/lib/constants.ts"

# An announcement of a re-seeding of Slide (bitcointalk topic 5278260) names the terminating hash
# 8fdb3105bc0eee5ab95ebd3b94084a261422af67b53fca4d2ba480f32e3b7bae and Bitcoin block 650,200. Whether the older salt
# below is that block's hash is not known here, nor any game that would show it, so that chain is given no such hash.
KNOWN_CHAINS: Final = (
    KnownChain(
        "crash",
        "since July 2019",
        "0000000000000000001b34dc6a1e86083f95500b096231436e9b25cbdd0075c4",
        f"Bitcoin block 584,500; {_SALTS_SOURCE}",
        "78a9757d3be42b74a3f70239078ad9317125fe9ee630d5bdada46de963e56752",
        # Not on trust: known games of this salt lead to it, the furthest after 6,987,802 steps (see the tests).
        "the venue's announcement of July 2019, as quoted in public repositories",
    ),
    KnownChain("slide", "present", "00000000000000000000644330e1340fc6e894a95c37060bdd180ed11d068944", _SALTS_SOURCE),
    KnownChain("slide", "older", "0000000000000000000b20f796f5421cac95c4efb06c6bbf6408d6f9b5d7b9dc", _SALTS_SOURCE),
)


class Walked(Enum):
    """How a walk ended."""

    REACHED = "reached"  # the announced hash: the game belongs to the chain
    NOT_REACHED = "not reached"  # within the steps allowed
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk from a game's hash: how it ended, after how many steps, and at which hash."""

    ended: Walked
    steps: int
    last_hash: str


@dataclass(frozen=True, slots=True)
class ChainGame:
    """A game on the way from a later one: how many games before it, its hash, and the game recomputed."""

    steps: int
    game_hash: str
    played: Played


def hash_before(game_hash: str) -> str:
    """The hash of the game before: SHA-256 of this one's text."""
    check_game_hash(game_hash)
    return hashlib.sha256(game_hash.encode("ascii")).hexdigest()


def walk(
    game_hash: str,
    terminating_hash: str,
    *,
    steps_max: int = STEPS_MAX,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Walk:
    """Hash on from a game's hash until the announced one is reached, at most `steps_max` times.

    About every twentieth of a second `cancelled` is asked, and `progress` told how many steps are done; it is told the
    last count, too. Raises `InvalidInput` for what is no hash or no count of steps.
    """
    check_game_hash(game_hash)
    _check_terminating_hash(terminating_hash)
    _check_steps("steps_max", steps_max)
    # The loop that matters: everything it uses is local, and texts are compared as bytes.
    sha256, target, here = hashlib.sha256, terminating_hash.encode("ascii"), game_hash.encode("ascii")
    steps = 0
    while here != target and steps < steps_max:
        if cancelled is not None and cancelled():
            return Walk(Walked.CANCELLED, steps, here.decode("ascii"))
        for _ in range(min(_CHUNK, steps_max - steps)):
            here = sha256(here).hexdigest().encode("ascii")
            steps += 1
            if here == target:
                break
        if progress is not None:
            progress(steps)
    return Walk(Walked.REACHED if here == target else Walked.NOT_REACHED, steps, here.decode("ascii"))


def games_back(game: HashGame[Any, Any], link: Link, *, count: int) -> Iterator[ChainGame]:
    """This game and those before it in its chain, newest first, `count` of them. Bad input is refused here."""
    _check_steps("count", count)
    newest = play(game, link, {})
    return _games_back(game, link, newest, count)


def _games_back(game: HashGame[Any, Any], link: Link, newest: Played, count: int) -> Iterator[ChainGame]:
    here, played = link.game_hash, newest
    for steps in range(count):
        if steps:
            here = hash_before(here)
            played = play(game, Link(here, link.salt), {})
        yield ChainGame(steps, here, played)


def chains_of(game: str) -> tuple[KnownChain, ...]:
    """The known chains of a game of the venue, the present one first; none for a game without a chain."""
    return tuple(chain for chain in KNOWN_CHAINS if chain.game == game)


def make_chain(secret: str, length: int) -> tuple[str, ...]:
    """A chain of `length` hashes in the order they are played, from the terminating one to the secret itself."""
    check_game_hash(secret)
    _check_steps("length", length, most=LENGTH_MAX)
    chain = [secret]
    for _ in range(length - 1):
        chain.append(hash_before(chain[-1]))
    return tuple(reversed(chain))


def _check_terminating_hash(text: str) -> None:
    try:
        check_game_hash(text)
    except InvalidInput as error:
        raise InvalidInput("terminating_hash", error.problem) from None


def _check_steps(field: str, steps: int, *, most: int = STEPS_MAX) -> None:
    if not isinstance(steps, int) or isinstance(steps, bool) or not 1 <= steps <= most:
        raise InvalidInput(field, f"must be a whole number from 1 to {most}")
