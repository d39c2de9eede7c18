"""What chance gives, beside what a run found. Exact fractions until the last step; pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import groupby, pairwise
from math import sqrt
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.games import drill, limbo
from fairness.games.registry import game as find_game
from fairness.scanning.plan import Target
from fairness.scanning.result import EDGES
from streams import exactjson

# Games with too many results to list, which count them instead; their results are whole hundredths.
CHANCES_AT_LEAST: Final[Mapping[str, Callable[[Decimal], Fraction]]] = {
    "limbo": limbo.chance_at_least,
    "drill": drill.chance_at_least,
}
CENT: Final = Decimal("0.01")
BARS_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class Expected:
    """How many of some rounds chance puts in: the mean, and the standard deviation of that count."""

    chance: Fraction
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Results from `low` to `high`: how many there were, and how many chance gives; None where that is not known."""

    low: Decimal
    high: Decimal | None  # None: and over
    count: int
    expected: Expected | None


def of_target(game: str, params: Mapping[str, Any], target: Target, *, rounds: int) -> Expected | None:
    """What chance gives for a target; None where the game's chances are not known in closed form."""
    low, high = target.bounds
    chance = _chances(game, params).between(low, high)
    return None if chance is None else _expected(chance, rounds)


def _expected(chance: Fraction, rounds: int) -> Expected:
    mean = chance * rounds
    return Expected(chance, float(mean), sqrt(float(mean * (1 - chance))))


class _Chances:
    """The chances of one game with its options."""

    def __init__(self, game: str, params: Mapping[str, Any]) -> None:
        self._listed: Mapping[Decimal, Fraction] | None = None
        self._at_least: Callable[[Decimal], Fraction] | None = None
        # What an earlier version took may be refused now; then nothing is known of its chances.
        with suppress(InvalidInput):
            found = find_game(game)
            self._listed = found.distribution(found.read_options(params))
            self._at_least = CHANCES_AT_LEAST.get(game)

    @property
    def results(self) -> Sequence[Decimal]:
        """Every result, ascending; empty where they are not listed."""
        return sorted(self._listed or ())

    def between(self, low: Decimal | None, high: Decimal | None) -> Fraction | None:
        """The chance of a result between two bounds, both of which count."""
        if self._listed is not None:
            inside = (
                chance
                for result, chance in self._listed.items()
                if (low is None or result >= low) and (high is None or result <= high)
            )
            return sum(inside, Fraction(0))
        if self._at_least is None:
            return None
        reached = Fraction(1) if low is None else self._at_least(low)
        # Above a bound means from the next hundredth on.
        beyond = Fraction(0) if high is None else self._at_least(_hundredth_below(high) + CENT)
        return max(Fraction(0), reached - beyond)


def _hundredth_below(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_FLOOR)


def _chances(game: str, params: Mapping[str, Any]) -> _Chances:
    return _remembered(game, exactjson.dumps(dict(params)))


@lru_cache(maxsize=64)
def _remembered(game: str, params: str) -> _Chances:
    return _Chances(game, exactjson.loads(params))


def bars(
    game: str, params: Mapping[str, Any], distribution: Sequence[tuple[Decimal, int]], *, between_edges: bool
) -> list[Bar]:
    """The observed distribution over the exact one, in BARS_MAX bars at most.

    Results are joined to neighbours where there are too many: as many different ones in each bar.
    """
    rounds = sum(count for _, count in distribution)
    if not rounds:
        return []
    chances = _chances(game, params)
    found = dict(distribution)
    if between_edges:
        return list(_edge_bars(chances, found, rounds))
    results = sorted({*chances.results, *found})
    size = -(-len(results) // BARS_MAX)
    made = []
    for _, group in groupby(enumerate(results), key=lambda place: place[0] // size):
        values = [result for _, result in group]
        chance = chances.between(values[0], values[-1])
        made.append(
            Bar(
                low=values[0],
                high=values[-1],
                count=sum(found.get(value, 0) for value in values),
                expected=None if chance is None else _expected(chance, rounds),
            )
        )
    return made


def _edge_bars(chances: _Chances, found: Mapping[Decimal, int], rounds: int) -> Iterator[Bar]:
    """A bar from each edge up to the next, those at both ends joined; the last has no upper end."""
    used = [edge for edge in EDGES if edge in found]
    wanted = [edge for edge in EDGES if used[0] <= edge <= used[-1]]
    step = -(-len(wanted) // BARS_MAX)
    for low, following in pairwise([*wanted[::step], None]):
        assert low is not None
        beyond = None if following is None else chances.between(following, None)
        reached = chances.between(low, None)
        chance = None if reached is None else reached - (beyond or 0)
        yield Bar(
            low=low,
            high=following,
            count=sum(
                count for edge, count in found.items() if edge >= low and (following is None or edge < following)
            ),
            expected=None if chance is None else _expected(chance, rounds),
        )
