"""What granian serves: the gateway, with Django set up for its settings, tables and people, and nothing else of it."""

import asyncio
import gc
import os
import signal
from typing import Any

import django

from stakepro import lifeline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stakepro.settings")
# A worker whose server was killed would keep the port.
lifeline.follow_named_parent()
django.setup()

from ledger import posting  # noqa: E402  models need the settings
from stakepro import metrics  # noqa: E402
from stakepro.gateway.app import Gateway  # noqa: E402

gateway = Gateway()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI application."""
    if scope["type"] == "http":
        await gateway(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    """Begin and end with the server. It ends when every request is answered, so nothing is taken without an answer."""
    await receive()
    metrics.forget_the_dead()
    await gateway.start()
    _end_feeds_on_signals()
    _look_for_garbage_seldom()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await gateway.close()
    await asyncio.get_running_loop().run_in_executor(None, posting.close)
    await send({"type": "lifespan.shutdown.complete"})


def _end_feeds_on_signals() -> None:
    """Have streams of events end with the first signal: the server waits for all answers, and theirs have no end.

    The server's own handlers stay: asyncio is told of a signal through its file descriptor, whoever else is called.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(gateway.stop_feeds))


def _look_for_garbage_seldom() -> None:
    """Leave what stays for ever out of the search for cycles, and search less often.

    A request leaves none behind, and thousands are under way at once. Searching as often as Python does by itself took
    a quarter of a wager's time when it was measured, and going through all of Django's objects stops everybody for tens
    of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
