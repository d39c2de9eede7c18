"""A closed-loop HTTP load: some connections, each sending its next request when the last is answered.

Raw sockets in a process of its own, so that the client's cost is small beside the server's on the same cores.
"""

import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

RECEIVE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Timing:
    """What one load saw: seconds of each answered request, by status."""

    seconds: float
    latencies: tuple[float, ...]
    statuses: dict[int, int]

    @property
    def requests(self) -> int:
        return len(self.latencies)

    def quantile_ms(self, share: float) -> float:
        """The nearest-rank quantile of the latencies."""
        ordered = sorted(self.latencies)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2)


def post(path: str, body: str, *, token: str) -> bytes:
    """A whole POST request."""
    data = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Ingest-Token: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def get(path: str, *, token: str) -> bytes:
    """A whole GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send, and read the whole answer: its status and body."""
        self._socket.sendall(request)
        received = self._socket.recv(RECEIVE_BYTES)
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        length = _content_length(head)
        if length is None:
            return int(head[9:12]), b"".join(self._chunks(body))
        parts, have = [body], len(body)
        while have < length:
            part = self._more()
            parts.append(part)
            have += len(part)
        return int(head[9:12]), b"".join(parts)

    def drain(self, request: bytes) -> tuple[float, int]:
        """Send, and throw the answer away as it comes: seconds to its first byte, and its bytes."""
        began = time.perf_counter()
        self._socket.sendall(request)
        tail = self._more()
        first, total = time.perf_counter() - began, len(tail)
        if tail[9:12] != b"200":
            raise SystemExit(f"The download answered {tail[9:12].decode()}.")
        while not tail.endswith(b"\r\n0\r\n\r\n"):
            part = self._more()
            total += len(part)
            tail = (tail + part)[-8:]
        return first, total

    def _more(self) -> bytes:
        part = self._socket.recv(RECEIVE_BYTES)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part

    def _chunks(self, first: bytes) -> Iterator[bytes]:
        """The parts of a chunked body, in their framing, which is all that a length needs."""
        tail = first
        yield first
        while not tail.endswith(b"0\r\n\r\n"):
            part = self._more()
            tail = (tail + part)[-8:]
            yield part


def _content_length(head: bytes) -> int | None:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return None


def run(
    port: int, requests: Callable[[int], Iterable[bytes]], *, connections: int, seconds: float, most: int = 10**9
) -> Timing:
    """Load `port` for `seconds`, connection i sending `requests(i)` (at most `most` each), from another process."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, port, requests, connections, seconds, most))
    process.start()
    timing = receiver.recv()
    process.join()
    if isinstance(timing, str):
        raise SystemExit(timing)
    assert isinstance(timing, Timing)
    return timing


def _work(sender: object, port: int, requests: object, connections: int, seconds: float, most: int) -> None:
    latencies: list[list[float]] = [[] for _ in range(connections)]
    statuses: list[dict[int, int]] = [{} for _ in range(connections)]
    errors: list[str] = []
    start = threading.Barrier(connections + 1)

    def loop(index: int) -> None:
        try:
            connection = Connection(port)
            prepared = iter(requests(index))  # type: ignore[operator]
            start.wait()
            deadline = time.perf_counter() + seconds
            while time.perf_counter() < deadline and len(latencies[index]) < most:
                request = next(prepared)
                began = time.perf_counter()
                status, _ = connection.ask(request)
                latencies[index].append(time.perf_counter() - began)
                statuses[index][status] = statuses[index].get(status, 0) + 1
        except Exception as error:
            errors.append(f"connection {index}: {type(error).__name__}: {error}")
            start.abort()

    threads = [threading.Thread(target=loop, args=(index,)) for index in range(connections)]
    for thread in threads:
        thread.start()
    try:
        start.wait()
        began = time.perf_counter()
    except threading.BrokenBarrierError:
        began = 0.0
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    counted: dict[int, int] = {}
    for each in statuses:
        for status, count in each.items():
            counted[status] = counted.get(status, 0) + count
    everything = tuple(latency for each in latencies for latency in each)
    sender.send("; ".join(errors) if errors else Timing(took, everything, counted))  # type: ignore[attr-defined]
