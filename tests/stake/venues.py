"""A venue for the client's tests: replies by script, and a loopback server that can misbehave."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx

from stake.asking import Forms
from stake.client import Venue
from streams import exactjson

TOKEN: Final = "70c3" * 24
CLEARANCE: Final = "cL3aRaNce.0123456789-abcdef"
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64)  Test/1.0"

Scripted = httpx.Response | Exception | dict[str, Any]


class Script:
    """A transport that gives the replies of a list, and keeps what was sent."""

    def __init__(self, replies: Sequence[Scripted]) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(200, text=json.dumps(reply)) if isinstance(reply, dict) else reply

    @property
    def bodies(self) -> list[Any]:
        return [exactjson.loads(request.content) for request in self.requests]


def venue_of(*replies: Scripted, forms: Forms | None = None, **options: Any) -> tuple[Venue, Script, list[float]]:
    """A venue that answers so, with its script and the waits it took."""
    script, waits = Script(replies), list[float]()
    venue = Venue(
        "https://stake.com",
        TOKEN,
        CLEARANCE,
        AGENT,
        transport=httpx.MockTransport(script),
        sleep=waits.append,
        chance=lambda: 0.0,
        forms=forms or Forms(),
        **options,
    )
    return venue, script, waits


class LoopbackServer:
    """Accepts connections and lets `behave` answer each; counts the requests that arrived whole."""

    def __init__(self, behave: Callable[[socket.socket, int], None]) -> None:
        self._behave = behave
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.requests: list[bytes] = []
        self.over = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            try:
                request = _whole_request(connection)
                if request:
                    self.requests.append(request)
                    self._behave(connection, len(self.requests))
            except OSError:
                return

    def close(self) -> None:
        self.over.set()
        # Closing alone does not wake an accept that waits.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(10)


def _whole_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(behave: Callable[[socket.socket, int], None]) -> Iterator[LoopbackServer]:
    server = LoopbackServer(behave)
    try:
        yield server
    finally:
        server.close()


def http(status: int, body: bytes, *headers: str, length: int | None = None) -> bytes:
    """A reply as it is on the wire; `length` may promise more than there is."""
    promised = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {promised}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
