"""One listener a process, for all who wait: PostgreSQL says that something was told, and each looks for itself."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

import psycopg
from django.db import connection

log = logging.getLogger(__name__)

CHANNEL: Final = "events"
APPLICATION: Final = "stakepro events bell"  # as PostgreSQL lists the connection
# Between two looks at whether we are to end; and how long a lost connection waits before the next try.
LOOK_SECONDS: Final = 0.5
AGAIN_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0)


class Bell:
    """Rings when the log has grown. Thread-safe; `close` ends its thread and its connection."""

    def __init__(self, connect: "Callable[[], psycopg.Connection[Any]] | None" = None) -> None:
        self._connect = connect or _connect
        self._grown = threading.Condition()
        self._last_seq = 0
        self._listening = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="events bell", daemon=True)
        self._thread.start()

    def wait(self, *, after: int, timeout: float) -> int:
        """Wait until the log is known to go beyond `after`, or for so many seconds; how far it is known to go."""
        with self._grown:
            self._grown.wait_for(lambda: self._last_seq > after or self._ending.is_set(), timeout)
            return self._last_seq

    def wait_until_listening(self, timeout: float) -> bool:
        """Whether it hears everything from now on."""
        return self._listening.wait(timeout)

    def close(self) -> None:
        """Stop listening, and let everybody who waits go."""
        self._ending.set()
        with self._grown:
            self._grown.notify_all()
        self._thread.join(timeout=LOOK_SECONDS * 10)

    def _run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            try:
                with self._connect() as raw:
                    self._listen(raw)
                failures = 0
            except (psycopg.Error, OSError) as error:
                self._listening.clear()
                pause = AGAIN_SECONDS[min(failures, len(AGAIN_SECONDS) - 1)]
                failures += 1
                log.warning("Events are not heard just now", extra={"reason": type(error).__name__})
                self._ending.wait(pause)

    def _listen(self, raw: "psycopg.Connection[Any]") -> None:
        raw.execute(f"LISTEN {CHANNEL}")
        # What was told before we listened, the first time or while the connection was away.
        row = raw.execute("SELECT event_seq FROM events_head WHERE id = 1").fetchone()
        self._heard(row[0] if row else 0)
        self._listening.set()
        while not self._ending.is_set():
            for notice in raw.notifies(timeout=LOOK_SECONDS):
                self._heard(int(notice.payload))
                if self._ending.is_set():
                    return

    def _heard(self, seq: int) -> None:
        with self._grown:
            if seq > self._last_seq:
                self._last_seq = seq
                self._grown.notify_all()


def _connect() -> "psycopg.Connection[Any]":
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    return psycopg.connect(**parameters, autocommit=True, application_name=APPLICATION)
