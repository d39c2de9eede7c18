"""The application's answers to what is sent to it, good and bad; no database, no server."""

import asyncio
import json
import logging
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any
from uuid import UUID

import pytest

from ledger.api.common import BATCH_BODY_MAX, BODY_MAX
from ledger.operations import Answer, Code, Done, Kind, Op, Refused
from ledger.wire import tell
from stakepro.gateway.app import Gateway
from stakepro.gateway.bodies import Bodies
from stakepro.openapi import published
from tests.stakepro.gateway.direct import (
    BATCH,
    CLIENT_ID,
    EURO,
    HOLD,
    HOLDS,
    TOKEN,
    WALLET,
    WALLET_BATCH,
    Ledger,
    ask,
    asked,
    euro_wallets,
    let_in,
    scope,
    started,
)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def gateway(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    let_in(monkeypatch, "ledger", "read")
    return Gateway(submit=ledger.submit, wallets=euro_wallets())


def text(body: object) -> bytes:
    return json.dumps(body).encode()


def test_it_works(gateway: Gateway, ledger: Ledger) -> None:
    told = asked(gateway, "POST", HOLDS, text(HOLD))
    assert ledger.posted == [Op(Kind.PLACE, WALLET, UUID(CLIENT_ID), 150)]
    assert told.status == 200
    assert told.json == tell(Done(WALLET, UUID(CLIENT_ID), 9_850, 150, 1), EURO).body
    assert told.headers["content-type"] == "application/json"
    assert told.headers["content-length"] == str(len(told.body))
    assert len(told.headers["x-request-id"]) == 16


def test_a_batch_is_answered_in_its_order(gateway: Gateway, ledger: Ledger) -> None:
    wallets = [3, 4000, 3, 5]
    items = [HOLD | {"wallet_id": wallet, "client_id": str(UUID(int=n))} for n, wallet in enumerate(wallets)]
    told = asked(gateway, "POST", BATCH, text({"holds": items}))
    assert told.status == 200
    answers = told.json["answers"]
    assert [(each["status"], each["wallet_id"], each["client_id"]) for each in answers] == [
        (404 if wallet == 4000 else 200, wallet, str(UUID(int=n))) for n, wallet in enumerate(wallets)
    ]
    assert [op.wallet_id for op in ledger.posted] == [3, 3, 5]


def test_a_batch_of_one_wallet_names_it_in_the_address(gateway: Gateway, ledger: Ledger) -> None:
    told = asked(gateway, "POST", WALLET_BATCH, text({"holds": [HOLD]}))
    assert [each["status"] for each in told.json["answers"]] == [200]
    assert [op.wallet_id for op in ledger.posted] == [WALLET]


BAD_BODIES: dict[str, tuple[bytes, set[str]]] = {
    "nothing": (b"", {"body"}),
    "no json": (b"{", {"body"}),
    "a list": (b"[]", {"body"}),
    "null": (b"null", {"body"}),
    "not UTF-8": (b'{"client_id": "\xff"}', {"body"}),
    "UTF-16": (json.dumps(HOLD).encode("utf-16"), {"body"}),
    "nested deeply": (b"[" * 30_000, {"body"}),
    "a number of many digits": (b'{"amount": ' + b"9" * 5_000 + b"}", {"body"}),
    "a name twice": (b'{"client_id": "a", "client_id": "b", "amount": "1"}', {"body"}),
    "no fields": (b"{}", {"client_id", "amount"}),
    "an unknown field": (text(HOLD | {"wallet_id": 3}), {"wallet_id"}),
    "a client id of another form": (text(HOLD | {"client_id": CLIENT_ID.replace("-", "")}), {"client_id"}),
    "NaN": (b'{"client_id": "%b", "amount": NaN}' % CLIENT_ID.encode(), {"amount"}),
    "1e999": (b'{"client_id": "%b", "amount": 1e999}' % CLIENT_ID.encode(), {"amount"}),
    "a number": (text(HOLD | {"amount": 1}), {"amount"}),
    "zero": (text(HOLD | {"amount": "0.00"}), {"amount"}),
    "negative": (text(HOLD | {"amount": "-1"}), {"amount"}),
    "an exponent": (text(HOLD | {"amount": "1e3"}), {"amount"}),
    "too many decimals": (text(HOLD | {"amount": "1.001"}), {"amount"}),
    "too much": (text(HOLD | {"amount": "9" * 18}), {"amount"}),
    "digits of another script": (text(HOLD | {"amount": "١٢"}), {"amount"}),
    "NUL": (text(HOLD | {"reason": "a\0b"}), {"reason"}),
    "half a character": (text(HOLD | {"ref_id": "\ud800"}), {"ref_id"}),
    "a huge version": (text(HOLD | {"expected_version": 2**63}), {"expected_version"}),
    "yes for a version": (text(HOLD | {"expected_version": True}), {"expected_version"}),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_it_rejects_a_body(gateway: Gateway, ledger: Ledger, case: str) -> None:
    body, fields = BAD_BODIES[case]
    told = asked(gateway, "POST", HOLDS, body)
    assert (told.status, told.code, told.fields) == (422, "invalid", fields)
    assert told.json["detail"]
    assert ledger.posted == []


BAD_BATCHES: dict[str, tuple[object, set[str]]] = {
    "no list": ({"holds": {}}, {"holds"}),
    "an empty list": ({"holds": []}, {"holds"}),
    "too many": ({"holds": [HOLD] * 1_001}, {"holds"}),
    "no object": ({"holds": [{**HOLD, "wallet_id": 3}, 4]}, {"holds.1"}),
    "a bad amount": ({"holds": [{**HOLD, "wallet_id": 3}, {**HOLD, "wallet_id": 3, "amount": 1}]}, {"holds.1.amount"}),
    "no wallet": ({"holds": [HOLD]}, {"holds.0.wallet_id"}),
    "a wallet in words": ({"holds": [HOLD | {"wallet_id": "3"}]}, {"holds.0.wallet_id"}),
    "yes for a wallet": ({"holds": [HOLD | {"wallet_id": True}]}, {"holds.0.wallet_id"}),
    "a wallet beyond all": ({"holds": [HOLD | {"wallet_id": 2**63}]}, {"holds.0.wallet_id"}),
    "an unknown field": ({"holds": [], "all_or_nothing": True}, {"all_or_nothing"}),
    "an unknown wallet's bad amount": ({"holds": [HOLD | {"wallet_id": 4000, "amount": "x"}]}, {"holds.0.amount"}),
}


@pytest.mark.parametrize("case", BAD_BATCHES)
def test_it_rejects_a_batch_and_does_nothing_of_it(gateway: Gateway, ledger: Ledger, case: str) -> None:
    body, fields = BAD_BATCHES[case]
    told = asked(gateway, "POST", BATCH, text(body))
    assert (told.status, told.code, told.fields) == (422, "invalid", fields)
    assert ledger.posted == []


@pytest.mark.parametrize(
    ("wallet", "status", "code"),
    [
        ("4000", 404, "NOT_FOUND"),
        ("0", 404, "NOT_FOUND"),
        (str(2**63 - 1), 404, "NOT_FOUND"),
        (str(2**63), 422, "invalid"),
        ("9" * 5_000, 422, "invalid"),
        ("-1", 422, "invalid"),
        ("1.0", 422, "invalid"),
        ("١", 422, "invalid"),
        ("7 ", 422, "invalid"),
    ],
)
def test_a_wallet_that_is_not_there(gateway: Gateway, ledger: Ledger, wallet: str, status: int, code: str) -> None:
    told = asked(gateway, "POST", f"/api/v1/wallets/{wallet}/holds", text(HOLD))
    assert (told.status, told.code) == (status, code)
    assert ledger.posted == []


@pytest.mark.parametrize(
    "path",
    ["/", "", "/api/v1/wallets/7/hold", "/api/v1/wallets//holds", "/api/v1/wallets/7/holds/", "/api/v1/holds", "/\0"],
)
def test_an_address_that_nobody_serves(gateway: Gateway, path: str) -> None:
    told = asked(gateway, "POST", path)
    assert (told.status, told.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [
        (HOLDS, "GET", "POST, OPTIONS"),
        (HOLDS, "HEAD", "POST, OPTIONS"),
        (BATCH, "PUT", "POST, OPTIONS"),
        ("/events", "POST", "GET, HEAD, OPTIONS"),
        ("/healthz", "BREW", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_allowed(gateway: Gateway, path: str, method: str, allow: str) -> None:
    told = asked(gateway, method, path)
    assert (told.status, told.headers["allow"]) == (405, allow)
    assert (told.body == b"") == (method == "HEAD")


def test_options_tells_the_methods_to_anybody(gateway: Gateway) -> None:
    told = asked(gateway, "OPTIONS", HOLDS, headers=())
    assert (told.status, told.headers["allow"], told.body) == (204, "POST, OPTIONS", b"")


def test_health_is_told_to_anybody(gateway: Gateway) -> None:
    told = asked(gateway, "GET", "/healthz", headers=())
    assert (told.status, told.json) == (200, {"status": "ok"})
    head = asked(gateway, "HEAD", "/healthz", headers=())
    assert (head.status, head.headers["content-length"], head.body) == (200, "16", b"")


def test_nobody_is_refused(gateway: Gateway, ledger: Ledger) -> None:
    told = asked(gateway, "POST", HOLDS, text(HOLD), headers=())
    assert (told.status, told.code, told.headers["www-authenticate"]) == (401, "unauthenticated", "Bearer")
    assert ledger.posted == []


@pytest.mark.parametrize(("scopes", "path", "method"), [(["read"], HOLDS, "POST"), (["ledger"], "/events", "GET")])
def test_the_scope_is_needed(monkeypatch: pytest.MonkeyPatch, scopes: list[str], path: str, method: str) -> None:
    let_in(monkeypatch, *scopes)
    told = asked(Gateway(submit=Ledger().submit, wallets=euro_wallets()), method, path, text(HOLD))
    assert (told.status, told.code) == (403, "scope_missing")


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ([(b"content-length", b"-1")], "Content-Length must be a whole number."),
        ([(b"content-length", b"1e3")], "Content-Length must be a whole number."),
        ([(b"content-length", b"9" * 30)], "Content-Length must be a whole number."),
    ],
)
def test_a_length_that_is_none(gateway: Gateway, headers: list[tuple[bytes, bytes]], message: str) -> None:
    told = asked(gateway, "POST", HOLDS, text(HOLD), headers=[TOKEN, *headers])
    assert (told.status, told.json["error"]["message"]) == (400, message)


@pytest.mark.parametrize(("path", "most"), [(HOLDS, BODY_MAX), (BATCH, BATCH_BODY_MAX)])
def test_an_announced_body_that_is_too_large_is_not_read(gateway: Gateway, path: str, most: int) -> None:
    async def once() -> int:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            raise AssertionError("The body was read.")

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async with started(gateway):
            length = (b"content-length", str(most + 1).encode())
            await gateway(scope("POST", path, [TOKEN, length]), receive, send)
        return int(sent[0]["status"])

    assert asyncio.run(once()) == 413


@pytest.mark.parametrize("parts", [[b" " * (BODY_MAX + 1)], [b" " * 40_000] * 250, [b""] * 9 + [b" " * 10_000_000]])
def test_a_body_that_becomes_too_large_is_read_no_further(gateway: Gateway, ledger: Ledger, parts: list[bytes]) -> None:
    told = asked(gateway, "POST", HOLDS, *parts)
    assert (told.status, told.code, told.headers["connection"]) == (413, "too_large", "close")
    assert ledger.posted == []


def test_ten_megabytes_are_too_much_for_a_batch_too(gateway: Gateway) -> None:
    assert asked(gateway, "POST", BATCH, *[b" " * 1_000_000] * 10).status == 413


def test_a_body_may_come_in_pieces(gateway: Gateway) -> None:
    body = text(HOLD)
    assert asked(gateway, "POST", HOLDS, *[body[at : at + 1] for at in range(len(body))]).status == 200


@pytest.mark.parametrize("begun", [[], [b"{"], [b"{", b""]])
def test_a_body_that_breaks_off_is_not_read_as_one(gateway: Gateway, ledger: Ledger, begun: list[bytes]) -> None:
    async def once() -> int:
        sent: list[dict[str, Any]] = []
        coming = [{"type": "http.request", "body": part, "more_body": True} for part in begun]

        async def receive() -> dict[str, Any]:
            return coming.pop(0) if coming else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async with started(gateway):
            await gateway(scope("POST", HOLDS), receive, send)
        return int(sent[0]["status"])

    assert asyncio.run(once()) == 400
    assert ledger.posted == []


def test_a_body_that_does_not_come_is_waited_for_so_long(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    let_in(monkeypatch, "ledger")
    gateway = Gateway(submit=ledger.submit, wallets=euro_wallets(), make_bodies=lambda: Bodies(seconds=0.0))

    async def once() -> tuple[int, int]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async with started(gateway):
            await gateway(scope("POST", HOLDS), receive, send)
            after = await ask(gateway, "POST", HOLDS, text(HOLD))
        return int(sent[0]["status"]), after.status

    assert asyncio.run(once()) == (408, 200)


@pytest.mark.parametrize(
    ("given", "kept"),
    [(b"abc-123", True), (b"a" * 65, False), (b"a\r\nb: c", False), (b"", False), (b"caf\xe9", False)],
)
def test_a_given_request_id_is_kept_if_it_is_one(gateway: Gateway, given: bytes, *, kept: bool) -> None:
    told = asked(gateway, "POST", "/nothing", headers=[(b"x-request-id", given)])
    assert (told.headers["x-request-id"] == given.decode("latin-1")) == kept


def test_hostile_headers_are_no_error_of_ours(gateway: Gateway) -> None:
    headers = [TOKEN, (b"cookie", b"\xff=\x00;;;=" * 500), (b"host", b"\xff"), (b"x-forwarded-proto", b"\x00")]
    assert asked(gateway, "POST", HOLDS, text(HOLD), headers=[*headers, *[(b"x-a", b"b")] * 500]).status == 200


@pytest.mark.parametrize("code", [Code.BUSY, Code.UNAVAILABLE])
def test_what_was_not_taken_may_come_again(monkeypatch: pytest.MonkeyPatch, code: Code) -> None:
    def submit(ops: Sequence[Op]) -> "Future[list[Answer]]":
        answered: Future[list[Answer]] = Future()
        answered.set_result([Refused(op.wallet_id, op.client_id, code) for op in ops])
        return answered

    let_in(monkeypatch, "ledger")
    told = asked(Gateway(submit=submit, wallets=euro_wallets()), "POST", HOLDS, text(HOLD))
    assert (told.status, told.code, told.headers["retry-after"]) == (503, code.value, "1")


def test_an_error_of_ours_is_one_answer_and_named_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def submit(ops: Sequence[Op]) -> "Future[list[Answer]]":
        answered: Future[list[Answer]] = Future()
        answered.set_exception(ArithmeticError("two and two"))
        return answered

    let_in(monkeypatch, "ledger")
    gateway = Gateway(submit=submit, wallets=euro_wallets())
    with caplog.at_level(logging.WARNING):
        told = asked(gateway, "POST", HOLDS, text(HOLD))
    assert (told.status, told.code) == (500, "internal_error")
    assert b"two and two" not in told.body
    lines = [record for record in caplog.records if record.message == "Request answered"]
    assert [line.request_id for line in lines] == [told.headers["x-request-id"]]  # type: ignore[attr-defined]


def test_a_flood_of_failures_is_a_few_lines(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = gateway._failures
    with caplog.at_level(logging.WARNING):
        for number in range(1_000):
            failures.note(method="POST", path="/", status=503, request_id=str(number))
        failures.tell_of_silence()
        failures.tell_of_silence()
    assert len(caplog.records) == 11
    assert caplog.records[-1].requests == 990  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("scopes", "query", "sent", "status"),
    [
        (("read",), b"", (), 422),
        (("read",), b"stream=wallet%207", (), 422),
        (("read",), b"stream=wallet:7&after=-1", (), 422),
        (("read",), b"stream=wallet:7", ((b"last-event-id", b"x"),), 422),
        (("ledger",), b"stream=wallet:7", (), 403),
        (None, b"stream=wallet:7", (), 401),
        (("read",), b"stream=wallet:7", (), 200),
    ],
)
def test_listening_is_answered_as_documented(
    monkeypatch: pytest.MonkeyPatch,
    scopes: tuple[str, ...] | None,
    query: bytes,
    sent: tuple[tuple[bytes, bytes], ...],
    status: int,
) -> None:
    let_in(monkeypatch, *(scopes or ()))
    headers = (*(() if scopes is None else (TOKEN,)), *sent)
    # By HEAD, which checks all that GET does and ends.
    own = Gateway(submit=Ledger().submit, wallets=euro_wallets())
    told = asked(own, "HEAD", "/events", headers=headers, query=query)
    documented = published()["paths"]["/events"]["get"]["responses"][str(status)]
    assert told.status == status
    assert told.headers["content-type"].partition(";")[0] in documented["content"]
