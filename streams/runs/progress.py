"""The worker's side of a run: beginning it, saving a piece, ending it. One transaction each, under the run's row lock.

A piece is saved only while the run still stands where the piece began, so that it counts once whoever computed it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from fairness.scanning.plan import Plan
from fairness.scanning.result import EDGES, Result
from streams.models import Run
from streams.run_models import RunStatus
from streams.runs.targets import restored

# Hits of one piece at most, so that finding them takes little memory and keeping them little time.
PIECE_HITS = 500_000
ENOUGH_TO_JUDGE = 100_000  # nonces

_DECIMALS = Decimal(1).scaleb(-18)  # as the columns hold
_DIGITS = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker has to know to go on with a run: nonces from `start` to `end` are the most for one piece."""

    key: int
    plan: Plan
    start: int
    end: int
    hits_max: int  # to find, per target


class Stopped(Exception):
    """The run is not this worker's to go on with: cancelled, deleted, ended, or moved on by another."""


def begin(key: int, *, at: datetime) -> Work:
    """Take up a run where it stands. Raises `Stopped` when there is nothing to do, `InvalidInput` when it cannot be."""
    with transaction.atomic():
        run = _lock(key)
        if run.status == RunStatus.QUEUED:
            run.move_to(RunStatus.RUNNING, at=at)
            run.save(update_fields=["status", "started_at", "error"])
        # Raised behind the block, which would undo the cancelling.
        may_go_on = _may_go_on(run, at=at)
    if not may_go_on:
        raise Stopped
    plan = Plan.of(
        game=run.game,
        server_seed=run.server_seed,
        client_seed=run.client_seed,
        params=run.params,
        targets=[restored(each) for each in run.targets],
    )
    end = min(run.nonce_end, run.next_nonce + _nonces_max(run) - 1)
    return Work(run.pk, plan, run.next_nonce, end, max([0, *_rooms(run)]))


def _rooms(run: Run) -> list[int]:
    """How many hits of each target are still to be kept. All are up to the limit, so its count says how many are."""
    return [max(0, settings.RUN_HITS_MAX - count) for count in run.counts]


def _nonces_max(run: Run) -> int:
    """For how many nonces the hits still fit into memory, going by how dense they were so far."""
    wanted = [count for count, room in zip(run.counts, _rooms(run), strict=True) if room]
    done = run.next_nonce - run.nonce_start
    if not wanted:
        return run.nonce_end - run.nonce_start + 1
    if done < ENOUGH_TO_JUDGE:
        return max(1, PIECE_HITS // len(wanted))
    # Twice as many hits as so far are possible only by a chance too small to matter.
    return PIECE_HITS * done // max(1, 2 * sum(wanted))


def _lock(key: int) -> Run:
    run = Run.objects.alive().select_for_update(of=("self",)).filter(pk=key).first()
    if run is None or run.status not in (RunStatus.QUEUED, RunStatus.RUNNING):
        raise Stopped
    return run


def _may_go_on(run: Run, *, at: datetime) -> bool:
    """Whether nobody asked to cancel it; if somebody did, it is cancelled here."""
    if run.cancel_requested_at is None:
        return True
    run.move_to(RunStatus.CANCELLED, at=at)
    run.save(update_fields=["status", "finished_at", "error"])
    return False


def wants_stop(key: int) -> bool:
    """Whether the run was cancelled or deleted meanwhile; cheap enough to ask several times a second."""
    return not Run.objects.open().filter(pk=key, cancel_requested_at=None).exists()


def save(key: int, *, start: int, found: Result, at: datetime) -> bool:
    """Keep what the nonces from `start` on gave; whether the run goes on after them.

    Raises `Stopped` if the run no longer stands at `start`. What was computed before a cancel took hold is kept: it is
    true of the nonces it covers.
    """
    with transaction.atomic():
        run = _lock(key)
        if run.next_nonce != start:
            raise Stopped
        run.hits_truncated = run.hits_truncated or _insert_hits(run, found)
        _add(run, found)
        run.next_nonce = start + found.nonces
        if run.next_nonce > run.nonce_end:
            run.move_to(RunStatus.FINISHED, at=at)
        elif run.cancel_requested_at is not None:
            run.move_to(RunStatus.CANCELLED, at=at)
        run.save()
        return run.status == RunStatus.RUNNING


def _add(run: Run, found: Result) -> None:
    none: tuple[list[Any], ...] = tuple([] for _ in run.counts)
    before = Result(
        nonces=run.next_nonce - run.nonce_start,
        counts=tuple(run.counts),
        hits=none,
        hits_max=0,
        distribution={Decimal(result): count for result, count in run.distribution},
        edges=EDGES if run.between_edges else (),
        highest=run.highest,
        highest_nonces=tuple(run.top_nonces),
    )
    highest = None if found.highest is None else _fitting(found.highest)
    total = before + replace(found, hits=none, hits_max=0, highest=highest)
    run.counts = list(total.counts)
    run.distribution = [[result, count] for result, count in total.distribution.items()]
    run.between_edges = bool(total.edges)
    run.highest, run.top_nonces = total.highest, list(total.highest_nonces)
    run.engine = found.back_end
    run.duration_ms += round(found.seconds * 1000)


def _fitting(result: Decimal) -> Decimal:
    """The result as its column holds it: to 18 decimals."""
    return result.quantize(_DECIMALS, context=_DIGITS)


def _insert_hits(run: Run, found: Result) -> bool:
    """Keep the hits up to the limit; whether there were more."""
    with connection.cursor() as cursor, cursor.copy(_COPY_HITS) as copy:
        for row in _rows(run, found):
            copy.write_row(row)
    return any(before + new > settings.RUN_HITS_MAX for before, new in zip(run.counts, found.counts, strict=True))


_COPY_HITS = "COPY streams_runhit (run_id, target, nonce, result) FROM STDIN"


def _rows(run: Run, found: Result) -> Iterator[tuple[int, int, int, Decimal]]:
    for target, (hits, room) in enumerate(zip(found.hits, _rooms(run), strict=True)):
        for nonce, result in hits[:room]:
            yield run.pk, target, nonce, _fitting(result)


def fail(key: int, reason: str, *, at: datetime) -> None:
    """End a run that cannot be computed; `reason` is a sentence for people. Nothing happens to one that has ended."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=key)
        if run.status in (RunStatus.QUEUED, RunStatus.RUNNING):
            run.move_to(RunStatus.FAILED, at=at, error=reason[:1000])
            run.save(update_fields=["status", "finished_at", "error"])
