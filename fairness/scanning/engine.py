"""Pieces of a scan, sized by time, in threads or processes, added in the order of their nonces.

The compiled back-end works without Python's lock, so threads share it; the others get processes. A piece ends when its
time is over, however slow the game or the machine is, and what it left is done next: so cancelling never waits longer.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.synchronize import Event
from time import perf_counter
from typing import Final, TypeAlias

from fairness.errors import InvalidInput
from fairness.scanning.counting import NUMBA, Counting, Tally, back_ends, counting
from fairness.scanning.plan import Plan, check_range
from fairness.scanning.result import Result

PIECE_SECONDS: Final = 0.15
POLL_SECONDS: Final = 0.05  # how often a scan of several jobs looks whether it is cancelled
JOBS_MAX: Final = 256
HITS_MAX: Final = 10_000_000  # they are kept in memory

# A piece may grow by this factor over the one before, from the first size on.
FIRST_SIZE: Final = 10_000
GROWTH: Final = 8

Progress: TypeAlias = Callable[[int], object]
Cancelled: TypeAlias = Callable[[], bool]
Count: TypeAlias = Callable[[int, int, Sequence[int], float], Tally]


def scan(
    plan: Plan,
    start: int,
    end: int,
    *,
    back_end: str | None = None,
    jobs: int = 1,
    hits_max: int = 0,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Result:
    """What the nonces from `start` to `end`, both included, give under a plan. Raises `InvalidInput`.

    The fastest back-end is taken unless one is named. `progress` is told how many nonces are done; `cancelled` is asked
    five times a second at least. A cancelled scan returns what it has of the first `nonces` of its range; the rest can
    be scanned later and added.
    """
    check_range(start, end)
    _check_bound("jobs", jobs, 1, JOBS_MAX)
    check_hits_max(hits_max)
    name = back_ends()[0] if back_end is None else back_end
    began = perf_counter()
    counted = counting(plan, name)
    with _crew(plan, name, counted, jobs) as crew:
        ready = perf_counter()
        pieces = Pieces(start, end, targets=len(plan.targets), hits_max=hits_max, ahead=2 * jobs)
        gather(pieces, crew(pieces, cancelled or never), progress)
        seconds = perf_counter() - ready
    result = pieces.tally.result(counted.cells, hits_max)
    result.seconds, result.setup_seconds, result.back_end = seconds, ready - began, name
    return result


def never() -> bool:
    """Nobody cancels."""
    return False


def check_hits_max(hits_max: int) -> None:
    """Refuse more hits than memory should be asked to hold."""
    _check_bound("hits_max", hits_max, 0, HITS_MAX)


def _check_bound(name: str, value: int, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InvalidInput(name, f"must be a whole number from {low} to {high}")


Piece: TypeAlias = tuple[int, int, tuple[int, ...]]  # first nonce, last nonce, limits of the hits


@dataclass
class Pieces:
    """What is to be done, and what was done up to where nothing is missing."""

    start: int
    end: int
    targets: int
    hits_max: int
    ahead: int  # how many pieces may wait for one before them
    tally: Tally = field(init=False)
    size: int = FIRST_SIZE

    def __post_init__(self) -> None:
        self.tally = Tally.empty(self.targets)
        self._given_to = self.start
        self._left: list[tuple[int, int]] = []
        self._waiting: dict[int, Tally] = {}

    @property
    def done(self) -> int:
        """The nonces done without a hole."""
        return self.tally.nonces

    def next(self, share: int) -> Piece | None:
        """A piece to count, of `share` of what is left at most; None when there is none for now."""
        # No more hits are needed than the part without holes leaves room for.
        limits = tuple(self.hits_max - len(found) for found in self.tally.hits)
        if self._left:
            first, last = min(self._left)
            self._left.remove((first, last))
            return first, last, limits
        if self._given_to > self.end or len(self._waiting) >= self.ahead:
            return None
        first = self._given_to
        left = self.end - first + 1
        last = first + min(self.size, max(FIRST_SIZE, -(-left // share))) - 1
        last = min(last, self.end)
        self._given_to = last + 1
        return first, last, limits

    def take(self, piece: Piece, tally: Tally, seconds: float) -> None:
        """Add what a piece gave, and note what its time did not suffice for."""
        first, last, _ = piece
        if first + tally.nonces <= last:
            self._left.append((first + tally.nonces, last))
        rate = tally.nonces / max(seconds, 1e-6)
        self.size = max(1, min(int(rate * PIECE_SECONDS), self.size * GROWTH))
        self._waiting[first] = tally
        limits = (self.hits_max,) * self.targets
        while (following := self._waiting.pop(self.start + self.done, None)) is not None:
            self.tally.add(following, limits)


Taken: TypeAlias = tuple[Piece, Tally, float]
Crew: TypeAlias = Callable[[Pieces, Cancelled], Iterator[Taken]]


def gather(pieces: Pieces, taken: Iterable[Taken], progress: Progress | None) -> None:
    """Add what comes, in whatever order, and tell how many nonces are done without a hole."""
    told = 0
    for piece, tally, seconds in taken:
        pieces.take(piece, tally, seconds)
        if progress is not None and pieces.done > told:
            told = pieces.done
            progress(told)


@contextmanager
def _crew(plan: Plan, back_end: str, counted: Counting, jobs: int) -> Iterator[Crew]:
    """Who counts: this thread, several, or processes, ready to begin."""
    if jobs == 1:
        yield partial(_one_by_one, counted.count)
        return
    if back_end == NUMBA:
        with ThreadPoolExecutor(jobs, thread_name_prefix="scan") as threads:
            yield partial(many, threads, counted.count, jobs)
        return
    # Forking would copy the locks of whatever threads there are, so processes start afresh.
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    processes = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(plan, back_end, stop))
    try:
        wait([processes.submit(_ready) for _ in range(jobs)])
        yield partial(many, processes, _count, jobs)
    finally:
        # A piece that waits in a process's queue can no longer be taken back; this makes it short.
        stop.set()
        processes.shutdown(cancel_futures=True)


def _one_by_one(count: Count, pieces: Pieces, cancelled: Cancelled) -> Iterator[Taken]:
    while not cancelled() and (piece := pieces.next(1)) is not None:
        yield piece, *_timed(count, piece)


def many(executor: Executor, count: Count, jobs: int, pieces: Pieces, cancelled: Cancelled) -> Iterator[Taken]:
    """Count pieces with an executor of `jobs` workers, until all are done or it is cancelled."""
    under_way: dict[Future[tuple[Tally, float]], Piece] = {}
    while not cancelled():
        # One piece more than there are jobs, so that none is idle while we add.
        while len(under_way) <= jobs and (piece := pieces.next(2 * jobs)) is not None:
            under_way[executor.submit(_timed, count, piece)] = piece
        if not under_way:
            return
        done, _ = wait(under_way, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            yield under_way.pop(future), *future.result()
    for future in under_way:
        future.cancel()


def _timed(count: Count, piece: Piece) -> tuple[Tally, float]:
    began = perf_counter()
    tally = count(*piece, PIECE_SECONDS)
    return tally, perf_counter() - began


# In a process of a scan: its counting, made once, and whether the scan is over.
_counting: Counting | None = None
_stop: Event | None = None


def _begin(plan: Plan, back_end: str, stop: Event) -> None:
    global _counting, _stop
    # Ctrl-C reaches the whole group; the parent ends its processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _counting, _stop = counting(plan, back_end), stop


def _ready() -> bool:
    return _counting is not None


def _count(start: int, end: int, limits: Sequence[int], seconds: float) -> Tally:
    assert _counting is not None
    assert _stop is not None
    return _counting.count(start, end, limits, 0.0 if _stop.is_set() else seconds)
