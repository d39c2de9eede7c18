"""Working off the open runs: one worker at a time, each run a piece of about a second in its turn.

Taking turns keeps a small run from waiting behind a long one. That only one worker is at it is held by an advisory
lock of its database session, which ends with the session, however the worker dies. That no nonce counts twice does
not depend on it: `progress.save` keeps a piece only where the last one ended.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import InterfaceError, OperationalError, connection

from fairness.errors import InvalidInput
from fairness.scan import scan
from streams.models import Run
from streams.runs import progress
from streams.runs.progress import Stopped

log = logging.getLogger(__name__)

# Any fixed number: it names the lock among this database's advisory locks.
LANE_LOCK: Final = 7_030_101
PIECE_SECONDS: Final = 1.0
FIRST_PIECE: Final = 4_096  # nonces, before it is known how long they take
GROWTH_MAX: Final = 8
LOOK_SECONDS: Final = 0.25  # how soon a piece notices that it is to stop
# One core is left to those who post bets and look at pages.
JOBS: Final = max(1, (os.cpu_count() or 1) - 1)
UNFORESEEN: Final = "The worker met an error that nobody foresaw; its log has the details."


class Worker:
    """Works until no run is open or `should_stop` says so; `now` and `clock` are the edge's."""

    def __init__(
        self, *, now: Callable[[], datetime], clock: Callable[[], float], should_stop: Callable[[], bool]
    ) -> None:
        self._now = now
        self._clock = clock
        self._should_stop = should_stop
        self._sizes: dict[int, int] = {}

    def work(self) -> None:
        """Return at once when another worker is at it: it will see what we saw."""
        # Asked again behind the lock: a run that came while the other worker was leaving is ours.
        while not self._should_stop() and open_runs():
            with only_worker() as alone:
                if not alone:
                    return
                self._work_off()

    def _work_off(self) -> None:
        while not self._should_stop() and (keys := open_runs()):
            self._sizes = {key: size for key, size in self._sizes.items() if key in keys}
            for key in keys:
                if self._should_stop():
                    return
                self._advance(key)

    def _advance(self, key: int) -> None:
        """One piece of one run."""
        try:
            work = progress.begin(key, at=self._now())
            size = min(self._sizes.get(key, FIRST_PIECE), work.end - work.next_nonce + 1)
            stops = _Throttled(lambda: self._should_stop() or progress.wants_stop(key), clock=self._clock)
            started = self._clock()
            found = scan(
                work.plan,
                work.next_nonce,
                work.next_nonce + size - 1,
                jobs=JOBS,
                hits_max=work.hits_left,
                cancelled=stops,
            )
            if found.nonces < size:
                return  # Stopped inside; the next look at the run finds out why.
            progress.save(key, start=work.next_nonce, found=found, at=self._now())
            self._sizes[key] = next_size(size, seconds=self._clock() - started - found.setup_seconds)
        except Stopped:
            return
        except InvalidInput as error:
            progress.fail(key, str(error), at=self._now())
        except (OperationalError, InterfaceError):
            raise  # The database is away: the run stays as it is, and goes on when a worker finds it.
        except Exception:
            log.exception("A run failed unexpectedly", extra={"run": key})
            progress.fail(key, UNFORESEEN, at=self._now())


def next_size(size: int, *, seconds: float) -> int:
    """How many nonces the next piece has, for it to take about PIECE_SECONDS."""
    factor = PIECE_SECONDS / seconds if seconds > 0 else GROWTH_MAX
    return max(FIRST_PIECE // 16, int(size * min(GROWTH_MAX, factor)))


def open_runs() -> list[int]:
    """The runs that wait or run, oldest first."""
    return list(Run.objects.open().order_by("pk").values_list("pk", flat=True))


@contextmanager
def only_worker() -> Iterator[bool]:
    """Whether no other worker is at the runs, and none will be until the end of the block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LANE_LOCK])
        alone: bool = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        # A session that broke has lost the lock already.
        if alone and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LANE_LOCK])


class _Throttled:
    """Asks at most every LOOK_SECONDS; once the answer was yes it stays yes."""

    def __init__(self, ask: Callable[[], bool], *, clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._asked_at = clock()
        self._yes = False

    def __call__(self) -> bool:
        if not self._yes and self._clock() - self._asked_at >= LOOK_SECONDS:
            self._yes = self._ask()
            self._asked_at = self._clock()
        return self._yes
