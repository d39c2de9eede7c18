"""What runs in the background worker, in PostgreSQL's own queue."""

from contextlib import suppress

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from streams import services


@app.periodic(cron="*/10 * * * *")
@app.task(name="streams.remove_deleted", queueing_lock="streams.remove_deleted")
def remove_deleted(timestamp: int = 0) -> int:
    """Remove the rows of deleted streams; also every ten minutes, should a worker have died over one."""
    return services.remove_deleted()


def remove_deleted_soon() -> None:
    """Ask the worker to remove the rows of deleted streams now; one waiting request is enough."""
    with suppress(AlreadyEnqueued):
        remove_deleted.defer()
