"""The outermost layer: each request gets an id, a line in the log and a place in the counts."""

import logging
import os
import re
from collections.abc import Callable
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string

from stakepro import metrics
from stakepro.logs import request_id

logger = logging.getLogger("stakepro.request")

GIVEN_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
# Asked many times a second; their successes are logged only in detail.
FREQUENT_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/live/ingest", "/live/ingest/batch"})


class PagesMiddleware:
    """Holds what only pages need (settings.PAGE_MIDDLEWARE, outermost first); the JSON API goes past it.

    Building a Content-Security-Policy takes a fifth of the time of a whole ingest request, and JSON has no content
    that it could protect. Only middleware without view hooks can stand in here: Django asks those of its own list.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._api = get_response
        self._is_api = re.compile(settings.CORS_URLS_REGEX).match
        for path in reversed(settings.PAGE_MIDDLEWARE):
            get_response = import_string(path)(get_response)
        self._pages = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return (self._api if self._is_api(request.path_info) else self._pages)(request)


class RequestLogMiddleware:
    """Stands first, so that it sees every answer, those of other middleware included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID")
        # An id from outside joins our log with the proxy's; its shape keeps it from writing lines of its own.
        own_id = given if given is not None and GIVEN_ID.fullmatch(given) else os.urandom(8).hex()
        context = request_id.set(own_id)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = own_id
            seconds = perf_counter() - started
            match = request.resolver_match
            route = match.view_name if match is not None and match.view_name else "none"
            status = response.status_code
            metrics.observe(route=route, method=request.method or "", status=status, seconds=seconds)
            level = _level(request, status)
            if logger.isEnabledFor(level):
                _log(level, request, status, seconds)
            return response
        finally:
            request_id.reset(context)


def _level(request: HttpRequest, status: int) -> int:
    if status >= 500:
        return logging.WARNING
    if status < 400 and _is_frequent(request):
        return logging.DEBUG
    return logging.INFO


def _is_frequent(request: HttpRequest) -> bool:
    path = request.path
    return (
        path in FREQUENT_PATHS
        or path.endswith("/tail")
        or path.startswith(settings.STATIC_URL)
        or "HTTP_HX_REQUEST" in request.META
    )


def _log(level: int, request: HttpRequest, status: int, seconds: float) -> None:
    logger.log(
        level,
        "Request answered",
        extra={
            "method": request.method,
            "path": request.path,  # Never the query: it may hold a login link's token.
            "status": status,
            "ms": round(seconds * 1000, 2),
            "actor": _actor_kind(request),
        },
    )


def _actor_kind(request: HttpRequest) -> str:
    """Who asked, as far as the request already found out; this must not be what makes it ask the database."""
    actor = getattr(request, "actor", None)
    if actor is not None:
        return str(actor.kind)
    user = getattr(request, "_cached_user", None)
    return "user" if user is not None and user.is_authenticated else "nobody"
