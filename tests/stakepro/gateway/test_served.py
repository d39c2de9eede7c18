"""The gateway as it is served: `manage.py gateway` on the tests' database, over real connections.

One server for the module, so these tests keep to wallets of their own and look at nobody else's.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts import services as accounts
from accounts.audit import By
from accounts.models import Token
from ledger import posting, queries, services
from ledger.money import Currency
from ledger.operations import Done, Kind, Op
from tests.emptying import FirstState
from tests.ports import free_port
from tests.stakepro.installation import MANAGE, SECONDS

# So that the database is made; what the tests commit is taken back once, after the last of them.
pytestmark = pytest.mark.django_db(transaction=True)

EURO = Currency("EUR", 2)
owners = count()


class Served:
    """A running gateway: its port, and a token for it."""

    def __init__(self, port: int, process: "subprocess.Popen[str]", token: str) -> None:
        self.port, self.process, self.token = port, process, token
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS, headers=self.bearer())

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def hold(self, wallet: int, amount: str, client_id: str = "", **more: Any) -> httpx.Response:
        body = {"client_id": client_id or str(uuid4()), "amount": amount, **more}
        return self.client.post(f"/api/v1/wallets/{wallet}/holds", json=body)

    def raw(self, data: bytes, *, bodies: int) -> bytes:
        """What comes back on one connection for these bytes: so many JSON bodies, or less if it is closed before."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as line:
            line.sendall(data)
            received = b""
            while received.count(b"\r\n\r\n{") < bodies or not received.endswith(b"}"):
                part = line.recv(65_536)
                if not part:
                    break
                received += part
        return received

    def head(self, wallet: int) -> bytes:
        """The first lines of a request for a hold, less those about its body."""
        return (
            f"POST /api/v1/wallets/{wallet}/holds HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
        ).encode()


def body_of(amount: str) -> bytes:
    return json.dumps({"client_id": str(uuid4()), "amount": amount}).encode()


def with_length(head: bytes, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


@contextmanager
def serving(home: Path) -> Iterator["subprocess.Popen[str]"]:
    """`manage.py gateway` on the tests' database."""
    where = settings.DATABASES["default"] | {"NAME": connection.settings_dict["NAME"]}
    user, host = quote(where["USER"] or ""), quote(where["HOST"] or "", safe="")
    url = f"postgres://{user}:{quote(where['PASSWORD'] or '')}@{host}:{where['PORT']}/{where['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "STAKEPRO_HOME": str(home),
        "SECRET_KEY": settings.SECRET_KEY,
        "GATEWAY_PORT": str(free_port()),
    }
    process = subprocess.Popen([*MANAGE, "gateway"], cwd="/", env=environment, text=True, process_group=0)
    process.gateway_port = int(environment["GATEWAY_PORT"])  # type: ignore[attr-defined]
    process.gateway_home = home  # type: ignore[attr-defined]
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(SECONDS)


def wait_until_served(process: "subprocess.Popen[str]") -> int:
    port: int = process.gateway_port  # type: ignore[attr-defined]
    until = time.monotonic() + SECONDS
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
        except httpx.TransportError:
            assert time.monotonic() < until, "waited in vain"
            assert process.poll() is None
            time.sleep(0.05)
        else:
            return port


@pytest.fixture(scope="module")
def token(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A token for the module; what its tests commit goes with it."""
    with django_db_blocker.unblock():
        first = FirstState()
        services.add_currency(EURO, by=By.command_line(), at=timezone.now())
        yield make_token("ledger", "read")
        posting.close()
        first.restore()


def make_token(*scopes: str) -> str:
    return accounts.create_token(label="t", scopes=scopes, at=timezone.now(), by=None)[1]


@pytest.fixture
def _django_db_helper(token: str) -> None:
    """In the place of pytest-django's, which would empty the database under the running server after each test."""


@pytest.fixture(scope="module")
def served(token: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("gateway")) as process:
        made = Served(wait_until_served(process), process, token)
        yield made
        made.client.close()


@pytest.fixture
def wallet(token: str) -> Callable[[str], int]:
    """Opens a wallet with this much money."""

    def opened(amount: str) -> int:
        made = services.open_wallet(owner=f"served {next(owners)}", currency="EUR", at=timezone.now())
        answer = posting.post_one(Op(Kind.DEPOSIT, made, uuid4(), int(amount) * 100))
        assert isinstance(answer, Done)
        return made

    return opened


def balance(wallet: int) -> tuple[int, int]:
    """What the wallet has in cents: available and locked."""
    found = queries.find_wallet(wallet)
    return found.available, found.locked


def test_it_works(served: Served, wallet: Callable[[str], int]) -> None:
    ann = wallet("10")
    answer = served.hold(ann, "2.50")
    assert answer.status_code == 200
    assert (answer.json()["available"], answer.json()["locked"], answer.json()["version"]) == ("7.50", "2.50", 2)
    again = served.hold(ann, "2.50", answer.json()["client_id"])
    assert again.json() == answer.json() | {"replayed": True}
    assert balance(ann) == (750, 250)


@pytest.mark.parametrize(("count", "amount", "money", "done"), [(5, "10", "10", 1), (50, "100", "150", 1)])
def test_money_is_spent_once(
    served: Served, wallet: Callable[[str], int], count: int, amount: str, money: str, done: int
) -> None:
    ann = wallet(money)
    gate = threading.Barrier(count)

    def send() -> int:
        with httpx.Client(base_url=served.client.base_url, headers=served.bearer(), timeout=SECONDS) as client:
            gate.wait()
            body = {"client_id": str(uuid4()), "amount": amount}
            return client.post(f"/api/v1/wallets/{ann}/holds", json=body).status_code

    with ThreadPoolExecutor(count) as pool:
        statuses = sorted(each.result() for each in [pool.submit(send) for _ in range(count)])
    assert statuses == [200] * done + [402] * (count - done)
    assert balance(ann) == ((int(money) - int(amount)) * 100, int(amount) * 100)


SAME: list[tuple[str, str, bytes]] = [
    ("POST", "/api/v1/wallets/{}/holds", b'{"client_id": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "amount": "1000.00"}'),
    ("POST", "/api/v1/wallets/{}/holds", b'{"client_id": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "amount": "1.005"}'),
    ("POST", "/api/v1/wallets/{}/holds", b'{"client_id": 7, "amount": 1.5, "more": "\\ud800"}'),
    ("POST", "/api/v1/wallets/{}/holds", b'{"client_id": NaN'),
    ("POST", "/api/v1/wallets/{}/holds", b'"'),
    ("POST", "/api/v1/wallets/{}/holds", b" " * 100_000),
    ("POST", "/api/v1/wallets/99{}/holds", b'{"client_id": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "amount": "1"}'),
    ("POST", "/api/v1/wallets/x{}/holds", b"{}"),
    ("POST", "/api/v1/wallets/{}/holds:batch", b'{"holds": [{"client_id": "", "amount": ""}, 7]}'),
    ("POST", "/api/v1/wallets/{}/holds:batch", b'{"holds": [{"client_id": "", "amount": ""}]}'),
    ("POST", "/api/v1/wallets/{}/holds:batch", b'{"holds": []}'),
    (
        "POST",
        "/api/v1/wallets/{}/holds:batch",
        b'{"holds": [{"client_id": "6f9619ff-8b86-4011-b42d-00c04fc964fe", "amount": "1e3"},'
        b' {"client_id": "6f9619ff-8b86-4011-b42d-00c04fc964fe", "amount": "999"}]}',
    ),
    ("POST", "/api/v1/holds:batch", b'{"holds": [{"wallet_id": 0, "client_id": "x", "amount": "1"}], "a": 1}'),
    (
        "POST",
        "/api/v1/holds:batch",
        b'{"holds": [{"wallet_id": 987654321, "client_id": "6f9619ff-8b86-4011-b42d-00c04fc964fe", "amount": "1"}]}',
    ),
    ("GET", "/api/v1/wallets/{}/holds", b""),
    ("PUT", "/api/v1/holds:batch", b""),
]


def test_django_s_views_answer_alike(served: Served, wallet: Callable[[str], int]) -> None:
    ann = wallet("10")
    django = Client(headers=served.bearer())
    for method, path, body in SAME:
        address = path.format(ann)
        served.client.request(method, address, content=body)  # what is decided is decided now, and replayed to both
        ours = served.client.request(method, address, content=body)
        theirs = django.generic(method, address, body, content_type="application/json")
        assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content), (method, path, body)
        for header in ("Content-Type", "Allow", "Retry-After", "WWW-Authenticate"):
            assert ours.headers.get(header) == theirs.headers.get(header)


def test_who_may_not_is_refused_as_by_django(served: Served, wallet: Callable[[str], int]) -> None:
    ann = wallet("10")
    path, reader = f"/api/v1/wallets/{ann}/holds", make_token("read")
    cases: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer sp_unknown"},
        {"Authorization": f"Bearer {reader}"},
        {"Authorization": "Token abc"},
        {"X-Ingest-Token": reader},
        {"Authorization": served.bearer()["Authorization"], "Host": "elsewhere.example"},
        {"Cookie": f"{settings.SESSION_COOKIE_NAME}=nobody"},
    ]
    for headers in cases:
        ours = httpx.post(f"http://127.0.0.1:{served.port}{path}", content=b"{}", headers=headers)
        theirs = Client(enforce_csrf_checks=True, headers=headers).post(path, b"{}", content_type="application/json")
        assert ours.status_code == theirs.status_code, headers
        assert ours.status_code in (400, 401, 403)
    assert balance(ann) == (1_000, 0)


def test_a_revoked_token_is_soon_refused(served: Served, wallet: Callable[[str], int]) -> None:
    ann, soon_gone = wallet("1000"), make_token("ledger")
    with httpx.Client(base_url=served.client.base_url, headers={"X-Ingest-Token": soon_gone}) as client:

        def status() -> int:
            body = {"client_id": str(uuid4()), "amount": "0.01"}
            return client.post(f"/api/v1/wallets/{ann}/holds", json=body).status_code

        assert status() == 200
        Token.objects.filter(hint=soon_gone[-4:]).update(revoked_at=timezone.now())
        until = time.monotonic() + SECONDS
        while status() != 401:
            assert time.monotonic() < until, "still believed"


def test_a_signed_in_person_needs_the_csrf_token(served: Served, wallet: Callable[[str], int]) -> None:
    ann = wallet("10")
    person = get_user_model().objects.create_superuser(f"person {uuid4()}", password=None)
    browser = Client()
    browser.force_login(person)
    csrf = "a" * 32
    cookies = {
        settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value,
        settings.CSRF_COOKIE_NAME: csrf,
    }
    base = f"http://127.0.0.1:{served.port}"
    with httpx.Client(base_url=base, cookies=cookies) as client:

        def post(**headers: str) -> tuple[int, str]:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            body = {"client_id": str(uuid4()), "amount": "1"}
            answer = client.post(f"/api/v1/wallets/{ann}/holds", json=body, headers=sent)
            return answer.status_code, answer.json().get("error", {}).get("code", "")

        assert post() == (403, "csrf_failed")
        assert post(X_CSRFToken="b" * 32) == (403, "csrf_failed")
        assert post(X_CSRFToken=csrf, Origin="https://elsewhere.example") == (403, "csrf_failed")
        assert post(X_CSRFToken=csrf, Origin=base) == (200, "")
        assert post(X_CSRFToken=csrf) == (200, "")
        # As a browser's EventSource asks: cookies, and no header of ours.
        with client.stream("GET", f"/events?stream=wallet:{ann}") as stream:
            assert stream.status_code == 200


def test_requests_may_follow_each_other_unanswered(served: Served, wallet: Callable[[str], int]) -> None:
    ann = wallet("10")
    requests = [with_length(served.head(ann), body_of(f"{n}.00")) for n in (1, 2, 3)]
    received = served.raw(b"".join(requests), bodies=3)
    assert [received.count(each) for each in (b'"9.00"', b'"7.00"', b'"4.00"')] == [1, 1, 1]


def test_a_body_in_chunks_is_read(served: Served, wallet: Callable[[str], int]) -> None:
    ann, body = wallet("10"), body_of("1.00")
    chunks = b"".join(b"1\r\n%c\r\n" % each for each in body)
    received = served.raw(served.head(ann) + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n", bodies=1)
    assert b"HTTP/1.1 200 " in received


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: -1\r\n\r\n{}",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        b"Content-Length: 99999999999999999999999999\r\n\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"Transfer-Encoding: gzip\r\n\r\n{}",
        b"X: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"\r\n\0\0\0\0",
        b"X\0Y: z\r\n\r\n",
    ],
)
def test_what_is_hardly_http_harms_nobody(served: Served, wallet: Callable[[str], int], rest: bytes) -> None:
    ann = wallet("10")
    with socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS) as line:
        try:
            line.sendall(served.head(ann) + rest)
            line.shutdown(socket.SHUT_WR)
            received = b"".join(iter(lambda: line.recv(65_536), b""))
        except OSError:  # closed in the midst of what we sent
            received = b""
    assert b"HTTP/1.1 200 " not in received
    assert b"HTTP/1.1 5" not in received
    assert served.hold(ann, "1").status_code == 200
    assert balance(ann) == (900, 100)


def test_who_hangs_up_may_ask_again(served: Served, wallet: Callable[[str], int]) -> None:
    ann, body = wallet("10"), body_of("1.00")
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS) as line:
            line.sendall(with_length(served.head(ann), body))
            line.shutdown(socket.SHUT_WR)
    answer = served.client.post(f"/api/v1/wallets/{ann}/holds", content=body)
    assert answer.status_code == 200
    assert balance(ann) == (900, 100)


# --- Events -----------------------------------------------------------------------------------------


def read_events(
    served: Served, wallet: int, *, after: int, until: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    """Events of the wallet until one that is the last wanted."""
    found: list[dict[str, Any]] = []
    headers = {"Last-Event-ID": str(after)}
    with served.client.stream("GET", f"/events?stream=wallet:{wallet}", headers=headers) as stream:
        event: dict[str, Any] = {}
        for line in stream.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif "data" in event:
                found.append({"seq": int(event["id"]), "type": event["event"], **json.loads(event["data"])})
                if until(found[-1]):
                    break
                event = {}
            else:
                event = {}
    return found


def test_a_line_that_breaks_again_and_again_misses_nothing(served: Served, wallet: Callable[[str], int]) -> None:
    ann, holds = wallet("1000"), 120
    last = 1 + holds

    def write() -> None:
        with httpx.Client(base_url=served.client.base_url, headers=served.bearer(), timeout=SECONDS) as client:
            for _ in range(holds // 3):
                body = {"client_id": str(uuid4()), "amount": "0.01"}
                assert client.post(f"/api/v1/wallets/{ann}/holds", json=body).status_code == 200

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write) for _ in range(3)]
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["body"]["version"] < last:
            take = iter(range(len(seen) % 7))  # each line breaks elsewhere
            after = seen[-1]["seq"] if seen else 0
            seen += read_events(
                served,
                ann,
                after=after,
                until=lambda event, take=take: event["body"]["version"] == last or next(take, None) is None,
            )
        for writer in writers:
            writer.result()
    assert [each["prev"] for each in seen] == [None, *(each["seq"] for each in seen[:-1])]
    assert seen[-1]["body"] == {"currency": "EUR", "available": "998.80", "locked": "1.20", "version": last}


def test_what_is_gone_is_told_as_the_state(served: Served, wallet: Callable[[str], int]) -> None:
    ann = wallet("10")
    (snapshot,) = read_events(served, ann, after=2**62, until=lambda event: True)
    assert snapshot["type"] == "snapshot"
    (event,) = read_events(served, ann, after=0, until=lambda event: True)
    assert snapshot["state"] == {f"wallet:{ann}": event["body"]}


def test_the_counts_are_shared(served: Served, wallet: Callable[[str], int]) -> None:
    """What the gateway counts lies where the web server's `/metrics` finds it."""
    assert served.hold(wallet("1"), "5").status_code == 402
    home = Path(served.process.gateway_home)  # type: ignore[attr-defined]
    shared = b"".join(file.read_bytes() for file in (home / "metrics" / "gateway").glob("counter_*.db"))
    assert b"gateway:hold" in shared


# --- The end ----------------------------------------------------------------------------------------


def test_the_end_answers_what_was_taken_and_ends_streams(
    token: str, wallet: Callable[[str], int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ann = wallet("1000")
    answered: list[int] = []
    streaming, ended = threading.Event(), threading.Event()

    def listen(port: int) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        with (
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS, headers=headers) as client,
            client.stream("GET", f"/events?stream=wallet:{ann}") as stream,
        ):
            streaming.set()
            try:
                for _ in stream.iter_raw():
                    pass
            except httpx.TransportError:
                pass
            ended.set()

    def send(port: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS) as client:
            while True:
                body = {"client_id": str(uuid4()), "amount": "0.01"}
                try:
                    answer = client.post(
                        f"/api/v1/wallets/{ann}/holds", json=body, headers={"Authorization": f"Bearer {token}"}
                    )
                except httpx.TransportError:
                    return
                answered.append(answer.status_code)

    with serving(tmp_path) as process:
        port = wait_until_served(process)
        threads = [threading.Thread(target=listen, args=(port,))]
        threads += [threading.Thread(target=send, args=(port,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert streaming.wait(SECONDS)
        until = time.monotonic() + SECONDS
        while len(answered) < 20:
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
        assert ended.wait(SECONDS)
        for thread in threads:
            thread.join(SECONDS)
    assert set(answered) == {200}
    # At most the last request of each client is done without an answer; none is answered and not done.
    locked = balance(ann)[1]
    assert len(answered) <= locked <= len(answered) + 4
    assert "Killing worker" not in capfd.readouterr().err
