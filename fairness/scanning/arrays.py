"""Counting in arrays: the words of a run of nonces at once, from NumPy or compiled, and what is counted in their cells.

The arrays of a run (10,000 nonces at most) stay in the processor's caches; how long the range is does not matter.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import numpy as np

from fairness.scanning import lanes, mappings
from fairness.scanning.cells import HundredthCells, Interval, TableCells
from fairness.scanning.counting import Rounds, Tally
from fairness.scanning.plan import Plan
from fairness.scanning.result import EDGES
from fairness.scanning.rules import Rule

RUN: Final = 10_000  # nonces, as many as share their message but for four digits

Integers = mappings.Integers


class WordSource:
    """The words of the rounds of a seed pair."""

    def __init__(self, plan: Plan, *, compiled: bool) -> None:
        self._messages = lanes.Messages(plan.server_seed, plan.client_seed)
        self._digests = _compiled_digests if compiled else _digests
        self._mapping: Callable[[str], mappings.Mapping] = _compiled_mapping if compiled else _mapping
        if compiled:
            self.words(1, 1, 1)  # compiles

    def words(self, first: int, size: int, needed: int) -> Integers:
        """The first `needed` words of the rounds of a run."""
        blocks = -(-needed // lanes.DIGEST_WORDS)
        found = np.empty((blocks * lanes.DIGEST_WORDS, size), np.int64)
        for block in range(blocks):
            run = self._messages.run(first, size, block)
            rows = found[block * lanes.DIGEST_WORDS : (block + 1) * lanes.DIGEST_WORDS]
            self._digests(run, self._messages.inner, self._messages.outer, rows)
        return found[:needed]

    def rounds(self, needed: int) -> Rounds:
        """The words of one round after the other."""

        def each(first: int, size: int) -> Iterator[Sequence[int]]:
            for start, length in lanes.runs(first, first + size - 1, RUN):
                yield from self.words(start, length, needed).T.tolist()

        return each

    def cells_of(self, rule: Rule) -> Callable[[int, int], Integers]:
        """A function to the cells of a run's rounds."""
        mapping = self._mapping(rule.family)
        numbers, table = np.array(rule.numbers, np.int64), np.array(rule.table, np.int64)

        def cells(first: int, size: int) -> Integers:
            return mapping(self.words(first, size, rule.words), numbers, table)

        cells(1, 1)  # compiles
        return cells


def _digests(run: lanes.Run, inner: lanes.Row, outer: lanes.Row, found: Integers) -> None:
    for row, words in enumerate(lanes.digests(run, inner, outer)):
        found[row] = words


def _compiled_digests(run: lanes.Run, inner: lanes.Row, outer: lanes.Row, found: Integers) -> None:
    from fairness.scanning import kernels

    kernels.digests(run.template, run.at, run.digits, inner, outer, lanes.CONSTANTS, found)


def _mapping(family: str) -> mappings.Mapping:
    found: mappings.Mapping = getattr(mappings, family)
    return found


def _compiled_mapping(family: str) -> mappings.Mapping:
    from fairness.scanning import kernels

    return kernels.mapping(family)


class ArrayCounting:
    """Counts cells that come as arrays."""

    def __init__(self, rule: Rule, intervals: tuple[Interval, ...], source: WordSource) -> None:
        self.cells = rule.cells
        self._intervals = intervals
        self._cells_of = source.cells_of(rule)

    def count(self, start: int, end: int, limits: Sequence[int], seconds: float) -> Tally:
        deadline = perf_counter() + seconds
        tally = Tally.empty(len(self._intervals))
        bins = _Bins.of(self.cells)
        for first, size in lanes.runs(start, end, RUN):
            cells = self._cells_of(first, size)
            bins.add(cells)
            self._add(tally, first, cells, limits)
            if perf_counter() >= deadline:
                break
        self._finish(tally, bins)
        return tally

    def _add(self, tally: Tally, first: int, cells: Integers, limits: Sequence[int]) -> None:
        tally.nonces += cells.size
        # The cells of a table are counted once for all targets at the end.
        counts_here = isinstance(self.cells, HundredthCells)
        for index, (low, high) in enumerate(self._intervals):
            room = limits[index] - len(tally.hits[index])
            if not counts_here and room <= 0:
                continue
            reached = (cells >= low) & (cells <= high)
            if counts_here:
                tally.counts[index] += int(np.count_nonzero(reached))
            if room > 0:
                kept = np.flatnonzero(reached)[:room]
                tally.hits[index].extend(zip((kept + first).tolist(), cells[kept].tolist(), strict=True))
        highest = int(cells.max())
        if tally.highest is None or highest >= tally.highest:
            tally.see_highest(highest, (np.flatnonzero(cells == highest) + first).tolist())

    def _finish(self, tally: Tally, bins: "_Bins") -> None:
        tally.distribution = bins.counts()
        tally.is_between_edges = isinstance(self.cells, HundredthCells)
        if not tally.is_between_edges:
            for index, (low, high) in enumerate(self._intervals):
                tally.counts[index] = int(bins.total[low : high + 1].sum())


@dataclass
class _Bins:
    """How often each cell came up, or how many came up from one edge to the next."""

    keys: Sequence[Any]
    total: Integers
    edges: Integers | None

    @classmethod
    def of(cls, cells: TableCells | HundredthCells) -> "_Bins":
        if isinstance(cells, TableCells):
            count = len(cells.values)
            return cls(range(count), np.zeros(count, np.int64), None)
        return cls(EDGES, np.zeros(len(EDGES), np.int64), np.array(cells.edges(), np.int64))

    def add(self, cells: Integers) -> None:
        if self.edges is not None:
            cells = np.searchsorted(self.edges, cells, side="right") - 1
        self.total += np.bincount(cells, minlength=self.total.size)

    def counts(self) -> dict[Any, int]:
        return {self.keys[index]: int(self.total[index]) for index in np.flatnonzero(self.total).tolist()}
