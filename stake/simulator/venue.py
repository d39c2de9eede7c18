"""One request from its text to its answer, with whatever is scripted to go wrong."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from loopback import DROPPED, Reply
from stake.simulator import wire
from stake.simulator.facts import Account
from stake.simulator.faults import Fault, Faults
from stake.simulator.waits import Waits
from stake.simulator.world import World

HTML: Final = "text/html; charset=UTF-8"

CHALLENGE_PAGE: Final = """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head>
<body><h1>simulated venue</h1><p>Enable JavaScript and cookies to continue</p>
<p>Performance &amp; security by Cloudflare (simulated)</p></body></html>"""
UNAVAILABLE_PAGE: Final = """<!DOCTYPE html><html><head><title>503 Service Temporarily Unavailable</title></head>
<body><h1>simulated venue</h1><p>We are down for maintenance.</p></body></html>"""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to the venue; header names are in lower case."""

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def token(self) -> str | None:
        """Whose session it is said to be."""
        return self.headers.get("x-access-token") or None

    @property
    def clearance(self) -> str | None:
        """The cookie of who passed Cloudflare's gate."""
        cookies = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";"))
        return next((value for name, _, value in cookies if name == "cf_clearance"), None)


@dataclass(frozen=True, slots=True)
class Gate:
    """Who is let through to the venue: whoever brings this clearance with this user agent."""

    clearance: str = field(repr=False)
    user_agent: str


def json_reply(value: Any, status: int = 200) -> Reply:
    """An answer of JSON."""
    return Reply(status, json.dumps(value, separators=(",", ":"), allow_nan=False).encode())


def _page(status: int, page: str) -> Reply:
    return Reply(status, page.encode(), HTML, {"Server": "cloudflare"})


CHALLENGED: Final = _page(403, CHALLENGE_PAGE)
UNAUTHORIZED: Final = json_reply(wire.errors("invalidSession", "Invalid or expired session."), 401)


class Venue:
    """The world as it is met over HTTP."""

    def __init__(self, world: World, faults: Faults, waits: Waits) -> None:
        self.world = world
        self.faults = faults
        self.waits = waits
        self.gate: Gate | None = None

    def respond(self, request: Request) -> Reply:
        """The answer, `DROPPED` where the connection is closed without one."""
        with self.waits.visit():
            if self.gate and (request.clearance, request.headers.get("user-agent")) != (
                self.gate.clearance,
                self.gate.user_agent,
            ):
                return CHALLENGED
            try:
                question = wire.read(request.path, request.body)
            except wire.BadRequest as error:
                return json_reply(wire.errors("badRequest", error.message), error.status)
            return self._respond(question, request.token)

    def _respond(self, question: wire.Question, token: str | None) -> Reply:
        viewer = self.world.signed_in(token) if token else None
        account = viewer.id if viewer else ""
        lasting, fault = self.faults.take(lambda one: one.fits(question.names, account))
        for one in lasting:
            if one.kind == "expire_token" and viewer:
                self.world.expire_token(viewer.id)
        schema = [one for one in lasting if one.kind == "schema"]
        asked = _Asked(self.world, question, token, schema)
        return self._perform(fault, asked) if fault else asked.reply()

    def _perform(self, fault: Fault, asked: "_Asked") -> Reply:
        if fault.kind in _NOT_DONE:
            return _NOT_DONE[fault.kind](fault)
        if fault.kind == "book_late":
            self.waits.later(fault.seconds, asked.reply)
            return DROPPED
        if fault.kind == "late":
            return self._late(fault, asked)
        if fault.kind == "process_slowly":
            return replace(asked, processing=lambda: self._process(fault)).reply()
        if fault.kind in _DONE:
            return _DONE[fault.kind](fault, asked.reply())
        if fault.booked:
            asked.reply()
        return _SAID_INSTEAD[fault.kind](fault, asked)

    def _late(self, fault: Fault, asked: "_Asked") -> Reply:
        if fault.booked:
            reply = asked.reply()
            return reply if self.waits.sleep(fault.seconds) else DROPPED
        return asked.reply() if self.waits.sleep(fault.seconds) else DROPPED

    def _process(self, fault: Fault) -> None:
        if not self.waits.sleep(fault.seconds):
            raise wire.refusal("internalError")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with everything that is needed to answer it, now or later."""

    world: World
    question: wire.Question
    token: str | None = field(repr=False)
    schema: list[Fault]
    processing: Callable[[], None] | None = None

    def reply(self) -> Reply:
        viewer = self.world.signed_in(self.token) if self.token else None
        if self.token and viewer is None:
            return UNAUTHORIZED
        return json_reply(self._answer(viewer))

    def _answer(self, viewer: Account | None) -> dict[str, Any]:
        refused = {one.field for one in self.schema if one.change in ("refused", "renamed")}
        asked = wire.Circumstances(viewer, self.processing, refused.__contains__)
        answer = wire.answer(self.world, self.question, asked)
        for one in self.schema:
            if one.change != "refused":
                answer = _changed(answer, one.field, one.to if one.change == "renamed" else None)
        return answer


def _changed(value: Any, name: str, to: str | None) -> Any:
    """An answer whose field has another name, or is gone."""
    if isinstance(value, list):
        return [_changed(item, name, to) for item in value]
    if not isinstance(value, dict):
        return value
    names = ((key if key != name else to, item) for key, item in value.items())
    return {key: _changed(item, name, to) for key, item in names if key is not None}


# --- Faults by what was done ----------------------------------------------------------------------


def _rate_limit(fault: Fault) -> Reply:
    headers = {"Retry-After": f"{fault.seconds:.0f}"} if fault.seconds else {}
    reply = json_reply(wire.errors("rateLimit", "Please try again in a few minutes."), 429)
    return replace(reply, headers=headers)


# Nothing is done.
_NOT_DONE: Final[dict[str, Callable[[Fault], Reply]]] = {
    "drop_before": lambda fault: DROPPED,
    "cloudflare": lambda fault: CHALLENGED,
    "unauthorized": lambda fault: UNAUTHORIZED,
    "rate_limit": _rate_limit,
    "redirect": lambda fault: Reply(302, b"", HTML, {"Location": "https://elsewhere.invalid/"}),
}


def _with_error(fault: Fault, reply: Reply) -> Reply:
    answer = json.loads(reply.body)
    beside = wire.error(fault.message or "An internal error occurred.", fault.error_type)
    return json_reply({**answer, "errors": [*answer.get("errors", []), beside]}, reply.status)


# What was asked is done, and then its answer goes wrong.
_DONE: Final[dict[str, Callable[[Fault, Reply], Reply]]] = {
    "drop_after": lambda fault, reply: DROPPED,
    "truncate": lambda fault, reply: replace(reply, body=reply.body[: len(reply.body) // 2]),
    "cut": lambda fault, reply: replace(reply, cut=len(reply.body) // 2),
    "slow_body": lambda fault, reply: replace(reply, seconds=fault.seconds),
    "error_beside": _with_error,
}


def _null_data(asked: "_Asked") -> Reply:
    if asked.question.operation is None:
        return json_reply({asked.question.rest: None})
    keys = [one.key for one in asked.question.operation.selections if isinstance(one, wire.Field)]
    return json_reply({"data": dict.fromkeys(keys)})


# Something else is said than what came of it, whether or not it was done.
_SAID_INSTEAD: Final[dict[str, Callable[[Fault, _Asked], Reply]]] = {
    "unavailable": lambda fault, asked: _page(503, UNAVAILABLE_PAGE),
    "server_error": lambda fault, asked: Reply(500, b"Internal Server Error", "text/plain; charset=utf-8"),
    "not_json": lambda fault, asked: _page(200, UNAVAILABLE_PAGE),
    "error": lambda fault, asked: json_reply(wire.errors(fault.error_type, fault.message)),
    "null_data": lambda fault, asked: _null_data(asked),
}
