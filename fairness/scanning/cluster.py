"""Scans on more machines than one, on an existing engine: Dask's scheduler and workers (the extra `cluster`).

Each task counts a piece of the range, exactly as a thread of one machine would. Workers need this package in the same
version. Tasks carry the server seed: use `tls://` where the network between the machines is not yours.
"""

# Dask's functions have no types.
# mypy: disable-error-code="no-untyped-call, import-untyped, import-not-found"

import os
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from threading import Lock
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

from fairness.errors import InvalidInput
from fairness.scanning.counting import BACK_ENDS, Counting, Tally, back_ends, counting
from fairness.scanning.engine import Cancelled, Pieces, Progress, check_hits_max, gather, many, never
from fairness.scanning.plan import Plan, check_range
from fairness.scanning.result import Result

CONNECT_SECONDS: Final = 10
LOOPBACK: Final = "127.0.0.1"
SCHEMES: Final = ("tcp", "tls")
KEPT: Final = 4  # scans whose counting a worker keeps


def scan_cluster(
    plan: Plan,
    start: int,
    end: int,
    address: str | None = None,
    *,
    back_end: str | None = None,
    hits_max: int = 0,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Result:
    """As `scan`, on the workers of the Dask scheduler at `address`, or on threads of this process without one.

    The back-end is the fastest that all workers have. Raises `InvalidInput`.
    """
    check_range(start, end)
    check_hits_max(hits_max)
    began = perf_counter()
    with _client(address) as client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise InvalidInput("address", "names a scheduler that has no workers")
        name = _fastest_of_all(client, back_end)
        count = partial(_count, uuid.uuid4().hex, plan, name)
        client.run(count, start, start, (0,) * len(plan.targets), 0.0)  # imports and compiles on every worker
        # What the cells mean does not depend on the back-end.
        cells = counting(plan, BACK_ENDS[-1]).cells
        ready = perf_counter()
        pieces = Pieces(start, end, targets=len(plan.targets), hits_max=hits_max, ahead=2 * threads)
        executor = client.get_executor(pure=False)
        try:
            gather(pieces, many(executor, count, threads, pieces, cancelled or never), progress)
        finally:
            executor.shutdown(wait=False)
        seconds = perf_counter() - ready
    result = pieces.tally.result(cells, hits_max)
    result.seconds, result.setup_seconds, result.back_end = seconds, ready - began, f"{name} on {threads} Dask threads"
    return result


@contextmanager
def _client(address: str | None) -> Iterator[Any]:
    """A connection to the scheduler, or to workers inside this process that end with it."""
    if find_spec("distributed") is None:
        raise InvalidInput("address", "needs Dask, which is not installed (the extra `cluster`)")
    from distributed import Client

    if address is None:
        # Named addresses, because Dask would otherwise listen on all of the machine's.
        with Client(
            processes=False,
            n_workers=1,
            threads_per_worker=os.cpu_count() or 1,
            protocol="tcp",
            host=LOOPBACK,
            dashboard_address=f"{LOOPBACK}:0",
            set_as_default=False,
        ) as client:
            yield client
        return
    _check_address(address)
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InvalidInput("address", "leads to no Dask scheduler") from error
    with client:
        yield client


def _check_address(address: str) -> None:
    """Refuse what nothing answers at; Dask's own client would go on trying in the background."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or port is None or parts.scheme not in SCHEMES:
        raise InvalidInput("address", "must look like tcp://host:port or tls://host:port")
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise InvalidInput("address", "leads to no Dask scheduler: nothing answers there") from error


def _fastest_of_all(client: Any, back_end: str | None) -> str:
    of_workers = client.run(back_ends).values()
    shared = [name for name in BACK_ENDS if all(name in there for there in of_workers)]
    if back_end is not None and back_end not in shared:
        raise InvalidInput("back_end", f"must be one of those that every worker has: {', '.join(shared)}")
    return back_end or shared[0]


# In a worker: the countings of its last scans, so that each is made once.
_countings: dict[str, Counting] = {}
_lock = Lock()


def _count(
    scan_id: str, plan: Plan, back_end: str, start: int, end: int, limits: Sequence[int], seconds: float
) -> Tally:
    with _lock:
        if scan_id not in _countings:
            _countings[scan_id] = counting(plan, back_end)
            while len(_countings) > KEPT:
                del _countings[next(iter(_countings))]
        counted = _countings[scan_id]
    return counted.count(start, end, limits, seconds)
