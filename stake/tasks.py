"""What the background worker does for the venue: finding out what was never answered."""

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from stake import refusals
from stake.services import reconcile

log = logging.getLogger(__name__)

# How long to wait before looking again, by how often was looked already; the last goes on.
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (31, 31, 60, 120, 300, 600))


@app.task(name="stake.reconcile", pass_context=True)
def reconcile_session(context: JobContext, session_id: str, times: int = 0) -> None:
    """Look into everything of a session that is not decided, and again later while anything is left."""
    try:
        is_done = reconcile.session(UUID(session_id), now=timezone.now)
    except refusals.NoSession:
        return
    if not is_done:
        _again(session_id, times + 1)


def reconcile_soon(session_id: UUID) -> None:
    """Ask the worker to find out; one waiting request a session is enough."""
    _defer(str(session_id), 0, timedelta())


def _again(session_id: str, times: int) -> None:
    _defer(session_id, times, PAUSES[min(times, len(PAUSES)) - 1])


def _defer(session_id: str, times: int, pause: timedelta) -> None:
    # The refusal is the database's; inside a savepoint it spoils no transaction around.
    with suppress(AlreadyEnqueued), transaction.atomic():
        reconcile_session.configure(
            queueing_lock=f"stake.reconcile:{session_id}",
            lock=f"stake.reconcile:{session_id}",
            schedule_in={"seconds": int(pause.total_seconds())},
        ).defer(session_id=session_id, times=times)


# Also every ten minutes, should a worker have died over one.
@app.periodic(cron="*/10 * * * *")
@app.task(name="stake.look_after", queueing_lock="stake.look_after")
def look_after(timestamp: int = 0) -> None:
    """Ask for the reconciliation of every session that has something open."""
    for session_id in reconcile.sessions_with_something_open():
        reconcile_soon(session_id)


def look_after_soon() -> None:
    """Have the worker look at all sessions now."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        look_after.defer()
