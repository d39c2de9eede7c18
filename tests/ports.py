"""Ports for servers that tests start, which no other test's server or connection can come by meanwhile."""

import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

# Below the range that the system gives to whoever asks for any port; each process of a run begins somewhere else.
_PORTS = itertools.cycle(range(20_000, 32_000))
for _ in range(os.getpid() * 37 % 12_000):
    next(_PORTS)


def free_port() -> int:
    """A port that nothing listens on; a server may be started on it later."""
    for port in _PORTS:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("unreachable: the ports go round")


@contextmanager
def refusing_address() -> Iterator[str]:
    """An address that refuses connections for as long as it is held: the port is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
