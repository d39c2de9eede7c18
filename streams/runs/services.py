"""What people do to runs: ask for one, cancel it, delete it. The worker's own writes are in `streams.runs.progress`."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from accounts.models import User
from fairness.seeds import hash_server_seed
from streams.models import Run
from streams.queries import NotFound
from streams.run_models import OPEN, RunStatus
from streams.runs.targets import stored
from streams.runs.wanted import Wanted

DELETE_CHUNK = 5_000


class RunEnded(Exception):
    """The run has ended, so there is nothing left to cancel."""


def create(*, wanted: Wanted, by: User | None, at: datetime) -> UUID:
    """Write a run down for the worker to find; its public id."""
    run = Run.objects.create(
        created_at=at,
        created_by=by,
        server_seed=wanted.server_seed,
        server_seed_sha256=hash_server_seed(wanted.server_seed),
        client_seed=wanted.client_seed,
        game=wanted.game,
        params=wanted.params,
        difficulty=wanted.difficulty,
        nonce_start=wanted.start,
        nonce_end=wanted.end,
        next_nonce=wanted.start,
        targets=[stored(target) for target in wanted.targets],
        counts=[0] * len(wanted.targets),
    )
    return run.public_id


@transaction.atomic
def cancel(*, run_id: UUID, at: datetime) -> None:
    """End a run that waits; ask the worker to end one that runs. Asking twice is as once.

    Raises `NotFound`, and `RunEnded` for one that ended in another way.
    """
    run = _lock(run_id)
    if run.status == RunStatus.CANCELLED:
        return
    if run.status not in OPEN:
        raise RunEnded(f"The run is {run.status}; there is nothing left to cancel.")
    run.cancel_requested_at = run.cancel_requested_at or at
    if run.status == RunStatus.QUEUED:
        run.move_to(RunStatus.CANCELLED, at=at)
    run.save(update_fields=["status", "finished_at", "cancel_requested_at"])


@transaction.atomic
def delete(*, run_id: UUID, at: datetime) -> None:
    """Take a run away at once; its hits are removed by `remove_deleted`. A worker on it stops within a second."""
    run = _lock(run_id)
    run.deleted_at = at
    run.save(update_fields=["deleted_at"])


def _lock(run_id: UUID) -> Run:
    run = Run.objects.alive().select_for_update().filter(public_id=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    return run


_REMOVE_HITS = "DELETE FROM streams_runhit WHERE ctid IN (SELECT ctid FROM streams_runhit WHERE run_id = %s LIMIT %s)"


def remove_deleted(*, chunk: int = DELETE_CHUNK) -> int:
    """Remove what deleted runs left, a short transaction a chunk; how many rows went. Safe to stop anywhere."""
    removed = 0
    for key in list(Run.objects.exclude(deleted_at=None).values_list("pk", flat=True)):
        with connection.cursor() as cursor:
            while True:
                cursor.execute(_REMOVE_HITS, [key, chunk])
                removed += cursor.rowcount
                if cursor.rowcount < chunk:
                    break
        removed += Run.objects.filter(pk=key).delete()[0]
    return removed
