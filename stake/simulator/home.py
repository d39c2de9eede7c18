"""One simulator a home: its lock, its journal, and the address that it announces while it runs."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from loopback import until
from stake.simulator import address
from stake.simulator.journal import Journal
from stake.simulator.server import Simulator
from stake.simulator.world import World, now

LOCK: Final = "lock"


class AlreadyRunning(Exception):
    """Another simulator runs on this home."""


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. The system gives it back however the process ends. Raises `AlreadyRunning`."""
    file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning("A simulator runs on this home already.") from None
        yield
    finally:
        os.close(file)


def run(
    home: Path,
    *,
    port: int,
    stopping: threading.Event,
    on_ready: Callable[[str], None],
    parent: int | None = None,
) -> None:
    """Simulate until `stopping` is set, or until `parent` is no longer our parent; `on_ready` is told the address.

    Raises `AlreadyRunning`, `JournalDamaged`, and OSError when the port is taken.
    """
    folder = address.folder(home)
    with _locked(folder), Simulator(world=World(journal=Journal(folder)), port=port) as simulator:
        address.write(home, port=simulator.port, started_at=now().isoformat(timespec="seconds"))
        try:
            on_ready(simulator.base_url)
            until.wait(stopping, parent)
        finally:
            address.remove(home)
