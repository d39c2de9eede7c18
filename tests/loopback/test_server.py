"""A server of three lines over real sockets: what it reads, how it sends, and that nothing survives its end."""

import socket
import threading
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from loopback import DROPPED, Asked, LoopbackServer, Reply
from tests.loopback.wire import raw

BODY = b"0123456789" * 5
REPLIES = {
    "/plain": Reply(200, BODY, "text/plain", {"X-Told": "yes"}),
    "/empty": Reply(200, b"", "text/plain"),
    "/late": Reply(200, BODY, "text/plain", wait=0.001),
    "/slow": Reply(200, BODY, "text/plain", seconds=0.008),
    "/slow-empty": Reply(200, b"", "text/plain", seconds=0.008),
    "/cut": Reply(200, BODY, "text/plain", cut=20),
    "/dropped": DROPPED,
    "/never": Reply(200, BODY, "text/plain", wait=3600),
    "/endless": Reply(200, BODY, "text/plain", seconds=3600 * 8),
}


class Echo(LoopbackServer):
    """Answers by path, or what was asked."""

    software = "Echo"
    thread_name = "echo"
    body_max = 100

    def __init__(self) -> None:
        super().__init__()
        self.waiting = threading.Event()

    def answer(self, asked: Asked) -> Reply:
        if asked.target == "/broken":
            raise RuntimeError("a secret")
        page = b" page" if asked.from_page else b""
        told = asked.method.encode() + b" " + asked.target.encode() + b" " + asked.body + page
        return REPLIES.get(asked.target, Reply(200, told, "text/plain"))

    def refused(self, status: HTTPStatus, message: str) -> Reply:
        return Reply(status, message.encode(), "text/plain")

    def sleep(self, seconds: float) -> bool:
        self.waiting.set()
        return super().sleep(seconds)


@pytest.fixture
def server() -> Iterator[Echo]:
    """It listens."""
    with Echo() as running:
        yield running


def ask(target: str, lines: str = "", *, method: str = "GET", host: str = "localhost") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (ask("/a?b=%00"), b"GET /a?b=%00 "),
        (ask("/a", "Content-Length: 2\r\n", method="POST") + b"hi", b"POST /a hi"),
        (ask("/a", "Content-Length: 100\r\n", method="DELETE") + b"x" * 100, b"DELETE /a " + b"x" * 100),
        (ask("/a", "Origin: https://example.org\r\n"), b"GET /a  page"),
        (ask("/a", "SEC-FETCH-SITE: none\r\n"), b"GET /a  page"),
        (ask("/a", host="127.0.0.1:80"), b"GET /a "),
        (ask("/a", host="LOCALHOST"), b"GET /a "),
    ],
)
def test_what_was_asked_arrives(sent: bytes, told: bytes, server: Echo) -> None:
    head, _, body = raw(server, sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nServer: Echo")
    assert body == told


@pytest.mark.parametrize(
    ("sent", "status", "message"),
    [
        (ask("/plain", host="example.org"), 421, b"This is a simulator on loopback."),
        (ask("/plain", host=""), 421, b"This is a simulator on loopback."),
        (ask("/plain", "Transfer-Encoding: chunked\r\n"), 411, b"A body needs its Content-Length."),
        (ask("/plain", "Content-Length: ²\r\n"), 400, b"Content-Length is not a number."),
        (ask("/plain", "Content-Length: -1\r\n"), 400, b"Content-Length is not a number."),
        (ask("/plain", f"Content-Length: {'9' * 5000}\r\n"), 400, b"Content-Length is not a number."),
        (ask("/plain", "Content-Length: 101\r\n"), 413, b"A body has 100 bytes at most."),
        (ask("/plain", "Content-Length: 3\r\n") + b"hi", 400, b"The body ended early."),
        (ask("/plain", method="BREW"), 501, b"The request cannot be read."),
        (b"\x00\xff\r\n\r\n", 400, b"The request cannot be read."),
        (ask("/broken"), 500, b"The simulator has a fault of its own."),
    ],
)
def test_what_is_refused(sent: bytes, status: int, message: bytes, server: Echo) -> None:
    head, _, body = raw(server, sent).partition(b"\r\n\r\n")
    assert int(head.split(b" ", 2)[1]) == status
    assert body == message


@pytest.mark.parametrize(
    ("target", "body"),
    [
        *(("/plain", BODY), ("/empty", b""), ("/late", BODY), ("/slow", BODY)),
        *(("/slow-empty", b""), ("/cut", BODY[:20])),
    ],
)
def test_how_an_answer_is_sent(target: str, body: bytes, server: Echo) -> None:
    head, _, sent = raw(server, ask(target)).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(REPLIES[target].body)}".encode() in head.split(b"\r\n")
    assert (b"X-Told: yes" in head) == (target == "/plain")
    assert (b"Connection: close" in head) == (target == "/cut")
    assert sent == body


def test_a_dropped_connection_says_nothing(server: Echo) -> None:
    assert raw(server, ask("/dropped")) == b""


@pytest.mark.parametrize(("target", "sent"), [("/never", b""), ("/endless", b"HTTP/1.1 200 OK")])
def test_stopping_ends_what_waits(target: str, sent: bytes, server: Echo) -> None:
    answered: list[bytes] = []
    caller = threading.Thread(target=lambda: answered.append(raw(server, ask(target))))
    caller.start()
    assert server.waiting.wait(30)
    port = server.port
    server.stop()
    caller.join(30)
    assert [answer.partition(b"\r\n")[0] for answer in answered] == [sent]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=30)
    server.stop()  # again is no error


def test_it_starts_again(server: Echo) -> None:
    server.stop()
    server.start()
    assert raw(server, ask("/late")).endswith(BODY)
