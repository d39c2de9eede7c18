"""Real processes that post: a pool of them, each with its own engine, started by `spawn` as on any system."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from ledger.operations import Answer, Op

PROCESSES = 2
SECONDS = 90


class Processes:
    """What is sent to all of them begins at the same moment."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def post(self, shares: Sequence[Sequence[Sequence[Op]]]) -> list[list[list[Answer]]]:
        """Each process posts the groups of its share, one after the other; their answers."""
        assert len(shares) == PROCESSES
        answers: list[list[list[Answer]]] = self._pool.map_async(_post, shares, chunksize=1).get(SECONDS)
        return answers


@contextmanager
def processes() -> Iterator[Processes]:
    """Start them on the database of the tests, and stop them."""
    from ledger.posting import connect

    with closing(connect()) as usual:
        parameters: dict[str, Any] = usual.info.get_parameters() | {"password": usual.info.password}
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(PROCESSES)
    with context.Pool(PROCESSES, initializer=_start, initargs=(parameters, gate)) as pool:
        yield Processes(pool)
        pool.close()
        pool.join()


_engine: Any = None
_gate: Any = None


def _start(parameters: dict[str, Any], gate: Any) -> None:
    global _engine, _gate  # a process has one of each
    import atexit

    import django

    django.setup()
    from ledger.engine import Engine
    from tests.ledger.conftest import AT

    _gate = gate
    _engine = Engine(lambda: psycopg.connect(**parameters, autocommit=True), now=lambda: AT, shard=os.getpid() % 16)
    atexit.register(_engine.close)


def _post(share: Sequence[Sequence[Op]]) -> list[list[Answer]]:
    _gate.wait(SECONDS)  # each process takes one share, and none begins before all have theirs
    return [_engine.submit(group).result(timeout=SECONDS) for group in share]
