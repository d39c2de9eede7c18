"""A gateway without a server: its ASGI application, called by the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts.http import Actor, Unauthenticated
from ledger.directory import Directory
from ledger.money import Currency
from ledger.operations import Answer, Done, Op
from stakepro.gateway import identity
from stakepro.gateway.app import Gateway

EURO = Currency("EUR", 2)
WALLET = 7
TOKEN = (b"authorization", b"Bearer good")
CLIENT_ID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
HOLD = {"client_id": CLIENT_ID, "amount": "1.50"}
HOLDS = f"/api/v1/wallets/{WALLET}/holds"
WALLET_BATCH = f"/api/v1/wallets/{WALLET}/holds:batch"
BATCH = "/api/v1/holds:batch"


class Ledger:
    """Stands in for the engine: does everything at once, and notes it."""

    def __init__(self) -> None:
        self.posted: list[Op] = []

    def submit(self, ops: Sequence[Op]) -> "Future[list[Answer]]":
        self.posted.extend(ops)
        answered: Future[list[Answer]] = Future()
        answered.set_result([Done(op.wallet_id, op.client_id, 10_000 - op.amount, op.amount, 1) for op in ops])
        return answered


def euro_wallets() -> Directory:
    """Wallets 1 to 99, in euros."""

    def look_up(wallet_ids: Collection[int]) -> dict[int, Currency]:
        return {each: EURO for each in wallet_ids if each < 100}

    return Directory(look_up)


def let_in(patch: pytest.MonkeyPatch, *scopes: str) -> None:
    """Whoever sends `TOKEN` is known, and has these scopes."""

    def authenticate(key: Any) -> Actor:
        if TOKEN not in key[1]:
            raise Unauthenticated("Who are you?")
        return Actor("token", "good", 1, None, frozenset(scopes), "token:1")

    patch.setattr(identity, "_authenticate", authenticate)


@asynccontextmanager
async def started(gateway: Gateway) -> AsyncIterator[Gateway]:
    """As the server starts and ends it."""
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.close()


@dataclass
class Told:
    """What the application sent."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.messages[1:])

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def fields(self) -> set[str]:
        return set(self.json["error"]["fields"])


def scope(
    method: str, path: str, headers: Sequence[tuple[bytes, bytes]] = (TOKEN,), query: bytes = b""
) -> dict[str, Any]:
    """A request's scope as granian makes it."""
    return {"type": "http", "method": method, "path": path, "headers": list(headers), "query_string": query}


async def ask(
    gateway: Gateway,
    method: str,
    path: str,
    *parts: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (TOKEN,),
    query: bytes = b"",
) -> Told:
    """The answer to a request whose body comes in these parts; after the last of them the client says nothing more."""
    told = Told()
    coming = [{"type": "http.request", "body": part, "more_body": True} for part in parts or (b"",)]
    coming[-1]["more_body"] = False

    async def receive() -> dict[str, Any]:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        told.messages.append(message)

    await gateway(scope(method, path, headers, query), receive, send)
    return told


def asked(gateway: Gateway, method: str, path: str, *parts: bytes, **more: Any) -> Told:
    """As `ask`, on a loop of its own."""

    async def once() -> Told:
        async with started(gateway):
            return await ask(gateway, method, path, *parts, **more)

    return asyncio.run(once())
