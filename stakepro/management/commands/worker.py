"""`manage.py worker`: runs background tasks."""

import signal
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.worker import Worker

from stake.tasks import look_after_soon
from stakepro import lifeline
from streams.runs.tasks import work_off_runs_soon
from streams.verification.tasks import verify_streams_soon

# Tasks still running then are given up; they are written so that they can be run again.
STOP_SECONDS = 6


class Command(BaseCommand):
    """Run tasks until a signal."""

    help = "Run background tasks; beside `serve` in production, part of `up` otherwise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many tasks at once."""
        parser.add_argument("--concurrency", type=int, default=2, help="tasks at once (default 2)")

    def handle(self, *args: Any, concurrency: int, **options: Any) -> None:
        """Return when a signal has come and the running tasks have ended."""
        lifeline.follow_named_parent()
        # Procrastinate takes the first signal for its own and then puts these back: a second one, which a
        # terminal and `up` may both send, must not cut the ending short.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        # A worker that was killed left its run, or its verification, where it stood; a web server its bet in flight.
        work_off_runs_soon()
        verify_streams_soon()
        look_after_soon()
        connection.close()
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            app.run_worker(
                name="worker",
                concurrency=concurrency,
                shutdown_graceful_timeout=STOP_SECONDS,
                delete_jobs="successful",  # what failed is kept, to be looked at
                task_middleware=[_with_fresh_connections],
            )


def _with_fresh_connections(call_next: Callable[[], Any], _context: JobContext, _worker: Worker) -> Any:
    """As Django does around a request: a connection that broke since the last task is replaced."""
    close_old_connections()
    try:
        return call_next()
    finally:
        close_old_connections()
