"""Bytes as they are, past every client that would put them right."""

import socket
from contextlib import suppress

from loopback import LoopbackServer


def raw(server: LoopbackServer, sent: bytes) -> bytes:
    """What comes back for these bytes, until the connection is closed."""
    answered = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with suppress(OSError):  # the server may hang up before it has read everything
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while part := connection.recv(65536):
                answered += part
    return answered
