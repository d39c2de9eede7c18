"""Downloads over HTTP: what is answered, how many at once, and that a place is given back however one ends."""

import gc
import json
import socket
import time
from datetime import UTC, datetime

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from accounts import downloads, services, tokens
from streams import sql
from streams.ingest import ingest
from streams.models import Stream
from tests.streams.messages import bet

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

# A download reads over a connection of its own, so what it reads has to be committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_left():
    for forget in (sql.forget_streams, tokens.cache.clear):
        forget()
    yield
    gc.collect()
    assert downloads.places.taken == 0
    for forget in (sql.forget_streams, tokens.cache.clear):
        forget()


@pytest.fixture
def token():
    return services.create_token(label="test", scopes=("read",), by=None, at=AT)[1]


def address(bets=3):
    ingest([bet(nonce, note="x" * 2000) for nonce in range(1, bets + 1)], at=AT)
    return f"/live/streams/{Stream.objects.get().public_id}/export"


class Answer:
    """What a WSGI server gets to see of an answer."""

    def __init__(self, path, token, method="GET"):
        request = RequestFactory().generic(method, path, headers={"Authorization": f"Bearer {token}"} if token else {})
        self.body = WSGIHandler()(request.environ, self._start)

    def _start(self, status, headers):
        self.status = int(status.split()[0])
        self.headers = dict(headers)

    def read(self):
        try:
            return b"".join(self.body)
        finally:
            self.body.close()


@pytest.mark.parametrize(
    ("extension", "content_type", "beginning"),
    [
        ("csv", "text/csv; charset=utf-8", b"nonce,antebot_bet_id,"),
        ("csv?columns=full", "text/csv; charset=utf-8", b"nonce,antebot_bet_id,"),
        ("ndjson", "application/x-ndjson", b'{"stakepro" : 1'),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
    ],
)
def test_it_works(token, extension, content_type, beginning):
    answer = Answer(f"{address()}.{extension}", token)
    assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
    name = f"stream_ababababab_client-1_3_bets.{extension.partition('?')[0]}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.read().startswith(beginning)


def test_it_takes_the_filters_of_the_list(token):
    lines = Answer(f"{address(9)}.csv?nonce_from=3&nonce_to=4", token).read().decode().splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == ["3", "4"]


def test_head_answers_the_headers_and_takes_no_place(token, settings):
    settings.DOWNLOADS_PER_WORKER = 0
    answer = Answer(f"{address()}.csv", token, method="HEAD")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.read() == b""


@pytest.mark.parametrize(
    ("path", "with_token", "status"),
    [
        ("{}.csv", False, 401),
        ("{}.csv?nonce_from=x", True, 422),
        ("{}.csv?columns=all", True, 422),
        ("{}.xlsx", True, 404),
        ("/live/streams/nonsense/export.csv", True, 422),
        ("/live/streams/00000000-0000-0000-0000-000000000000/export.csv", True, 404),
    ],
)
def test_it_refuses(token, path, with_token, status):
    answer = Answer(path.format(address()), token if with_token else None)
    assert answer.status == status
    answer.read()


def test_it_needs_the_scope_read():
    ingest_only = services.create_token(label="bot", scopes=("ingest",), by=None, at=AT)[1]
    answer = Answer(f"{address()}.csv", ingest_only)
    assert answer.status == 403
    answer.read()


def test_a_third_download_is_told_to_come_back(token):
    path = f"{address()}.csv"
    first, second = Answer(path, token), Answer(path, token)
    next(iter(first.body))
    third = Answer(path, token)
    assert (third.status, third.headers["Retry-After"]) == (503, "5")
    assert json.loads(third.read())["error"]["code"] == "busy"
    assert first.read().count(b"\n") >= 3
    fourth = Answer(path, token)
    assert fourth.status == 200
    assert len(second.read()) == len(fourth.read())


@pytest.mark.parametrize("started", [True, False])
def test_a_closed_download_gives_its_place_back_once(token, started):
    answer = Answer(f"{address()}.csv", token)
    if started:
        next(iter(answer.body))
    assert downloads.places.taken == 1
    answer.body.close()
    answer.body.close()
    assert downloads.places.taken == 0


def test_a_forgotten_download_gives_its_place_back(token):
    answer = Answer(f"{address()}.csv", token)
    next(iter(answer.body))
    del answer
    gc.collect()
    assert downloads.places.taken == 0


def test_a_failing_download_gives_its_place_back(token, monkeypatch):
    def broken(*_):
        yield b"header\n"
        raise OSError("the database went away")

    monkeypatch.setattr("streams.exporting.csv_file.copy_rows", broken)
    answer = Answer(f"{address()}.csv", token)
    with pytest.raises(OSError, match="went away"):
        list(answer.body)
    assert downloads.places.taken == 0
    answer.body.close()


def test_a_client_that_goes_away_frees_its_place(token, live_server):
    path = f"{address(4000)}.ndjson"
    host, port = live_server.thread.host, live_server.thread.port
    with socket.create_connection((host, port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert downloads.places.taken == 1
    until = time.monotonic() + 10
    while downloads.places.taken and time.monotonic() < until:
        time.sleep(0.02)
    assert downloads.places.taken == 0
