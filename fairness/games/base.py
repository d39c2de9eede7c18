"""What every game offers, in one small shape.

A game turns the floats of a round, and the options the round was played with, into an *outcome*. From the outcome come

* the *result*: the one number that the venue shows for the round and that a search compares (Pump: the highest
  multiplier the round allowed; Dice: the roll), as an exact decimal;
* the *payout*: what a bet of one unit returned, where the options say what the bet was (its target, its picks) and a
  source says what it pays;
* the *distribution*: how often each result comes up when every float is equally likely.

What nobody outside the venue can know is None, never a guess.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from fairness.draws import draw_without_repeats
from fairness.options import Params

Options = TypeVar("Options")  # a frozen dataclass
Outcome = TypeVar("Outcome")  # a frozen dataclass


class Pick(NamedTuple):
    """One step from a number to a part of the outcome, for people: what was computed, and what that means."""

    number: float | int  # the float, or the integer of a game hash
    formula: str  # "⌊0.7266 × 25⌋ = 18"
    meaning: str  # "position 19"


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """How to ask a person for an option. `kind` is choice, whole, number, positions or yes."""

    name: str
    kind: str
    label: str
    choices: tuple[str, ...] = ()
    low: int | Decimal | None = None
    high: int | Decimal | None = None
    most: int | None = None  # of positions
    default: object = None  # None: must be given, unless `optional`
    optional: bool = False  # an option of the bet, not of the round: without it the payout is unknown


class Game(ABC, Generic[Options, Outcome]):
    """One game: stateless, all methods pure. Each module of this package has one, named `GAME`."""

    name: ClassVar[str]  # as in files and addresses: dragon_tower
    title: ClassVar[str]  # as people write it: Dragon Tower
    result_name: ClassVar[str]  # what the result is: "multiplier", "roll"
    option_infos: ClassVar[tuple[OptionInfo, ...]] = ()
    unsourced: ClassVar[str] = ""  # a sentence, where no source tells what the game pays

    @abstractmethod
    def read_options(self, given: Params) -> Options:
        """Check and type the options. Raises `InvalidInput` naming the field, for unknown ones too."""

    @abstractmethod
    def result(self, outcome: Outcome, options: Options) -> Decimal | None:
        """The number shown for the round; None for a game that shows none."""

    def payout(self, outcome: Outcome, options: Options) -> Fraction | None:
        """What one unit returned, exactly; None when the options do not say what was bet, or no source what it pays."""
        return None

    def distribution(self, options: Options) -> Mapping[Decimal, Fraction] | None:
        """The chance of each result, summing to one; None where it is not known in closed form."""
        return None

    @abstractmethod
    def answers(self, outcome: Outcome, options: Options) -> dict[str, Any]:
        """The outcome as JSON values, under the names that the known answers use."""


class SeedGame(Game[Options, Outcome]):
    """A game of one player, whose rounds come from a seed pair and a nonce."""

    @abstractmethod
    def floats_needed(self, options: Options) -> int:
        """How many floats a round may use at most."""

    @abstractmethod
    def play(self, floats: Sequence[float], options: Options) -> Outcome:
        """The outcome of `floats_needed` floats in [0, 1)."""

    @abstractmethod
    def picks(self, floats: Sequence[float], options: Options) -> tuple[Pick, ...]:
        """How each float that was used became a part of the outcome, in order."""


class HashGame(Game[Options, Outcome]):
    """A game of many players, whose rounds come from a chain of hashes and a public salt."""

    @abstractmethod
    def play(self, digest: bytes, options: Options) -> Outcome:
        """The outcome of HMAC-SHA256(key = the game hash's hex text, message = the salt's text)."""

    @abstractmethod
    def picks(self, digest: bytes, options: Options) -> tuple[Pick, ...]:
        """How the digest became the outcome."""


def draw_steps(
    floats: Sequence[float], *, pool_size: int, picks: int, meaning: Callable[[int], str]
) -> tuple[Pick, ...]:
    """The steps of a draw without repeats; `meaning` names what was drawn (0 to pool_size - 1)."""
    drawn = draw_without_repeats(floats, pool_size=pool_size, picks=picks)
    steps = []
    for index, (number, item) in enumerate(zip(floats, drawn, strict=False)):
        left = pool_size - index
        steps.append(Pick(number, f"⌊{number:.10f} × {left}⌋ = {int(number * left)} of those left", meaning(item)))
    return tuple(steps)


def floor_step(number: float, choices: int, meaning: Callable[[int], str]) -> Pick:
    """The step from one float to one of equally likely choices."""
    index = int(number * choices)
    return Pick(number, f"⌊{number:.10f} × {choices}⌋ = {index}", meaning(index))
