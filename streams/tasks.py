"""What runs in the background worker, in PostgreSQL's own queue."""

from procrastinate.contrib.django import app

from streams import services


@app.periodic(cron="*/10 * * * *")
@app.task(name="streams.remove_deleted", queueing_lock="streams.remove_deleted", pass_context=False)
def remove_deleted(timestamp: int = 0) -> int:
    """Remove the rows of deleted streams; also every ten minutes, should a worker have died over one."""
    return services.remove_deleted()
