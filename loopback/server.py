"""The server: loopback only, a thread a connection, bodies within bounds, nothing logged."""

import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final, Self

from loopback.replies import DROPPED, Asked, Reply

ADDRESS: Final = "127.0.0.1"
HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
IDLE_SECONDS: Final = 60
PIECES: Final = 8  # of a body that is sent slowly
POLL_SECONDS = 0.05  # how soon `stop` is noticed


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: "_Server"

    def setup(self) -> None:
        """Take the name that this server answers under."""
        self.server_version = self.server.owner.software
        super().setup()

    def do_GET(self) -> None:
        """Whatever the method, the owner answers."""
        self._handle()

    def do_POST(self) -> None:
        """Whatever the method, the owner answers."""
        self._handle()

    def do_DELETE(self) -> None:
        """Whatever the method, the owner answers."""
        self._handle()

    def _handle(self) -> None:
        refused, body = self._read()
        if refused is not None:
            # What is left of the request was not read, so nothing else can come on this connection.
            self._send(refused, close=True)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            reply = self.server.owner.answer(Asked(self.command, self.path, headers, body))
        except Exception:
            # Whatever went wrong is ours; the text of an exception may hold what was sent, so it goes nowhere.
            reply = Reply(500, b"The simulator has a fault of its own.", "text/plain; charset=utf-8")
        if reply.wait and not self.server.owner.sleep(reply.wait):
            reply = DROPPED
        if reply.dropped:
            self._hang_up()
        else:
            self._send(reply)

    def _read(self) -> tuple[Reply | None, bytes]:
        """The body, or why it is not read."""
        refused, most = self.server.owner.refused, self.server.owner.body_max
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host.lower() not in HOSTS:
            return refused(HTTPStatus.MISDIRECTED_REQUEST, "This is a simulator on loopback."), b""
        if "Transfer-Encoding" in self.headers:
            return refused(HTTPStatus.LENGTH_REQUIRED, "A body needs its Content-Length."), b""
        text = self.headers.get("Content-Length", "0")
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            return refused(HTTPStatus.BAD_REQUEST, "Content-Length is not a number."), b""
        if int(text) > most:
            return refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has {most} bytes at most."), b""
        body = self.rfile.read(int(text))
        if len(body) < int(text):
            return refused(HTTPStatus.BAD_REQUEST, "The body ended early."), b""
        return None, body

    def _send(self, reply: Reply, *, close: bool = False) -> None:
        close = close or reply.cut is not None
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if close:
            self.send_header("Connection", "close")
        body = reply.body if reply.cut is None else reply.body[: reply.cut]
        if reply.seconds:
            self.end_headers()
            self._drip(body, reply.seconds)
        else:
            # Head and body in one packet.
            self._headers_buffer: list[bytes]
            self._headers_buffer += [b"\r\n", body]
            self.flush_headers()
        if close:
            self._hang_up()

    def _drip(self, body: bytes, seconds: float) -> None:
        size = -(-len(body) // PIECES) or 1
        for start in range(0, len(body), size):
            if not self.server.owner.sleep(seconds / PIECES):
                break
            self.wfile.write(body[start : start + size])
            self.wfile.flush()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.server.hang_up(self.connection)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the library answers to garbage: short, and without repeating any of it."""
        self.command = self.command or "GET"
        self.request_version = "HTTP/1.1"
        self._send(self.server.owner.refused(HTTPStatus(code), "The request cannot be read."), close=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing is logged: addresses and headers hold keys and tokens."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, owner: "LoopbackServer") -> None:
        self.owner = owner
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((ADDRESS, port), Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is no news, and a traceback would show what was sent."""

    def hang_up(self, connection: socket.socket) -> None:
        """Close a connection, whoever reads or writes it."""
        with suppress(OSError):  # the other side may have been faster
            connection.shutdown(socket.SHUT_RDWR)

    def hang_up_all(self) -> None:
        """Close every connection, so that their threads end."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            self.hang_up(connection)


class LoopbackServer(ABC):
    """A server in a thread. `with` starts it, and stops it whatever happens.

    Who derives from it answers requests from many threads at once.
    """

    software: ClassVar[str]  # what the header Server says
    thread_name: ClassVar[str]
    body_max: ClassVar[int]  # bytes

    def __init__(self, port: int = 0) -> None:
        self._wanted_port = port
        self._ending = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @abstractmethod
    def answer(self, asked: Asked) -> Reply:
        """What a request is answered. Whatever it raises becomes status 500 without a word of why."""

    @abstractmethod
    def refused(self, status: HTTPStatus, message: str) -> Reply:
        """A refusal in the shape that clients of this service expect."""

    def sleep(self, seconds: float) -> bool:
        """Wait; False where the server ends meanwhile."""
        return not self._ending.wait(seconds)

    def call_off(self) -> None:
        """End all waits: nobody is let in any more, and connections are about to be closed."""
        self._ending.set()

    def closed(self) -> None:  # noqa: B027 - most have nothing left to do
        """What is left to do after the last connection was closed."""

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None, "the simulator is not running"
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """Scheme, address and port, without a path."""
        return f"http://{ADDRESS}:{self.port}"

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._ending = threading.Event()
        self._server = _Server(self._wanted_port, self)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": POLL_SECONDS},
            name=self.thread_name,
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, call off what was to come, and close all connections; again is no error."""
        if self._server is None:
            return
        self._server.shutdown()
        self.call_off()
        self._server.hang_up_all()
        self._server.server_close()
        self.closed()
        self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
