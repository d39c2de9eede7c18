"""Floats: no game, but what every game of a seed pair is made of, to be looked at on its own.

Asked for `count` floats from the byte `byte_cursor` of the round's stream of bytes, it gives them; asked for
`hmac_rounds`, it gives the first so many blocks of 32 bytes and all their floats. A cursor need not be a multiple of
four: floats then begin in the middle of those that a game would read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fairness.draws import BYTES_PER_FLOAT
from fairness.errors import InvalidInput
from fairness.exact import WORDS, word_of
from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.options import Params, check_names, whole

BYTES_PER_BLOCK: Final = 32
FLOATS_PER_BLOCK: Final = BYTES_PER_BLOCK // BYTES_PER_FLOAT

CURSOR_MAX: Final = 1000
COUNT_MAX: Final = 1000
ROUNDS_MAX: Final = 100

_DIGITS: Final = 12  # to which the known answers are written


@dataclass(frozen=True, slots=True)
class FloatsOptions:
    """How many floats, and the byte of the stream that the first begins at."""

    byte_cursor: int
    count: int

    @property
    def blocks(self) -> int:
        """How many blocks these floats reach into."""
        return -(-(self.byte_cursor + self.count * BYTES_PER_FLOAT) // BYTES_PER_BLOCK)


@dataclass(frozen=True, slots=True)
class FloatsRound:
    """The words of the floats asked for (each over 2^32 is one), and the blocks they were read from."""

    words: tuple[int, ...]
    blocks: tuple[bytes, ...]


class Floats(SeedGame[FloatsOptions, FloatsRound]):
    name = "floats"
    title = "Floats"
    result_name = "floats"
    option_infos = (
        OptionInfo("byte_cursor", "whole", "First byte", low=0, high=CURSOR_MAX, default=0),
        OptionInfo("count", "whole", "Floats", low=1, high=COUNT_MAX, optional=True),
        OptionInfo("hmac_rounds", "whole", "Blocks, instead of floats", low=1, high=ROUNDS_MAX, optional=True),
    )

    def read_options(self, given: Params) -> FloatsOptions:
        check_names(given, ("byte_cursor", "count", "hmac_rounds"))
        cursor = whole(given, "byte_cursor", low=0, high=CURSOR_MAX, default=0)
        if given.get("hmac_rounds") is None:
            return FloatsOptions(cursor, whole(given, "count", low=1, high=COUNT_MAX))
        rounds = whole(given, "hmac_rounds", low=1, high=ROUNDS_MAX)
        if cursor or given.get("count") is not None:
            raise InvalidInput("hmac_rounds", "goes without byte_cursor and count: whole blocks are given")
        return FloatsOptions(0, rounds * FLOATS_PER_BLOCK)

    def floats_needed(self, options: FloatsOptions) -> int:
        return options.blocks * FLOATS_PER_BLOCK

    def play(self, floats: Sequence[float], options: FloatsOptions) -> FloatsRound:
        # A float holds its four bytes exactly, so the stream can be written down again from the floats of its blocks.
        stream = b"".join(word_of(number).to_bytes(BYTES_PER_FLOAT, "big") for number in floats)
        starts = range(options.byte_cursor, options.byte_cursor + options.count * BYTES_PER_FLOAT, BYTES_PER_FLOAT)
        return FloatsRound(
            tuple(int.from_bytes(stream[start : start + BYTES_PER_FLOAT], "big") for start in starts),
            tuple(stream[start : start + BYTES_PER_BLOCK] for start in range(0, len(stream), BYTES_PER_BLOCK)),
        )

    def picks(self, floats: Sequence[float], options: FloatsOptions) -> tuple[Pick, ...]:
        steps = []
        for index, word in enumerate(self.play(floats, options).words):
            first = options.byte_cursor + index * BYTES_PER_FLOAT
            places = " + ".join(f"{byte}/256^{place}" for place, byte in enumerate(word.to_bytes(4, "big"), start=1))
            steps.append(Pick(word / WORDS, f"{places} = {word / WORDS:.12f}", f"bytes {first} to {first + 3}"))
        return tuple(steps)

    def result(self, outcome: FloatsRound, options: FloatsOptions) -> None:
        return None  # Floats are no result of a game: there is no `distribution` and no payout either.

    def answers(self, outcome: FloatsRound, options: FloatsOptions) -> dict[str, Any]:
        return {
            "floats_12dp": [round(word / WORDS, _DIGITS) for word in outcome.words],
            "hmac_hex_by_round": [block.hex() for block in outcome.blocks],
        }


GAME: Final = Floats()
