"""The simulated provider's HTTP server: loopback only, a thread a connection, nothing logged."""

import socket
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from markets.simulator import control, wire
from markets.simulator.faults import Faults
from markets.simulator.provider import Provider
from markets.simulator.wire import Reply, Request

ADDRESS: Final = "127.0.0.1"
HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
BODY_MOST: Final = 1_000_000  # bytes
IDLE_SECONDS: Final = 60
PIECES: Final = 8  # of a body that is sent slowly
POLL_SECONDS = 0.05  # how soon `stop` is noticed


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "StakeProOddsSimulator"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: "_Server"

    def do_GET(self) -> None:
        """Everything that the provider is asked."""
        self._handle()

    def do_POST(self) -> None:
        """Part of the control path."""
        self._handle()

    def do_DELETE(self) -> None:
        """Part of the control path."""
        self._handle()

    def _handle(self) -> None:
        refused, body = self._read()
        if refused is not None:
            # What is left of the request was not read, so nothing else can come on this connection.
            self._send(refused, close=True)
            return
        try:
            reply = self._answer(body)
        except Exception:
            # Whatever went wrong is ours; the text of an exception may hold a key, so it goes nowhere.
            reply = Reply(500, b"The simulator has a fault of its own.", "text/plain; charset=utf-8")
        if reply.wait and not self.server.sleep(reply.wait):
            reply = wire.DROPPED
        if reply.dropped:
            self._hang_up()
        else:
            self._send(reply)

    def _read(self) -> tuple[Reply | None, bytes]:
        """The body, or why it is not read."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host.lower() not in HOSTS:
            return _refused(HTTPStatus.MISDIRECTED_REQUEST, "This is a simulator on loopback."), b""
        if "Transfer-Encoding" in self.headers:
            return _refused(HTTPStatus.LENGTH_REQUIRED, "A body needs its Content-Length."), b""
        text = self.headers.get("Content-Length", "0")
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            return _refused(HTTPStatus.BAD_REQUEST, "Content-Length is not a number."), b""
        if int(text) > BODY_MOST:
            return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has {BODY_MOST} bytes at most."), b""
        body = self.rfile.read(int(text))
        if len(body) < int(text):
            return _refused(HTTPStatus.BAD_REQUEST, "The body ended early."), b""
        return None, body

    def _answer(self, body: bytes) -> Reply:
        try:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100))
        except ValueError:
            return _refused(HTTPStatus.BAD_REQUEST, "The address cannot be read.")
        if parts.path.startswith(control.PREFIX):
            # Programs send no Origin; a page of a browser does, and has no business here.
            if "Origin" in self.headers or "Sec-Fetch-Site" in self.headers:
                return _refused(HTTPStatus.FORBIDDEN, "The control path is not for pages.")
            return control.respond(self.server.provider, self.command, parts.path, body)
        if self.command != "GET":
            return _refused(HTTPStatus.METHOD_NOT_ALLOWED, "The provider is only read.")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return self.server.provider.respond(Request(parts.path, query, headers))

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
            if not self.server.sleep(seconds / PIECES):
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
        self._send(_refused(HTTPStatus(code), "The request cannot be read."), close=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing is logged: addresses hold the key."""


def _refused(status: HTTPStatus, message: str) -> Reply:
    return wire.json_reply({"error": message}, status)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, provider: Provider) -> None:
        self.provider = provider
        self.ending = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((ADDRESS, port), Handler)

    def sleep(self, seconds: float) -> bool:
        """Wait; False where the server ends meanwhile."""
        return not self.ending.wait(seconds)

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


class Simulator:
    """A running simulated provider. `with Simulator(provider) as simulator:` starts it, and stops it in any case."""

    def __init__(self, provider: Provider, *, port: int = 0) -> None:
        self.provider = provider
        self._wanted_port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def faults(self) -> Faults:
        """The script of what goes wrong."""
        return self.provider.faults

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None, "the simulator is not running"
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """Where it is, for `/_simulator/`."""
        return f"http://{ADDRESS}:{self.port}"

    @property
    def base_url(self) -> str:
        """What to set as ODDS_API_BASE_URL."""
        return f"{self.address}/v4"

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server = _Server(self._wanted_port, self.provider)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": POLL_SECONDS}, name="odds", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.ending.set()
        self._server.hang_up_all()
        self._server.server_close()
        self._server = None

    def __enter__(self) -> "Simulator":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
