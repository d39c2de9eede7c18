"""What runs in the background worker, in PostgreSQL's own queue."""

import logging
import time
from contextlib import suppress
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from streams import example, services
from streams.verification import tasks as verification_tasks  # noqa: F401  tasks are looked for in this module alone

log = logging.getLogger(__name__)

EXAMPLE_ROUNDS = 600
EXAMPLE_PER_SECOND = 20.0
LOOK_SECONDS = 0.25  # how soon a task that sleeps notices that the worker is to end


@app.periodic(cron="*/10 * * * *")
@app.task(name="streams.remove_deleted", queueing_lock="streams.remove_deleted")
def remove_deleted(timestamp: int = 0) -> int:
    """Remove the rows of deleted streams; also every ten minutes, should a worker have died over one."""
    return services.remove_deleted()


def remove_deleted_soon() -> None:
    """Ask the worker to remove the rows of deleted streams now; one waiting request is enough."""
    # The refusal is the database's; inside a savepoint it spoils no transaction around.
    with suppress(AlreadyEnqueued), transaction.atomic():
        remove_deleted.defer()


@app.task(
    name="streams.feed_example", queueing_lock="streams.feed_example", lock="streams.feed_example", pass_context=True
)
def feed_example(context: JobContext) -> None:
    """Post the recorded example to our own server, as `manage.py feed_example` does, until the worker is to end."""
    url = f"http://127.0.0.1:{settings.PORT}"
    with example.temporary_token(now=timezone.now, warn=log.warning) as token, example.client(url, token=token) as http:
        feed = example.Feed(
            http, now=timezone.now, clock=time.monotonic, sleep=partial(_sleep, context), report=lambda progress: None
        )
        with suppress(example.FeedStopped):
            feed.run(range(example.FIRST_NONCE, example.FIRST_NONCE + EXAMPLE_ROUNDS), rate=EXAMPLE_PER_SECOND)


def _sleep(context: JobContext, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        if context.should_abort():
            raise example.FeedStopped
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, LOOK_SECONDS))


def feed_example_soon() -> None:
    """Ask the worker to post the recorded example; one feed at a time."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        feed_example.defer()
