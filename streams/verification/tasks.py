"""Verification in the background worker."""

import logging
from contextlib import suppress

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from streams.verification import services, work

log = logging.getLogger(__name__)


# Also every ten minutes, should a worker have died over one and no other have started since.
@app.periodic(cron="*/10 * * * *")
@app.task(name="streams.verify_streams", queueing_lock="streams.verify_streams", pass_context=True)
def verify_streams(context: JobContext, timestamp: int = 0) -> None:
    """Verify the streams that wait for it, until none is left or the worker is to end."""
    while not context.should_abort() and (key := services.next_waiting(at=timezone.now())) is not None:
        try:
            work.advance(key, now=timezone.now, should_stop=context.should_abort)
        except (OperationalError, InterfaceError):
            raise  # The database is away; the next look goes on where this one stopped.
        except Exception:
            log.exception("A verification failed", extra={"stream_key": key})
            services.note_failure(stream_key=key, at=timezone.now())
    if services.next_waiting(at=timezone.now()) is not None:
        # The worker is to end; the next one finds this at once.
        verify_streams_soon()


def verify_streams_soon() -> None:
    """Ask the worker to look for verifications now; one waiting request is enough."""
    # The refusal is the database's; inside a savepoint it spoils no transaction around.
    with suppress(AlreadyEnqueued), transaction.atomic():
        verify_streams.defer()
