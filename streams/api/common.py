"""What every JSON address does: read the body and the parts of it, write the answer."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.http import ApiError, Invalid
from streams import exactjson, wire


def answer(data: object, *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(exactjson.dumps(data), status=status, content_type="application/json", headers=headers)


def parse_id(text: str, name: str = "stream_id") -> UUID:
    """A stream's public name from its address."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid({name: "must be a UUID."}) from error


def read_json(request: HttpRequest, *, most: int | None = None) -> Any:
    """The body as JSON; 413 above `most` bytes (the limit of one message), 422 when it is not JSON."""
    try:
        return exactjson.loads(read_body(request, most=most or settings.INGEST_BODY_BYTES_MAX))
    except exactjson.NotJson as error:
        raise Invalid({"body": str(error)}) from error


def read_body(request: HttpRequest, *, most: int) -> bytes:
    """The body; refused by its announced length, before it is read."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    if not announced and request.META.get("HTTP_TRANSFER_ENCODING"):
        # WSGI gives no body without a length; an empty one must not pass for what was sent.
        raise ApiError(411, "length_required", "Send the body with a Content-Length, not in chunks.")
    if announced and not (announced.isascii() and announced.isdigit() and len(announced) < 20):
        raise ApiError(
            400, "bad_request", "Content-Length must be a whole number.", {"Content-Length": "is no number."}
        )
    if int(announced or 0) > most or len(request.body) > most:
        raise ApiError(413, "too_large", f"The body is larger than the {most:,} bytes this address accepts.")
    return request.body


def read_object(request: HttpRequest, *, most: int | None = None) -> dict[str, Any]:
    body = read_json(request, most=most)
    if not isinstance(body, dict):
        raise Invalid({"body": "must be a JSON object."})
    return body


def text_of(body: dict[str, Any], name: str, *, longest: int, shortest: int = 0) -> str:
    try:
        return wire.check_text(body.get(name), longest=longest, shortest=shortest)
    except ValueError as error:
        raise Invalid({name: str(error)}) from error


def optional_text_of(body: dict[str, Any], name: str, *, longest: int) -> str:
    return "" if body.get(name) is None else text_of(body, name, longest=longest)


def checked(body: dict[str, Any], name: str, check: Callable[[object], Any]) -> Any:
    if body.get(name) is None:
        raise Invalid({name: "is required."})
    try:
        return check(body[name])
    except ValueError as error:
        raise Invalid({name: str(error)}) from error
