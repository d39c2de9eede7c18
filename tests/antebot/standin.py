"""A stand-in for StakePro's batch ingest that fails on purpose, and keeps each id and nonce once as ours does."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any


@dataclass(slots=True)
class StandIn:
    """What arrived, and what to do with the next requests.

    `faults` is used up from its start, one for each request; with none left, requests succeed. A fault is a status, a
    status with headers, "drop before" or "drop after" (the connection ends without an answer, before or after the
    messages were kept), or "html".
    """

    faults: list[int | str | tuple[int, dict[str, str]]] = field(default_factory=list)
    refuse_ids: set[str] = field(default_factory=set)
    too_large_above: int = 10_000
    per_minute: int = 10_000  # a larger batch is always 429
    posted: Counter[str] = field(default_factory=Counter)  # times each message was sent, by id or nonce
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)  # messages in each request
    arrivals: list[float] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    at_once: int = 0
    at_once_max: int = 0
    url: str = ""
    hold: threading.Event | None = None  # answers wait for this
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Keep what is new, and answer for each message in order."""
        results: list[dict[str, Any]] = []
        for message in messages:
            key = key_of(message)
            if message.get("id") in self.refuse_ids:
                results.append({"error": {"code": "invalid", "message": "amount must not be negative.", "fields": {}}})
                continue
            results.append({"streamId": "s", "accepted": key not in self.kept})
            self.kept.setdefault(key, message)
        return results


def key_of(message: dict[str, Any]) -> str:
    """By what a message is known: a bet by its id, a heartbeat by its nonce."""
    return f"bet {message['id']}" if message["type"] == "bet" else f"heartbeat {message['nonce']}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        standin = self.server.standin
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with standin.lock:
            standin.at_once += 1
            standin.at_once_max = max(standin.at_once_max, standin.at_once)
        try:
            self.answer(standin, json.loads(body))
        finally:
            with standin.lock:
                standin.at_once -= 1

    def answer(self, standin: StandIn, messages: list[dict[str, Any]]) -> None:
        standin.arrivals.append(monotonic())
        standin.paths.add(self.path)
        standin.headers.append({name.lower(): value for name, value in self.headers.items()})
        standin.batches.append(len(messages))
        standin.posted.update(key_of(message) for message in messages)
        if len(messages) > standin.too_large_above:
            return self.send(413, {"error": {"code": "too_large", "message": "The body is too large.", "fields": {}}})
        if len(messages) > standin.per_minute:
            headers = {"X-RateLimit-Limit": str(standin.per_minute), "Retry-After": "1"}
            return self.send(429, {"error": {"code": "rate_limited", "message": "Slow down.", "fields": {}}}, headers)
        fault = standin.faults.pop(0) if standin.faults else None
        if fault == "drop before":
            return self.hang_up()
        if fault == "html":
            return self.send(200, None)
        if isinstance(fault, int):
            fault = (fault, {})
        if isinstance(fault, tuple):
            return self.send(fault[0], {"error": {"code": "fault", "message": "On purpose.", "fields": {}}}, fault[1])
        results = standin.take(messages)
        if standin.hold is not None:
            standin.hold.wait(10)
        if fault == "drop after":
            return self.hang_up()
        return self.send(200, {"results": results})

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def send(self, status: int, data: object, headers: dict[str, str] | None = None) -> None:
        body = b"<!doctype html><p>Sign in" if data is None else json.dumps(data).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Say nothing: a test's output is its own."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    standin: StandIn

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection we closed ourselves is no news."""


@contextmanager
def serve(standin: StandIn, *, port: int = 0) -> Iterator[StandIn]:
    """Answer on loopback for as long as the block runs."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.standin = standin
    standin.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield standin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
