"""Blue Samurai: every symbol in view has a float of its own.

A spin fills five reels of 3, 4, 4, 4 and 3 symbols from eighteen floats. The first and last reel are *outer*, the
others *inner*; each kind has its own chances. Three or more scatters win ten bonus spins, up to 180. An outer reel
full of samurai starts five *special* spins: only the inner reels turn, twelve floats a spin, and a samurai once seen
stays where it is until the five are over.

Spins follow each other in one stream of floats, and the two kinds take different numbers of them. So a spin is named
by its round (0 is the spin that was paid for) and by the float it begins at, as the venue's page does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.options import Params, check_names, whole, yes

REEL_SIZES: Final = (3, 4, 4, 4, 3)
INNER_SIZES: Final = REEL_SIZES[1:-1]
SPIN_FLOATS: Final = sum(REEL_SIZES)
SPECIAL_FLOATS: Final = sum(INNER_SIZES)

SAMURAI: Final = "samurai"
SCATTER: Final = "scatter"
SCATTERS_TO_WIN: Final = 3
BONUS_SPINS_MAX: Final = 180
SPECIAL_SPINS: Final = 5

# A spin and its bonus spins may each start special ones.
_SPINS_MAX: Final = 1 + BONUS_SPINS_MAX
ROUND_MAX: Final = _SPINS_MAX * (1 + SPECIAL_SPINS) - 1
OFFSET_MAX: Final = _SPINS_MAX * (SPIN_FLOATS + SPECIAL_SPINS * SPECIAL_FLOATS) - SPECIAL_FLOATS

# The chances of the symbols in thousandths, on an outer and on an inner reel, in the order in which they share the
# floats from 0 to 1. Source: the list in Kyran121/provably-fair-verifierform-stake. Check: each column is 1000.
CHANCES: Final[dict[str, tuple[int, int]]] = {
    "s1": (75, 90),
    "s2": (75, 90),
    "s3": (80, 70),
    "s4": (80, 60),
    "s5": (80, 90),
    "s6": (80, 80),
    "s7": (80, 80),
    "s8": (80, 65),
    "s9": (150, 150),
    SAMURAI: (170, 120),
    SCATTER: (0, 40),
    "wild": (50, 65),
}

SYMBOLS: Final = tuple(CHANCES)
# Where each symbol's share ends. Summed as whole numbers: sums of doubles would miss 0.25 and 0.625 by a rounding.
_OUTER_ENDS: Final = tuple(total / 1000 for total in accumulate(outer for outer, _ in CHANCES.values()))
_INNER_ENDS: Final = tuple(total / 1000 for total in accumulate(inner for _, inner in CHANCES.values()))

Columns = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class BlueSamuraiOptions:
    """Which spin of the bet, and where in the stream of floats it begins (and the first of its five special spins)."""

    round: int
    special: bool
    float_offset: int
    first_special_float_offset: int | None = None

    @property
    def first_float(self) -> int:
        """The first float that this spin depends on."""
        return self.float_offset if self.first_special_float_offset is None else self.first_special_float_offset


@dataclass(frozen=True, slots=True)
class BlueSamuraiRound:
    """One spin: the symbols it drew, reel by reel, and those in view when samurai stay. A special spin: inner reels."""

    drawn: Columns
    in_view: Columns

    @property
    def scatters(self) -> int:
        """How many scatters are in view."""
        return sum(column.count(SCATTER) for column in self.in_view)


class BlueSamurai(SeedGame[BlueSamuraiOptions, BlueSamuraiRound]):
    name = "blue_samurai"
    title = "Blue Samurai"
    result_name = "multiplier"
    unsourced = "No source tells what the symbols pay."
    option_infos = (
        OptionInfo("round", "whole", "Round (0 is the spin itself)", low=0, high=ROUND_MAX),
        OptionInfo("special", "yes", "Special spin", default=False),
        OptionInfo("float_offset", "whole", "First float of the spin", low=0, high=OFFSET_MAX, default=0),
        OptionInfo(
            "first_special_float_offset",
            "whole",
            "First float of the five special spins",
            low=SPIN_FLOATS,
            high=OFFSET_MAX,
            optional=True,
        ),
    )

    def read_options(self, given: Params) -> BlueSamuraiOptions:
        check_names(given, ("round", "special", "float_offset", "first_special_float_offset"))
        round_number = whole(given, "round", low=0, high=ROUND_MAX)
        special = yes(given, "special")
        first_round = 0 if round_number == 0 else None  # Of round 0 alone it is known where it begins.
        offset = whole(given, "float_offset", low=0, high=OFFSET_MAX, default=first_round)
        first = given.get("first_special_float_offset")
        if special:
            first = whole(given, "first_special_float_offset", low=SPIN_FLOATS, high=OFFSET_MAX)
            _check_special(offset, first)
        elif first is not None:
            raise InvalidInput("first_special_float_offset", "is for special spins only")
        _check_offset(round_number, offset)
        return BlueSamuraiOptions(round_number, special, offset, first)

    def floats_needed(self, options: BlueSamuraiOptions) -> int:
        return options.float_offset + (SPECIAL_FLOATS if options.special else SPIN_FLOATS)

    def play(self, floats: Sequence[float], options: BlueSamuraiOptions) -> BlueSamuraiRound:
        if not options.special:
            columns = _columns(floats[options.float_offset :], REEL_SIZES)
            return BlueSamuraiRound(columns, columns)
        held: set[tuple[int, int]] = set()
        drawn: Columns = ()
        for start in range(options.first_float, options.float_offset + 1, SPECIAL_FLOATS):
            drawn = _columns(floats[start:], INNER_SIZES)
            held |= {(x, y) for x, column in enumerate(drawn) for y, symbol in enumerate(column) if symbol == SAMURAI}
        in_view = tuple(
            tuple(SAMURAI if (x, y) in held else symbol for y, symbol in enumerate(column))
            for x, column in enumerate(drawn)
        )
        return BlueSamuraiRound(drawn, in_view)

    def picks(self, floats: Sequence[float], options: BlueSamuraiOptions) -> tuple[Pick, ...]:
        own = floats[options.float_offset :]
        kinds = _is_outer(INNER_SIZES if options.special else REEL_SIZES)
        return tuple(_step(number, outer) for number, outer in zip(own, kinds, strict=False))

    def result(self, outcome: BlueSamuraiRound, options: BlueSamuraiOptions) -> Decimal | None:
        return None  # What the symbols pay is not known.

    def answers(self, outcome: BlueSamuraiRound, options: BlueSamuraiOptions) -> dict[str, Any]:
        in_view = [list(column) for column in outcome.in_view]
        if options.special:
            return {
                "inner_columns_with_held_samurai": in_view,
                "inner_columns": [list(column) for column in outcome.drawn],
                "scatters": outcome.scatters,
            }
        return {
            "columns": in_view,
            "scatters": outcome.scatters,
            "has_reel_of_samurai": any(set(column) == {SAMURAI} for column in (in_view[0], in_view[-1])),
        }


GAME: Final = BlueSamurai()


def symbol_of(number: float, *, outer: bool) -> str:
    """The symbol that a float is: the first whose share ends above it."""
    return SYMBOLS[_index(number, outer)]


def _index(number: float, outer: bool) -> int:
    return next(index for index, end in enumerate(_OUTER_ENDS if outer else _INNER_ENDS) if number < end)


def _is_outer(sizes: Sequence[int]) -> list[bool]:
    """For each symbol of a spin in turn, whether it is on an outer reel; special spins have inner ones only."""
    last = len(sizes) - 1 if sizes == REEL_SIZES else None
    return [last is not None and reel in (0, last) for reel, size in enumerate(sizes) for _ in range(size)]


def _columns(floats: Sequence[float], sizes: Sequence[int]) -> Columns:
    symbols = iter([symbol_of(number, outer=outer) for number, outer in zip(floats, _is_outer(sizes), strict=False)])
    return tuple(tuple(next(symbols) for _ in range(size)) for size in sizes)


def _step(number: float, outer: bool) -> Pick:
    index = _index(number, outer)
    end = (_OUTER_ENDS if outer else _INNER_ENDS)[index]
    return Pick(number, f"{number:.10f} < {end}", f"{SYMBOLS[index]} on an {'outer' if outer else 'inner'} reel")


def _check_offset(round_number: int, offset: int) -> None:
    """Refuse a float at which no spin of this round can begin: rounds before it took 18 or 12 floats each."""
    beyond_special = offset - round_number * SPECIAL_FLOATS
    spins, rest = divmod(beyond_special, SPIN_FLOATS - SPECIAL_FLOATS)
    if rest or not 0 <= spins <= round_number:
        raise InvalidInput("float_offset", f"is not where round {round_number} can begin")


def _check_special(offset: int, first: int) -> None:
    """Refuse special spins that are not one of five in a row."""
    number, rest = divmod(offset - first, SPECIAL_FLOATS)
    if rest or not 0 <= number < SPECIAL_SPINS:
        raise InvalidInput("first_special_float_offset", "must lie 0, 12, 24, 36 or 48 floats before float_offset")
