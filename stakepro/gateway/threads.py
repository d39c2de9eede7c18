"""The few threads that wait for the database, so that the event loop never does."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

from django.db import close_old_connections, connections

THREADS: Final = 4

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Runs functions that use Django's database; each thread has a connection of its own, kept between them."""

    def __init__(self, count: int = THREADS) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="gateway")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result; raises what it raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, partial(_with_fresh_connections, function, *args, **kwargs))

    def close(self) -> None:
        """Let go of the threads and their connections, when what they are doing is done."""
        # All of them meet here, so that each closes its own.
        together = threading.Barrier(self._count)
        for _ in range(self._count):
            self._pool.submit(_let_go, together)
        self._pool.shutdown()


def _with_fresh_connections(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """As Django does around a request: a connection that broke since the last time is replaced."""
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()


def _let_go(together: threading.Barrier) -> None:
    together.wait()
    connections.close_all()


def shared(work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """A task that several may wait for, each behind a shield; if all of them leave, its error is nobody's news."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    return task
