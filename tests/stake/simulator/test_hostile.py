"""What should never come over the wire does no harm, and the next request is answered."""

import random

import httpx
import pytest

from stake.simulator import Simulator
from stake.simulator.facts import Account
from stake.simulator.server import BODY_MAX
from tests.loopback.wire import raw
from tests.stake.simulator.wire import NO_TLS, Caller


def head(lines: str = "", *, path: str = "/_api/graphql", host: str = "127.0.0.1") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode()


def test_random_bytes(simulator: Simulator, call: Caller) -> None:
    drawn = random.Random(5)
    for size in (0, 1, 7, 64, 1000, 100_000):
        for start in (b"", b"POST ", b"POST /_api/graphql HTTP/1.1\r\n", head("Content-Length: 20\r\n")):
            raw(simulator, start + drawn.randbytes(size))
    assert call.place("dice").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"1",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b'{"query":1}',
        b'{"query":"{user{id}}","variables":[]}',
        b'{"query":"{user{id}}","operationName":1}',
        b'{"query":NaN}',
        b'{"query":"{user{id}}","variables":{"a":Infinity}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"query":"{user{id}}","variables":{"a":' + b"9" * 10_000 + b"}}",
    ],
)
def test_a_body_that_is_no_question(body: bytes, call: Caller) -> None:
    for path in ("/_api/graphql", "/_api/casino/dice/roll"):
        answer = call.client.post(path, content=body)
        assert answer.status_code in (200, 400)
        assert "errors" in answer.json()


@pytest.mark.parametrize(
    "amount",
    ["NaN", "1e999999999", "-1e999999999", "1e-999999999", "1e400", "9" * 4000, "0." + "1" * 4000, "[[]]", "{}"],
)
def test_amounts_that_are_none(amount: str, call: Caller, account: Account) -> None:
    body = f'{{"amount":{amount},"currency":"usdt","identifier":"i","target":50,"condition":"above"}}'
    answer = call.client.post("/_api/casino/dice/roll", content=body)

    if amount.startswith("0.1"):
        assert answer.json()["diceRoll"]["amount"] == 0.11111111  # what is finer is cut off
    else:
        assert answer.status_code in (200, 400)
        assert "errors" in answer.json()
        assert account.bets == []
    assert call.place("dice").status_code == 200


@pytest.mark.parametrize(
    "query", ["{" * 50_000, "[" * 50_000, "#" * 100_001, '"' * 1000, "{a(b:" + "[" * 5000, " " * 200_000]
)
def test_documents_that_are_none(query: str, call: Caller) -> None:
    assert call.graphql(query)["errors"][0]["errorType"] == "graphQL"


def test_ten_megabytes_are_too_much(simulator: Simulator, call: Caller) -> None:
    answered = raw(simulator, head(f"Content-Length: {BODY_MAX + 1}\r\n"))
    assert answered.startswith(b"HTTP/1.1 413 ")

    just_enough = b'{"query":"' + b" " * (BODY_MAX - 12) + b'"}'
    assert "too long" in call.client.post("/_api/graphql", content=just_enough).text


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (head("Content-Length: x\r\n"), b"400"),
        (head("Content-Length: -1\r\n"), b"400"),
        (head("Content-Length: 10\r\n") + b"{}", b"400"),
        (head("Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n", b"411"),
        (head(host="stake.com"), b"421"),
        (head(host="127.0.0.1.example.org:80"), b"421"),
        (head(host=""), b"421"),
        (head(path="/"), b"404"),
        (head(path="/_api/casino/hilo/bet", lines="Content-Length: 2\r\n") + b"{}", b"404"),
        (b"GET /_api/graphql HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"501"),
    ],
)
def test_requests_that_are_none(sent: bytes, status: bytes, simulator: Simulator) -> None:
    assert raw(simulator, sent).split(b" ", 2)[1] == status


@pytest.mark.parametrize("header", [{"Origin": "https://example.org"}, {"Sec-Fetch-Site": "cross-site"}])
def test_pages_of_a_browser_cannot_script_it(header: dict[str, str], simulator: Simulator) -> None:
    answer = httpx.post(f"{simulator.base_url}/_simulator/accounts", verify=NO_TLS, json={}, headers=header)

    assert answer.status_code == 403
    assert simulator.world.accounts() == []


def test_stopping_ends_what_is_under_way(account: Account, simulator: Simulator, call: Caller) -> None:
    simulator.faults.add("book_late", seconds=600)
    with pytest.raises(httpx.RemoteProtocolError):
        call.place("dice")

    simulator.stop()

    assert account.bets == []
    with pytest.raises(httpx.TransportError):
        call.place("dice")
    simulator.stop()  # again is no error
