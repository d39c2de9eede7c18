"""Runs in the background worker."""

import time
from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from streams.runs import services

NAME = "streams.work_off_runs"
LOOK_AGAIN_SECONDS = 10


# Also every ten minutes, should a worker have died over one and no other have started since.
@app.periodic(cron="*/10 * * * *")
@app.task(name=NAME, queueing_lock=NAME, pass_context=True)
def work_off_runs(context: JobContext, timestamp: int = 0) -> None:
    """Compute the open runs until none is left or the worker is to end."""
    # Imported here: what computes would take a hundred megabytes of every web worker, which only asks for it.
    from streams.runs.work import Worker

    if not Worker(now=timezone.now, clock=time.monotonic, should_stop=context.should_abort).work():
        _look_again_later()


def _look_again_later() -> None:
    """Whoever is at the runs may be a worker that was killed, whose session the database has not yet given up."""
    later = work_off_runs.configure(schedule_in={"seconds": LOOK_AGAIN_SECONDS}, queueing_lock=f"{NAME}.later")
    with suppress(AlreadyEnqueued), transaction.atomic():
        later.defer()


def work_off_runs_soon() -> None:
    """Ask the worker to look for runs now; one waiting request is enough."""
    # The refusal is the database's; inside a savepoint it spoils no transaction around.
    with suppress(AlreadyEnqueued), transaction.atomic():
        work_off_runs.defer()


@app.periodic(cron="*/10 * * * *")
@app.task(name="streams.remove_deleted_runs", queueing_lock="streams.remove_deleted_runs")
def remove_deleted_runs(timestamp: int = 0) -> int:
    """Remove what deleted runs left."""
    return services.remove_deleted()


def remove_deleted_runs_soon() -> None:
    """Ask the worker to remove what deleted runs left now."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        remove_deleted_runs.defer()
