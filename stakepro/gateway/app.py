"""The ASGI application: from a request to its answer, with nothing in between that the answer does not need."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from time import perf_counter
from typing import Any, Final, NamedTuple

from django.http import HttpResponse

from accounts import http
from accounts.http import Actor, ApiError, Forbidden
from accounts.work import request_id
from ledger import batch_wire, posting
from ledger.api.common import BATCH_BODY_MAX, BODY_MAX, parse_wallet_id
from ledger.batch_wire import NO_CURRENCY, Shape, no_such_wallet
from ledger.directory import Directory, directory
from ledger.money import Currency
from ledger.operations import Answer, Kind, Op
from ledger.wire import BadRequest
from stakepro import metrics
from stakepro.gateway import feed, holds, routes
from stakepro.gateway.bodies import Bodies, Receive
from stakepro.gateway.failures import FailureLog
from stakepro.gateway.feed import Feed
from stakepro.gateway.heads import Head, Header, read_head
from stakepro.gateway.hub import Hub
from stakepro.gateway.identity import Identity
from stakepro.gateway.lookups import Lookups
from stakepro.gateway.relay import Relay, Submit
from stakepro.gateway.routes import METHODS, Route
from stakepro.gateway.threads import Threads

logger = logging.getLogger("stakepro.gateway")

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

SCOPES: Final = {
    Route.HOLD: "ledger",
    Route.WALLET_HOLDS: "ledger",
    Route.HOLDS: "ledger",
    Route.EVENTS: "read",
}
# Between two looks at who waits for too long.
TICK_SECONDS: Final = 1.0
_JSON: Final = (b"content-type", b"application/json")
_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")


class Reply(NamedTuple):
    """An answer that is sent whole."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = (_JSON,)


class Gateway:
    """The application of one event loop; `start` it there before the first request, and `close` it after the last."""

    def __init__(
        self,
        *,
        submit: Submit = posting.submit,
        wallets: Directory = directory,
        make_hub: Callable[[Threads], Hub] = Hub,
        make_bodies: Callable[[], Bodies] = Bodies,
    ) -> None:
        self._submit, self._directory = submit, wallets
        self._make_hub, self._make_bodies = make_hub, make_bodies
        # Ids of requests: this process's own beginning, and a number.
        self._begin, self._numbers = os.urandom(4).hex().encode(), count()
        self._failures = FailureLog(logger)

    async def start(self) -> None:
        """Make what belongs to this event loop."""
        self._threads = Threads()
        self._identity = Identity(self._threads)
        self._lookups = Lookups(self._directory, self._threads)
        self._relay = Relay(self._submit)
        self._bodies = self._make_bodies()
        self._hub = self._make_hub(self._threads)
        self._feed = Feed(self._hub, self._threads, self._identity)
        self._ticking = asyncio.create_task(self._tick())

    def stop_feeds(self) -> None:
        """End the streams of events, which would never end by themselves; other requests go on."""
        self._hub.stop()

    async def close(self) -> None:
        """Let go of everything; no request may be under way."""
        self._ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._ticking
        await self._hub.close()
        await asyncio.get_running_loop().run_in_executor(None, self._threads.close)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._relay.give_up_old()
            self._bodies.stop_late()
            self._failures.tell_of_silence()

    # --- One request -------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = perf_counter()
        route, wallet = routes.find(scope["path"])
        method: str = scope["method"]
        head = read_head(scope["headers"], safe=method != "POST")
        own_id = head.request_id or b"%b%08x" % (self._begin, next(self._numbers))
        try:
            if route is Route.EVENTS and method == "GET":
                # Its answer has no end; what it may be refused for is found out before its first byte.
                actor = await self._caller(route, head)
                wanted = self._feed.check(scope["query_string"], head.last_event_id, actor)
                after = await self._feed.start_of(wanted)
                _observe(route, method, 200, started)
                await self._feed.serve(wanted, receive, send, after=after, key=head.key, headers=_common(own_id))
                return
            reply = await self._answer(route, wallet, scope, head, receive)
        except Exception as error:
            reply = _refusal(error, own_id)
        if reply.status >= 500:
            self._failures.note(method=method, path=scope["path"], status=reply.status, request_id=own_id.decode())
        length = (b"content-length", b"%d" % len(reply.body))
        headers = [*reply.headers, length, *_common(own_id)]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})
        _observe(route, method, reply.status, started)

    async def _answer(self, route: Route, wallet: str, scope: Scope, head: Head, receive: Receive) -> Reply:
        method = scope["method"]
        if route is Route.NONE:
            raise http.NotFound("There is nothing at this address.")
        methods = METHODS[route]
        if method == "OPTIONS":
            return Reply(204, b"", ((b"allow", methods.allow.encode()),))
        if not methods.allows(method):
            raise ApiError(405, "method_not_allowed", methods.refusal(method), headers={"Allow": methods.allow})
        if route is Route.HEALTHZ:
            return Reply(200, b'{"status": "ok"}')
        actor = await self._caller(route, head)
        if route is Route.EVENTS:  # by HEAD; see above
            self._feed.check(scope["query_string"], head.last_event_id, actor)
            return Reply(200, b"", feed.HEADERS)
        if route is Route.HOLD:
            return await self._hold(parse_wallet_id(wallet), await self._json(head, receive, BODY_MAX))
        shape = Shape("holds", Kind.PLACE, parse_wallet_id(wallet) if route is Route.WALLET_HOLDS else None)
        return await self._batch(shape, await self._json(head, receive, BATCH_BODY_MAX))

    async def _caller(self, route: Route, head: Head) -> Actor:
        actor = self._identity.known(head.key) or await self._identity.find(head.key)
        scope = SCOPES[route]
        if not actor.can(scope):
            raise Forbidden(f"This needs the scope “{scope}”.", code="scope_missing")
        return actor

    async def _json(self, head: Head, receive: Receive, most: int) -> Any:
        return holds.read_json(await self._bodies.read(head.content_length, receive, most=most))

    # --- Wagers ------------------------------------------------------------------------------------

    async def _hold(self, wallet_id: int, body: object) -> Reply:
        currency = self._directory.known(wallet_id)
        if currency is None:
            currency = (await self._lookups.currencies([wallet_id])).get(wallet_id)
        try:
            op = holds.read_hold(wallet_id, currency or NO_CURRENCY, body)
        except BadRequest as error:
            raise holds.invalid(error) from error
        answer = (await self._relay.post([op]))[0] if currency is not None else no_such_wallet(op)
        status, told = holds.told(answer, currency)
        return Reply(status, told) if status != 503 else Reply(503, told, (_JSON, (b"retry-after", b"1")))

    async def _batch(self, shape: Shape, body: object) -> Reply:
        try:
            items = batch_wire.read_items(body, shape)
            currencies = await self._lookups.currencies(batch_wire.wallet_ids(items, shape))
            ops = holds.read_batch(items, shape, currencies)
        except BadRequest as error:
            raise holds.invalid(error) from error
        return Reply(200, holds.told_all(await self._answers(ops, currencies), currencies))

    async def _answers(self, ops: list[Op], currencies: dict[int, Currency]) -> Sequence[Answer]:
        """The answers in the order of the requests; those for wallets that are not there are never posted."""
        posted = [op for op in ops if op.wallet_id in currencies]
        answers = await self._relay.post(posted) if posted else []
        if len(posted) == len(ops):
            return answers
        found = iter(answers)
        return [next(found) if op.wallet_id in currencies else no_such_wallet(op) for op in ops]


def _observe(route: Route, method: str, status: int, started: float) -> None:
    metrics.observe(route=route.value, method=method, status=status, seconds=perf_counter() - started)


def _common(own_id: bytes) -> list[Header]:
    return [(b"x-request-id", own_id), _NO_SNIFFING]


def _refusal(error: Exception, own_id: bytes) -> Reply:
    """What a client is told about this exception, as Django's views tell it."""
    context = request_id.set(own_id.decode())  # the log line of an unexpected one names the request
    try:
        response: HttpResponse = http.response_to(error)
    finally:
        request_id.reset(context)
    headers = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items())
    return Reply(response.status_code, response.content, headers)
