"""The JSON side of HTTP: who calls, what they may do, and one shape for every refusal.

`@api` is the only door of a JSON address. It answers OPTIONS and wrong methods, finds out who calls (a token, a
signed-in person, or a program of this machine where open ingest is on), checks the scope, and turns what the view
raises into the error shape `{"error": {"code", "message", "fields"}, "detail": …}`; `detail` is what clients of the
earlier FastAPI servers read.
"""

import functools
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import psycopg
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, RawPostDataException, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from accounts import addresses, tokens
from accounts.models import User

logger = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Authorization schemes that a proxy or browser adds for reasons of its own; they are no token of ours.
FOREIGN_SCHEMES = frozenset({"basic", "digest", "negotiate", "ntlm"})
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class ApiError(Exception):
    """A refusal that the client is told about, in the one error shape."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = None if fields is None else dict(fields)
        self.headers = None if headers is None else dict(headers)

    def response(self) -> HttpResponse:
        """The refusal as it goes out."""
        return error_response(self.status, self.code, self.message, self.fields, self.headers)


class Unauthenticated(ApiError):
    """Nobody, or a token we do not know: 401."""

    def __init__(self, message: str) -> None:
        super().__init__(401, "unauthenticated", message, headers=CHALLENGE)


class Forbidden(ApiError):
    """We know who it is, and they may not: 403."""

    def __init__(self, message: str, *, code: str = "forbidden") -> None:
        super().__init__(403, code, message)


class NotFound(ApiError):
    """No such thing: 404."""

    def __init__(self, message: str) -> None:
        super().__init__(404, "not_found", message)


class Invalid(ApiError):
    """The input is not acceptable; `fields` says what is wrong with which: 422."""

    def __init__(self, fields: Mapping[str, str], message: str = "") -> None:
        super().__init__(422, "invalid", message or " ".join(fields.values()), fields)


def error_response(
    status: int,
    code: str,
    message: str,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    detail: object = None,
) -> HttpResponse:
    """An error in the one shape; `detail` is derived for old clients unless given."""
    if detail is None:
        detail = message
        if status == 422:
            detail = [
                {"loc": ["body", *([field] if field else [])], "msg": text, "type": "value_error"}
                for field, text in (fields or {"": message}).items()
            ]
    body = {"error": {"code": code, "message": message, "fields": dict(fields or {})}, "detail": detail}
    return HttpResponse(json.dumps(body), status=status, content_type="application/json", headers=dict(headers or {}))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls, and what they may do. `token_id` and `user` are set for the kinds that have one."""

    kind: Literal["user", "token", "environment", "open"]
    name: str
    token_id: int | None
    user: User | None
    scopes: frozenset[str]
    rate_key: str

    def can(self, scope: str) -> bool:
        """Whether this scope is theirs; implied scopes are already among them."""
        return scope in self.scopes


class ApiRequest(HttpRequest):
    """The request that a view behind `@api` gets."""

    actor: Actor


class PersonRequest(HttpRequest):
    """The request that a view behind the login gets."""

    user: User


class ApiView(Protocol):
    """A view behind `@api`."""

    def __call__(self, request: ApiRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def api(*, scope: str | None, methods: tuple[str, ...]) -> Callable[[ApiView], Callable[..., HttpResponseBase]]:
    """Make a view a JSON address for callers that hold `scope` (None: for anyone we know), by these methods."""
    allowed = frozenset(methods) | ({"HEAD"} if "GET" in methods else frozenset())
    allow = {"Allow": ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])}

    def decorate(view: ApiView) -> Callable[..., HttpResponseBase]:
        @csrf_exempt  # Tokens need no CSRF token; for sessions `authenticate` asks for one.
        @login_not_required  # The answer is JSON, never a redirect to the login page.
        @functools.wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                if request.method == "OPTIONS":
                    return HttpResponse(status=204, headers=allow)
                message = f"{request.method} is not allowed here; use {' or '.join(methods)}."
                return error_response(405, "method_not_allowed", message, headers=allow)
            try:
                actor = authenticate(request, scope=scope)
                if scope is not None and not actor.can(scope):
                    return _scope_missing(scope).response()
                request.actor = actor  # type: ignore[attr-defined]
                return view(request, *args, **kwargs)  # type: ignore[arg-type]
            except Exception as error:
                return response_to(error)

        return wrapper

    return decorate


def by_method(**views: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """One address with a view behind `@api` for each method, as in `by_method(GET=read, PUT=replace)`."""
    allow = ", ".join([*views, *(["HEAD"] if "GET" in views else []), "OPTIONS"])

    @csrf_exempt
    @login_not_required
    def dispatch(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        view = views.get("GET" if request.method == "HEAD" else request.method or "")
        if view is not None:
            return view(request, *args, **kwargs)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": allow})
        message = f"{request.method} is not allowed here; use {' or '.join(views)}."
        return error_response(405, "method_not_allowed", message, headers={"Allow": allow})

    dispatch.__module__ = next(iter(views.values())).__module__  # whose address it is
    return dispatch


def response_to(error: Exception) -> HttpResponse:
    """What a client is told about this exception; only those nobody foresaw are logged as errors."""
    match error:
        case ApiError():
            return error.response()
        case Http404():
            return error_response(404, "not_found", str(error) or "There is nothing at this address.")
        case PermissionDenied():
            return error_response(403, "forbidden", str(error) or "You may not do this.")
        case RequestDataTooBig():
            return error_response(413, "too_large", "The body is larger than this address accepts.")
        case UnreadablePostError():
            return error_response(400, "bad_request", "The body could not be read to its end.")
        case RawPostDataException():
            # The CSRF check read the body as a form already, looking for its token.
            return error_response(415, "not_json", "Send the body as application/json, not as a form.")
        case BadRequest() | SuspiciousOperation() | MultiPartParserError():
            return error_response(400, "bad_request", "The request could not be understood.")
        case OperationalError() | InterfaceError() | psycopg.OperationalError() | psycopg.InterfaceError():
            # Without traceback: while the database is away there is one such line for each request.
            logger.warning("The database did not answer", extra={"reason": str(error).partition("\n")[0]})
            message = "The database is not available just now. Try again in a moment."
            return error_response(503, "unavailable", message, headers={"Retry-After": "1"})
    logger.error("A request failed unexpectedly", exc_info=error)
    return error_response(500, "internal_error", "Something went wrong on our side; the log has the details.")


def authenticate(request: HttpRequest, *, scope: str | None) -> Actor:
    """Who calls. A token that is sent decides alone: a wrong one is refused whatever else would have let it in."""
    token = _token_sent(request)
    if token is not None:
        return _token_actor(token)
    if scope == "ingest" and settings.OPEN_INGEST and _may_post_openly(request):
        return _open_actor(request)
    return _session_actor(request)


def _token_sent(request: HttpRequest) -> str | None:
    """The token in `Authorization` or `X-Ingest-Token`, or None when neither holds one.

    An empty X-Ingest-Token counts as none: old bot scripts send it when no token is set.
    """
    authorization: str = request.META.get("HTTP_AUTHORIZATION", "").strip()
    if authorization:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return value.strip()
        if scheme.lower() not in FOREIGN_SCHEMES:
            raise Unauthenticated("Send the token as “Authorization: Bearer …”.")
    ingest_token: str = request.META.get("HTTP_X_INGEST_TOKEN", "").strip()
    return ingest_token or None


def _token_actor(token: str) -> Actor:
    if settings.INGEST_TOKEN and constant_time_compare(token, settings.INGEST_TOKEN):
        return ENVIRONMENT
    identity = tokens.cache.identify(token, at=timezone.now())
    if identity is None:
        raise Unauthenticated("This token is unknown or revoked.")
    return Actor(
        kind="token",
        name=identity.label,
        token_id=identity.token_id,
        user=None,
        scopes=identity.scopes,
        rate_key=f"token:{identity.token_id}",
    )


# Whoever holds STAKEPRO_INGEST_TOKEN: one program as far as we can tell, and it may only post.
ENVIRONMENT = Actor(
    kind="environment",
    name="STAKEPRO_INGEST_TOKEN",
    token_id=None,
    user=None,
    scopes=frozenset({"ingest"}),
    rate_key="environment",
)


def _may_post_openly(request: HttpRequest) -> bool:
    """A program of this machine; a page in its browser only if its origin is one we allow."""
    origin = request.META.get("HTTP_ORIGIN")
    return addresses.is_loopback(request) and (origin is None or origin in settings.CORS_ALLOWED_ORIGINS)


def _open_actor(request: HttpRequest) -> Actor:
    peer = addresses.client_address(request)
    return Actor(
        kind="open",
        name="this machine",
        token_id=None,
        user=None,
        scopes=frozenset({"ingest"}),
        rate_key=f"open:{peer}",
    )


def _session_actor(request: HttpRequest) -> Actor:
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        raise Unauthenticated("Sign in, or send a token as “Authorization: Bearer …” or X-Ingest-Token.")
    if request.method not in SAFE_METHODS:
        _enforce_csrf(request)
    return Actor(
        kind="user",
        name=user.get_username(),
        token_id=None,
        user=user,
        scopes=user.scopes(),
        rate_key=f"user:{user.pk}",
    )


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check, giving back the reason where the middleware would render a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _unused(request: HttpRequest) -> HttpResponse:
    raise AssertionError("The CSRF check never calls the next layer.")


_csrf_check = _CsrfCheck(_unused)


def _enforce_csrf(request: HttpRequest) -> None:
    """A session cookie comes along from any page that sends the browser here; the CSRF token does not."""
    _csrf_check.process_request(request)
    reason = _csrf_check.process_view(request, _unused, (), {})
    if reason is not None:
        raise Forbidden(f"The CSRF check failed: {reason}", code="csrf_failed")


def _scope_missing(scope: str) -> ApiError:
    return Forbidden(f"This needs the scope “{scope}”.", code="scope_missing")
