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
from fairness.scan import back_ends, scan
from fairness.scanning.counting import NUMBA
from streams.models import Run
from streams.runs import progress
from streams.runs.progress import Stopped

log = logging.getLogger(__name__)

# Any fixed number: it names the lock among this database's advisory locks.
LANE_LOCK: Final = 7_030_101
PIECE_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.25  # how soon a piece notices that it is to stop
UNFORESEEN: Final = "The worker met an error that nobody foresaw; its log has the details."


class Worker:
    """Works until no run is open or `should_stop` says so; `now` and `clock` are the edge's."""

    def __init__(
        self, *, now: Callable[[], datetime], clock: Callable[[], float], should_stop: Callable[[], bool]
    ) -> None:
        self._now = now
        self._clock = clock
        self._should_stop = should_stop

    def work(self) -> bool:
        """Work off what is open; False, at once, when another worker is at it, who will see what we saw."""
        # Asked again behind the lock: a run that came while the other worker was leaving is ours.
        while not self._should_stop() and open_runs():
            with only_worker() as alone:
                if not alone:
                    return False
                self._work_off()
        return True

    def _work_off(self) -> None:
        while not self._should_stop() and (keys := open_runs()):
            for key in keys:
                if self._should_stop():
                    return
                self._advance(key)

    def _advance(self, key: int) -> None:
        """One piece of one run."""
        try:
            work = progress.begin(key, at=self._now())
            ends = _End(lambda: self._should_stop() or progress.wants_stop(key), clock=self._clock)
            found = scan(work.plan, work.start, work.end, jobs=jobs(), hits_max=work.hits_max, cancelled=ends)
            if found.nonces:
                progress.save(key, start=work.start, found=found, at=self._now())
        except Stopped:
            return
        except InvalidInput as error:
            progress.fail(key, str(error), at=self._now())
        except (OperationalError, InterfaceError):
            raise  # The database is away: the run stays as it is, and goes on when a worker finds it.
        except Exception:
            log.exception("A run failed unexpectedly", extra={"run": key})
            progress.fail(key, UNFORESEEN, at=self._now())


def jobs() -> int:
    """Threads of a scan: one core is left to those who post bets. Other back-ends would start processes each time."""
    return max(1, (os.cpu_count() or 1) - 1) if back_ends()[0] == NUMBA else 1


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


class _End:
    """Whether a piece is to end: after its time, or because the run is to stop, which is asked at times only."""

    def __init__(self, stop: Callable[[], bool], *, clock: Callable[[], float]) -> None:
        self._stop = stop
        self._clock = clock
        self._began: float | None = None
        self._asked = 0.0

    def __call__(self) -> bool:
        now = self._clock()
        if self._began is None:
            # The first question comes after the setting-up, which may take longer than a piece.
            self._began = self._asked = now
            return False
        if now - self._began >= PIECE_SECONDS:
            return True
        if now - self._asked < LOOK_SECONDS:
            return False
        self._asked = now
        return self._stop()
