"""One piece of a scan: what a range of nonces gives, on one back-end, in one thread, within a time.

All back-ends give the same `Tally`. It holds cells, not decimals, so that it is cheap to make, to send and to add.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.util import find_spec
from time import perf_counter
from typing import Any, Final, Protocol, TypeAlias

from fairness.errors import InvalidInput
from fairness.scanning.cells import Cells, DecimalCells, HundredthCells, Interval
from fairness.scanning.plain import cell_of_words, words_of_nonce
from fairness.scanning.plan import Plan
from fairness.scanning.result import DISTINCT_MAX, EDGES, HIGHEST_NONCES, Result, between_edges
from fairness.scanning.rules import rule_for

NUMBA: Final = "numba"
NUMPY: Final = "numpy"
HASHLIB: Final = "hashlib"
BACK_ENDS: Final = (NUMBA, NUMPY, HASHLIB)  # fastest first

# Nonces between two looks at the clock: few at first, because a round of a slot takes a millisecond.
BATCH_MIN: Final = 50
BATCH_MAX: Final = 5000
BATCH_SECONDS: Final = 0.02


def back_ends() -> tuple[str, ...]:
    """The back-ends that can be used here, fastest first."""
    has_numpy = find_spec("numpy") is not None
    there = {NUMBA: has_numpy and find_spec("numba") is not None, NUMPY: has_numpy, HASHLIB: True}
    return tuple(name for name in BACK_ENDS if there[name])


@dataclass
class Tally:
    """What consecutive nonces gave, in cells. `limits` bounds the hits of each target."""

    nonces: int
    counts: list[int]
    hits: list[list[tuple[int, Any]]]
    distribution: dict[Any, int] = field(default_factory=dict)  # by cell, or by lower edge
    is_between_edges: bool = False
    highest: Any = None
    highest_nonces: list[int] = field(default_factory=list)

    @classmethod
    def empty(cls, targets: int) -> "Tally":
        """The tally of no nonce."""
        return cls(0, [0] * targets, [[] for _ in range(targets)])

    def see_highest(self, cell: Any, nonces: Sequence[int]) -> None:
        """Take note of the highest cell of later nonces, and of the first of those that have it."""
        if self.highest is None or cell > self.highest:
            self.highest, self.highest_nonces = cell, list(nonces[:HIGHEST_NONCES])
        elif cell == self.highest:
            self.highest_nonces = [*self.highest_nonces, *nonces][:HIGHEST_NONCES]

    def add(self, later: "Tally", limits: Sequence[int]) -> None:
        """Add the tally of the nonces that follow."""
        self.nonces += later.nonces
        for index, limit in enumerate(limits):
            self.counts[index] += later.counts[index]
            room = limit - len(self.hits[index])
            self.hits[index].extend(later.hits[index][: max(0, room)])
        if later.is_between_edges and not self.is_between_edges:
            self.distribution, self.is_between_edges = between_edges(self.distribution), True
        counts = later.distribution
        if self.is_between_edges and not later.is_between_edges:
            counts = between_edges(counts)
        for key, count in counts.items():
            self.distribution[key] = self.distribution.get(key, 0) + count
        if not self.is_between_edges and len(self.distribution) > DISTINCT_MAX:
            self.distribution, self.is_between_edges = between_edges(self.distribution), True
        if later.highest is not None:
            self.see_highest(later.highest, later.highest_nonces)

    def result(self, cells: Cells, hits_max: int) -> Result:
        """The tally with cells as results."""
        distribution = dict(sorted(self.distribution.items()))
        return Result(
            nonces=self.nonces,
            counts=tuple(self.counts),
            hits=tuple([(nonce, cells.decimal(cell)) for nonce, cell in found] for found in self.hits),
            hits_max=hits_max,
            distribution=distribution
            if self.is_between_edges
            else {cells.decimal(cell): count for cell, count in distribution.items()},
            edges=EDGES if self.is_between_edges else (),
            highest=None if self.highest is None else cells.decimal(self.highest),
            highest_nonces=tuple(self.highest_nonces),
        )


class Counting(Protocol):
    """How one back-end counts the rounds of one plan."""

    @property
    def cells(self) -> Cells:
        """What the cells of the tallies mean."""

    def count(self, start: int, end: int, limits: Sequence[int], seconds: float) -> Tally:
        """The tally from `start`, to `end` or until the time is over, of `limits` hits a target at most."""


def counting(plan: Plan, back_end: str) -> Counting:
    """The counting of a plan. Imports and compiles what it needs; the rest takes no time of its own."""
    if back_end not in back_ends():
        known = ", ".join(back_ends())
        raise InvalidInput("back_end", f"must be one of those that can be used here: {known}")
    options = plan.seed_game.read_options(plan.params)
    rule = rule_for(plan.game, options)
    cells: Cells = DecimalCells() if rule is None else rule.cells
    intervals = tuple(cells.interval(target) for target in plan.targets)
    if back_end == HASHLIB:
        if rule is None:
            return ListCounting(cells, intervals, _played(plan, _plain_words(plan, options)))
        words = words_of_nonce(plan.server_seed, plan.client_seed, rule.words)
        return ListCounting(cells, intervals, _plain_cells(words, cell_of_words(rule)))
    from fairness.scanning.arrays import ArrayCounting, WordSource

    source = WordSource(plan, compiled=back_end == NUMBA)
    if rule is None:
        needed = plan.seed_game.floats_needed(options)
        return ListCounting(cells, intervals, _played(plan, source.rounds(needed)))
    return ArrayCounting(rule, intervals, source)


ListOfCells: TypeAlias = Callable[[int, int], list[Any]]  # first nonce, how many → their cells
Rounds: TypeAlias = Callable[[int, int], Iterator[Sequence[int]]]  # first nonce, how many → their words


def _plain_cells(words: Callable[[int], Sequence[int]], cell: Callable[[Sequence[int]], int]) -> ListOfCells:
    return lambda first, size: [cell(words(nonce)) for nonce in range(first, first + size)]


def _plain_words(plan: Plan, options: Any) -> Rounds:
    words = words_of_nonce(plan.server_seed, plan.client_seed, plan.seed_game.floats_needed(options))
    return lambda first, size: map(words, range(first, first + size))


def _played(plan: Plan, rounds: Rounds) -> ListOfCells:
    """The results of a game without a rule, by its own `play`."""
    game = plan.seed_game
    options = game.read_options(plan.params)

    def cells(first: int, size: int) -> list[Decimal]:
        found = []
        for words in rounds(first, size):
            result = game.result(game.play([word / 2**32 for word in words], options), options)
            if result is None:
                raise InvalidInput("game", f"cannot be scanned: a round of {game.title} had no number")
            found.append(result)
        return found

    return cells


@dataclass
class ListCounting:
    """Counts cells that come as lists: whole numbers or decimals."""

    cells: Cells
    intervals: tuple[Interval, ...]
    list_of_cells: ListOfCells
    batch: int = BATCH_MIN

    def count(self, start: int, end: int, limits: Sequence[int], seconds: float) -> Tally:
        now = perf_counter()
        deadline = now + seconds
        tally = Tally.empty(len(self.intervals))
        while (first := start + tally.nonces) <= end:
            cells = self.list_of_cells(first, min(self.batch, end - first + 1))
            tally.add(self._tally(first, cells, limits), limits)
            before, now = now, perf_counter()
            if now >= deadline:
                break
            # Threads may both change it; either is a good size.
            self.batch = min(2 * self.batch, BATCH_MAX) if now - before < BATCH_SECONDS else self.batch
        return tally

    def _tally(self, first: int, cells: list[Any], limits: Sequence[int]) -> Tally:
        often = Counter(cells)
        tally = Tally.empty(len(self.intervals))
        tally.nonces = len(cells)
        for index, (low, high) in enumerate(self.intervals):
            tally.counts[index] = sum(count for cell, count in often.items() if low <= cell <= high)
            if tally.counts[index] and limits[index]:
                found = [(nonce, cell) for nonce, cell in enumerate(cells, start=first) if low <= cell <= high]
                tally.hits[index] = found[: limits[index]]
        if isinstance(self.cells, HundredthCells):
            often = Counter({self.cells.decimal(cell): count for cell, count in often.items()})
            tally.distribution, tally.is_between_edges = between_edges(often), True
        else:
            tally.distribution = dict(often)
        highest = max(cells)
        tally.see_highest(highest, [nonce for nonce, cell in enumerate(cells, start=first) if cell == highest])
        return tally
