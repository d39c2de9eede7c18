"""The provider as its callers know it: its paths, what every answer says, and what goes wrong."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from loopback import DROPPED, Reply
from markets.quotes import SECOND, Micros
from markets.simulator import wire
from markets.simulator.account import CALLS_A_SECOND, Account
from markets.simulator.clock import Clock
from markets.simulator.faults import Fault, Faults
from markets.simulator.operations import OPERATIONS, Asking, Desk
from markets.simulator.refusals import Refused
from markets.simulator.source import Source
from markets.simulator.wire import HTML, Request

TIME_HEADER: Final = "X-Simulated-Time"
CALLS_KEPT: Final = 10_000

_PATHS: Final = tuple(
    (re.compile(pattern), prefix)
    for pattern, prefix in (
        (r"/v4/(?P<what>sports)/?", ""),
        (r"/v4/sports/(?P<sport>[^/]+)/(?P<what>events|odds|scores|participants)/?", ""),
        (r"/v4/sports/(?P<sport>[^/]+)/events/(?P<event>[^/]+)/(?P<what>odds|markets)/?", "event_"),
        (r"/v4/historical/sports/(?P<sport>[^/]+)/(?P<what>odds|events)/?", "historical_"),
        (r"/v4/historical/sports/(?P<sport>[^/]+)/events/(?P<event>[^/]+)/(?P<what>odds)/?", "historical_event_"),
    )
)


class Call(NamedTuple):
    """A request and what came of it; status 0 where the connection was closed without an answer."""

    operation: str
    sport: str
    at: Micros
    status: int
    cost: int


class Provider:
    """One provider. With `steps`, a clock that stands goes on to the sport's next poll at each call of `/odds`."""

    def __init__(
        self,
        source: Source,
        *,
        clock: Clock | None = None,
        account: Account | None = None,
        steps: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock or Clock(source.begins, 0)
        # A clock that stands has no seconds in which there could be too many calls.
        self.account = account or Account(calls_a_second=None if self.clock.stands else CALLS_A_SECOND)
        self.faults = Faults()
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.desk = Desk(source, self.clock, self.account, steps=steps)
        self.lock = threading.RLock()  # one request at a time changes credits, time and what is cached
        self._monotonic = monotonic

    def respond(self, request: Request) -> Reply:
        """The answer to a request, whatever it asks."""
        operation, asking = _route(request)
        if operation is None:
            return _page(404, "Not Found")
        lasting, fault = self.faults.take(lambda one: one.fits(operation, asking.sport))
        with self.lock:
            self.account.last = 0
            at, reply = self.clock.now(), None if fault is None else _instead(fault)
            if reply is None:
                at, reply = self._answer(operation, asking, lasting)
            # A gateway's page knows nothing of an account.
            told = {} if reply.content_type == HTML else self.account.headers()
            status = 0 if fault is not None and fault.kind in ("drop_before", "drop_after") else reply.status
            self.calls.append(Call(operation, asking.sport, at, status, self.account.last))
        skew = sum(int(one.seconds * SECOND) for one in lasting if one.kind == "clock_skew")
        reply = replace(reply, headers={**told, TIME_HEADER: wire.moment(at + skew), **reply.headers})
        return _spoilt(reply, fault, request)

    def _answer(self, operation: str, asking: Asking, lasting: list[Fault]) -> tuple[Micros, Reply]:
        try:
            self.account.admit(asking.query.get("apiKey"), self._monotonic())
            done = OPERATIONS[operation](self.desk, asking)
        except Refused as error:
            return self.clock.now(), _refusal(error)
        self.account.charge(done.cost)
        shapes = [fault for fault in lasting if fault.kind == "schema"]
        value = done.value
        for shape in shapes:
            value = shape.reshaped(value)
        body = wire.dump(value) if done.text is None or shapes else done.text
        return self.clock.now() if done.at is None else done.at, Reply(200, body)


def _route(request: Request) -> tuple[str | None, Asking]:
    for path, prefix in _PATHS:
        match = path.fullmatch(request.path)
        if match is not None:
            found = match.groupdict("")
            return prefix + found["what"], Asking(request.query, found.get("sport", ""), found.get("event", ""))
    return None, Asking(request.query)


def _instead(fault: Fault) -> Reply | None:
    """What a fault answers without asking anybody; None for one that spoils the real answer."""
    retry = {"Retry-After": f"{fault.seconds:.0f}"} if fault.seconds else {}
    match fault.kind:
        case "drop_before":
            return DROPPED
        case "server_error":
            return _page(500, "Internal Server Error")
        case "unavailable":
            return replace(_page(503, "Service Unavailable"), headers=retry)
        case "not_json":
            return _page(200, "Scheduled maintenance")
        case "rate_limit":
            return replace(_refusal(Refused("EXCEEDED_FREQ_LIMIT")), headers=retry)
        case "no_credits":
            return _refusal(Refused("OUT_OF_USAGE_CREDITS"))
        case "deactivated":
            return _refusal(Refused("DEACTIVATED_KEY"))
    return None


def _spoilt(reply: Reply, fault: Fault | None, request: Request) -> Reply:
    """The answer as a fault lets it arrive."""
    kind = "" if fault is None else fault.kind
    seconds = 0.0 if fault is None else fault.seconds
    if kind == "drop_after":
        return DROPPED
    if kind == "truncate":
        reply = replace(reply, body=reply.body[: len(reply.body) // 2])
    reply = wire.packed(reply, request)
    if kind == "cut":
        return replace(reply, cut=len(reply.body) // 2)
    if kind == "late":
        return replace(reply, wait=seconds)
    return replace(reply, seconds=seconds) if kind == "slow_body" else reply


def _refusal(error: Refused) -> Reply:
    return wire.json_reply(error.body(), error.status)


def _page(status: int, title: str) -> Reply:
    """What a gateway in front of the provider says."""
    return Reply(status, f"<!DOCTYPE html><html><head><title>{title}</title></head></html>".encode(), HTML)
