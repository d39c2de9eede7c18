"""Waiting for a run that was just asked for: short ones answer with what they found."""

import threading
import time
from uuid import UUID

from django.conf import settings

from streams.runs import queries

LOOK_SECONDS = 0.05
LOOK_SECONDS_MAX = 0.25


class Places:
    """How many requests of this process wait; a request beyond them does not, so that threads are left for bets."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.taken = 0

    def take(self) -> bool:
        """Take a place; whether there was one."""
        with self._lock:
            if self.taken >= settings.RUN_WAITERS_PER_WORKER:
                return False
            self.taken += 1
            return True

    def give_back(self) -> None:
        with self._lock:
            self.taken -= 1


places = Places()


def wait_for(run_id: UUID) -> None:
    """Return when the run has ended, RUN_WAIT_SECONDS are over, or too many requests wait already."""
    if not places.take():
        return
    try:
        deadline, pause = time.monotonic() + settings.RUN_WAIT_SECONDS, LOOK_SECONDS
        while time.monotonic() < deadline and queries.is_open(run_id):
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(pause * 1.5, LOOK_SECONDS_MAX)
    finally:
        places.give_back()
