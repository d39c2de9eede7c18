"""The web server process (`python -m stakepro.web …`): granian, ending with whoever started it."""

import logging
import os
import sys

from stakepro import lifeline

# How long an open download may hold up the end of a worker.
STOP_SECONDS = 5


def command(*, host: str, port: int, workers: int, threads: int) -> list[str]:
    """The command line that serves us."""
    return [
        *(sys.executable, "-m", "stakepro.web", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(max(workers, 1)), "--blocking-threads", str(max(threads, 1))),
        # Our middleware logs requests. A worker that dies is replaced, all others go on.
        *("--no-access-log", "--log-level", "warning", "--respawn-failed-workers", "--respawn-interval", "0.5"),
        *("--workers-kill-timeout", str(STOP_SECONDS), "--no-ws", "stakepro.wsgi:application"),
    ]


def main() -> None:
    """Run granian's command line in this process."""
    from granian.cli import entrypoint

    lifeline.follow_named_parent()
    # More threads than cores are meant: they wait for the database and share its commits.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in str(record.msg))
    # Its workers are our children, and follow us (see wsgi.py).
    os.environ[lifeline.PARENT_VARIABLE] = str(os.getpid())
    sys.argv[0] = "granian"
    entrypoint()


if __name__ == "__main__":
    main()
