"""How the gateway is started: granian's command line, as a child of ours."""

import sys
from typing import Final

from stakepro.web import STOP_SECONDS

# Requests under way at once, listeners to events among them; each of those keeps one for as long as it listens.
UNDER_WAY_MAX: Final = 4_096


def command(*, host: str, port: int, workers: int) -> list[str]:
    """The command line that serves the gateway."""
    return [
        *(sys.executable, "-m", "stakepro.gateway", "--interface", "asgi", "--host", host, "--port", str(port)),
        *("--http", "1"),  # proxies speak it; nothing else needs to be guessed, or can be abused
        *("--workers", str(max(workers, 1)), "--backpressure", str(UNDER_WAY_MAX), "--backlog", "2048"),
        # We log what fails. A worker that dies is replaced.
        *("--no-access-log", "--log-level", "warning", "--respawn-failed-workers", "--respawn-interval", "0.5"),
        *("--workers-kill-timeout", str(STOP_SECONDS), "--no-ws", "stakepro.gateway.asgi:application"),
    ]
