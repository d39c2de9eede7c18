"""Zoo: three animals are drawn, for all players at once; bet on which.

Every game has a hash of a chain, as in Crash. HMAC-SHA256 with the hash's hexadecimal text as key and the salt as
message gives 32 bytes; each of the first three groups of four is a number, whose remainder by 20 names an animal. (2^32
is not a multiple of 20, so the first sixteen remainders have one number of 2^32 more than the others.)
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from fairness.exact import WORDS
from fairness.games.base import HashGame, Pick
from fairness.options import Params, check_names

DRAWN: Final = 3
_BYTES: Final = 4

# The animal of each remainder. Source: provably-fair-betting/verifierform-stake.
ANIMALS: Final = ("lion",) + ("cheetah",) + ("elephant",) * 2 + ("crocodile",) * 2 + ("rhino",) * 4 + ("penguin",) * 10


@dataclass(frozen=True, slots=True)
class ZooOptions:
    """Zoo has none that change the game."""


@dataclass(frozen=True, slots=True)
class ZooRound:
    """One game: the three animals in the order they were drawn."""

    animals: tuple[str, ...]


class Zoo(HashGame[ZooOptions, ZooRound]):
    name = "zoo"
    title = "Zoo"
    result_name = "animals"
    unsourced = "No source lists what Zoo pays for each animal, so its payout is unknown."

    def read_options(self, given: Params) -> ZooOptions:
        check_names(given, ())
        return ZooOptions()

    def play(self, digest: bytes, options: ZooOptions) -> ZooRound:
        return ZooRound(tuple(ANIMALS[number % len(ANIMALS)] for number in _numbers(digest)))

    def picks(self, digest: bytes, options: ZooOptions) -> tuple[Pick, ...]:
        steps = []
        for number in _numbers(digest):
            rest = number % len(ANIMALS)
            steps.append(Pick(number, f"0x{number:08x} = {number}, mod {len(ANIMALS)} = {rest}", ANIMALS[rest]))
        return tuple(steps)

    def result(self, outcome: ZooRound, options: ZooOptions) -> None:
        return None  # Three animals are no number, and so there is no `distribution` either; see `animal_chances`.

    def answers(self, outcome: ZooRound, options: ZooOptions) -> dict[str, Any]:
        return {"animals": list(outcome.animals)}


GAME: Final = Zoo()


def _numbers(digest: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(digest[_BYTES * at : _BYTES * (at + 1)], "big") for at in range(DRAWN))


def animal_chances() -> dict[str, Fraction]:
    """The chance of each animal in one draw, counted over all 2^32 numbers."""
    chances: dict[str, Fraction] = {}
    for rest, animal in enumerate(ANIMALS):
        numbers = (WORDS - 1 - rest) // len(ANIMALS) + 1
        chances[animal] = chances.get(animal, Fraction(0)) + Fraction(numbers, WORDS)
    return chances
