"""Who calls: as Django's views find out (`accounts.http.authenticate`), but once a second for each who calls often.

A request is recognised by everything in it that can change the answer (`heads.Head.key`): some headers, to the byte,
and whether it only reads. What was found is believed for a second, so that a token that is revoked and a session that
ends stop within a second here too. Refusals are not kept: a token works from the moment it is made, and wrong ones fill
nothing.
"""

import asyncio
from importlib import import_module
from time import monotonic
from typing import Final

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.utils.functional import SimpleLazyObject

from accounts import tokens
from accounts.http import Actor, ApiError, authenticate
from stakepro.gateway.heads import Header, Key
from stakepro.gateway.threads import Threads, shared

CACHED_MAX: Final = 10_000
# Who is being looked up at once; a flood of unknown tokens must not queue without end.
LOOK_UPS_MAX: Final = 1_000


class Identity:
    """Callers found lately, and those who are being looked up; used on one event loop."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._found: dict[Key, tuple[float, Actor]] = {}
        self._asked: dict[Key, asyncio.Task[Actor]] = {}

    def known(self, key: Key) -> Actor | None:
        """The caller if they were found within the last second."""
        found = self._found.get(key)
        return found[1] if found is not None and monotonic() < found[0] else None

    async def find(self, key: Key) -> Actor:
        """The caller. Raises `ApiError` or what else `accounts.http.response_to` knows."""
        actor = self.known(key)
        if actor is not None:
            return actor
        task = self._asked.get(key)
        if task is None:
            if len(self._asked) >= LOOK_UPS_MAX:
                raise ApiError(503, "busy", "Too many callers are being looked up.", headers={"Retry-After": "1"})
            task = self._asked[key] = shared(self._look_up(key))
        return await asyncio.shield(task)

    async def _look_up(self, key: Key) -> Actor:
        until = monotonic() + tokens.BELIEVED_SECONDS
        try:
            actor = await self._threads.run(_authenticate, key)
        finally:
            del self._asked[key]
        if len(self._found) >= CACHED_MAX:
            self._found.clear()
        self._found[key] = (until, actor)
        return actor


def _authenticate(key: Key) -> Actor:
    """Runs in a thread: the tables of tokens, sessions and people are asked."""
    safe, headers = key
    request = _request(headers, method="GET" if safe else "POST")
    # Hosts that are not ours are refused as Django's own middleware does.
    request.get_host()
    # A token that this process found lately is looked up again; ours is the only belief.
    for text in (request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[2], request.META.get("HTTP_X_INGEST_TOKEN")):
        if text:
            tokens.cache.forget(tokens.hash_secret(text.strip()))
    return authenticate(request, scope=None)


def _request(headers: tuple[Header, ...], *, method: str) -> HttpRequest:
    """What of a request the answer depends on, as Django would have it."""
    request = HttpRequest()
    request.method = method
    request.META = {"REQUEST_METHOD": method, "SERVER_NAME": settings.HOST, "SERVER_PORT": str(settings.PORT)}
    for name, value in headers:
        meta = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        joint = "; " if name == b"cookie" else ","
        request.META[meta] = f"{request.META[meta]}{joint}{text}" if meta in request.META else text
    request.COOKIES = parse_cookie(request.META.get("HTTP_COOKIE", ""))
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = SimpleLazyObject(lambda: auth.get_user(request))  # type: ignore[assignment]
    return request
