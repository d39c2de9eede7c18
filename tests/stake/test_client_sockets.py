"""The client through real sockets: what a broken connection proves, when an exchange ends, whom a name may lead to."""

import gc
import json
import socket
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from stake import network
from stake.asking import Forms
from stake.client import Venue
from stake.errors import CloudflareBlocked, InsufficientBalance, NotConnected, Transient, VenueError
from tests.stake import cassettes
from tests.stake.playing import order_of
from tests.stake.venues import TOKEN, http, serving

FULL = cassettes.load("bets")["limbo_graphql"]["json"]
REST = cassettes.load("bets")["limbo_rest"]["json"]
FOUND = cassettes.load("account")["look_up"]
REFUSALS = {entry["name"]: entry for entry in cassettes.load("refusals")}
REFUSED = REFUSALS["unknown field"]["json"]
LIMBO = order_of("limbo", "0.00000001", target="2")


def place(venue: Venue) -> Any:
    return venue.place(LIMBO, identifier="an-identifier")


def loopback_venue(port: int, **options: Any) -> Venue:
    return Venue(f"http://127.0.0.1:{port}", TOKEN, forms=Forms(), sleep=lambda seconds: None, **options)


def placing(port: int, **options: Any) -> VenueError | Any:
    """What placing comes to at this port."""
    venue = loopback_venue(port, **options)
    try:
        return place(venue)
    except VenueError as error:
        return error
    finally:
        venue.close()


def test_a_bet_is_placed_through_a_socket() -> None:
    with serving(lambda connection, _: connection.sendall(http(200, json.dumps(FULL).encode()))) as server:
        assert placing(server.port).nonce == 17
    assert len(server.requests) == 1
    assert server.requests[0].startswith(b"POST /_api/graphql HTTP/1.1\r\n")


def test_a_refused_connection_placed_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = placing(port)
    assert type(error) is NotConnected
    assert error.proves_nothing_placed


BROKEN: dict[str, Callable[[socket.socket], None]] = {
    "closed without a word": lambda connection: None,
    "reset": lambda connection: connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"),
    "half a head": lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-"),
    "half a body": lambda connection: connection.sendall(http(200, json.dumps(FULL).encode()[:50], length=500)),
    "no HTTP": lambda connection: connection.sendall(b"hello\r\n\r\n"),
    "a redirect": lambda connection: connection.sendall(http(302, b"", "Location: https://stake.bet/_api/graphql")),
    "a redirect to itself": lambda connection: connection.sendall(http(307, b"", "Location: /_api/graphql")),
    "500": lambda connection: connection.sendall(http(500, b"oops")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_leaves_the_outcome_unknown(name: str) -> None:
    with serving(lambda connection, _: BROKEN[name](connection)) as server:
        error = placing(server.port)
    assert type(error) is Transient
    assert not error.proves_nothing_placed
    assert len(server.requests) == 1


def test_silence_ends_at_the_deadline() -> None:
    closed_by_us = []

    def silent(connection: socket.socket, _: int) -> None:
        closed_by_us.append(connection.recv(1) == b"")

    with serving(silent) as server:
        error = placing(server.port, deadline=1.0)
        assert type(error) is Transient
        assert not error.proves_nothing_placed
    assert len(server.requests) == 1
    assert closed_by_us == [True]


def test_a_trickle_ends_at_the_deadline() -> None:
    """Each byte comes within every single time limit; the exchange ends all the same."""
    sent = []

    def trickle(connection: socket.socket, _: int) -> None:
        connection.sendall(http(200, b"", length=1_000_000))
        while not server.over.wait(0.02):
            connection.sendall(b" ")
            sent.append(1)

    with serving(trickle) as server:
        error = placing(server.port, deadline=1.0)
        assert type(error) is Transient
    assert len(sent) > 1
    assert len(server.requests) == 1


def test_a_form_after_the_deadline_is_not_sent() -> None:
    def late(connection: socket.socket, _: int) -> None:
        server.over.wait(0.25)
        connection.sendall(http(200, json.dumps(REFUSED).encode()))

    with serving(late) as server:
        error = placing(server.port, deadline=0.4)
    assert isinstance(error, Transient | NotConnected)
    assert len(server.requests) < 3  # all forms together have one deadline


def test_forms_follow_each_other_through_sockets() -> None:
    replies = [REFUSED, REFUSED, REST, FOUND]
    with serving(lambda connection, n: connection.sendall(http(200, json.dumps(replies[n - 1]).encode()))) as server:
        assert placing(server.port).nonce == 17
    assert [request.split(b" ")[1] for request in server.requests] == [
        *([b"/_api/graphql"] * 2),
        *(b"/_api/casino/limbo/bet", b"/_api/graphql"),
    ]


def test_a_page_of_cloudflare_is_told_through_a_socket() -> None:
    page = b"<!DOCTYPE html><title>Just a moment...</title>"
    with serving(lambda connection, _: connection.sendall(http(403, page, "Content-Type: text/html"))) as server:
        error = placing(server.port)
    assert type(error) is CloudflareBlocked
    assert error.proves_nothing_placed


def test_a_refusal_is_told_through_a_socket() -> None:
    body = json.dumps(REFUSALS["insufficient balance"]["json"]).encode()
    with serving(lambda connection, _: connection.sendall(http(200, body))) as server:
        assert type(placing(server.port)) is InsufficientBalance
    assert len(server.requests) == 1


# --- Addresses ------------------------------------------------------------------------------------


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name have these addresses; the list fills with the names that were asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(network.socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::ffff:127.0.0.1", "::1"])
def test_a_name_that_leads_inside_is_not_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolving_to(monkeypatch, address)
    venue = Venue("https://stake.com", TOKEN, transport=network.guarded_transport(), forms=Forms())
    with pytest.raises(NotConnected, match="no public address") as refusal:
        place(venue)
    venue.close()
    assert refusal.value.proves_nothing_placed
    assert asked == ["stake.com"]


def test_the_address_that_was_checked_is_the_one_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked a second time, the name would lead elsewhere; it is asked once."""
    called: list[str] = []

    def connect_tcp(self: Any, host: str, *rest: Any, **options: Any) -> Any:
        called.append(host)
        raise network.httpcore.ConnectError

    asked = resolving_to(monkeypatch, "104.16.0.1", "10.0.0.1")
    monkeypatch.setattr(network.httpcore.SyncBackend, "connect_tcp", connect_tcp)
    venue = Venue("https://stake.com", TOKEN, transport=network.guarded_transport(), forms=Forms())
    with pytest.raises(NotConnected):
        place(venue)
    venue.close()
    assert (asked, called) == (["stake.com"], ["104.16.0.1"])


def test_a_name_that_is_not_known_placed_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*rest: Any, **options: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(network.socket, "getaddrinfo", getaddrinfo)
    venue = Venue("https://stake.com", TOKEN, transport=network.guarded_transport(), forms=Forms())
    with pytest.raises(NotConnected):
        place(venue)


def test_a_proxy_may_be_anywhere_and_is_asked_to_connect() -> None:
    received: list[bytes] = []

    def proxy(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            received.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=proxy, args=(listening,))
        thread.start()
        transport = network.proxied_transport(f"http://me:secret@127.0.0.1:{listening.getsockname()[1]}")
        venue = Venue("https://stake.com", TOKEN, transport=transport, forms=Forms())
        with pytest.raises(NotConnected) as refusal:
            place(venue)
        thread.join(10)
        venue.close()
    assert received[0].startswith(b"CONNECT stake.com:443 ")
    assert TOKEN.encode() not in received[0]
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("proxy", ["socks5://me:secret@localhost:1", "secret", "", "http://[secret"])
def test_it_rejects_a_proxy_without_showing_it(proxy: str) -> None:
    with pytest.raises(ValueError, match="proxy") as refusal:
        network.proxied_transport(proxy)
    assert "secret" not in str(refusal.value)


def test_connections_to_the_simulator_are_not_left_open() -> None:
    with serving(lambda connection, _: connection.sendall(http(200, json.dumps(FULL).encode()))) as server:
        venue = loopback_venue(server.port)
        place(venue)
        del venue
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", ResourceWarning)
            gc.collect()  # an open socket would warn
        assert [str(each.message) for each in warned] == []
