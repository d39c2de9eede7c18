"""What every JSON address of the ledger does: read the address, the query and the body, write the answer."""

import json
import unicodedata
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict

from accounts.http import ApiError, Invalid
from ledger import strict_json
from ledger.wire import WALLET_MAX, BadRequest, Told, as_uuid

# A request has a few short fields; every character of them may be written as six.
BODY_MAX: Final = 64_000
BATCH_BODY_MAX: Final = 8_000_000
RETRY_SECONDS: Final = "1"


def answer(body: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """JSON of texts, whole numbers, booleans and what holds them."""
    headers = {"Retry-After": RETRY_SECONDS} if status == 503 else None
    return HttpResponse(json.dumps(body), status=status, content_type="application/json", headers=headers)


def told(what: Told) -> HttpResponse:
    """An answer of the ledger, with the status of its code."""
    return answer(what.body, status=what.status)


def moment(at: datetime) -> str:
    """A time as ISO 8601 in UTC with a Z."""
    return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def invalid(error: BadRequest) -> Invalid:
    """The refusal of a body in which fields cannot be read."""
    return Invalid(error.fields, str(error))


# --- Bodies -----------------------------------------------------------------------------------------


def read_json(request: HttpRequest, *, most: int = BODY_MAX) -> Any:
    """The body as JSON; 411 or 413 by its announced length before it is read, 422 when it is not JSON."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    if not announced and request.META.get("HTTP_TRANSFER_ENCODING"):
        # WSGI gives no body without a length; an empty one must not pass for what was sent.
        raise ApiError(411, "length_required", "Send the body with a Content-Length, not in chunks.")
    if announced and not (announced.isascii() and announced.isdigit() and len(announced) < 20):
        fields = {"Content-Length": "is no number."}
        raise ApiError(400, "bad_request", "Content-Length must be a whole number.", fields)
    if int(announced or 0) > most or len(request.body) > most:
        raise ApiError(413, "too_large", f"The body is larger than the {most:,} bytes this address accepts.")
    try:
        return strict_json.loads(request.body)
    except strict_json.NotJson as error:
        raise Invalid({"body": str(error)}) from error


# --- Addresses --------------------------------------------------------------------------------------


def parse_wallet_id(text: str) -> int:
    """A wallet's number from an address."""
    return _whole(text, WALLET_MAX, "wallet_id")


def parse_uuid(text: str, name: str) -> UUID:
    """A UUID from an address."""
    found = as_uuid(text)
    if found is None:
        raise Invalid({name: "must be a UUID."}, f"{name} must be a UUID.")
    return found


def is_line(text: str) -> bool:
    """Whether it has neither control characters nor halves of surrogate pairs."""
    return not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


def _whole(text: str, most: int, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= most):
        rule = f"must be a whole number from 0 to {most}."
        raise Invalid({name: rule}, f"{name} {rule}")
    return int(text)


# --- Queries ----------------------------------------------------------------------------------------


class Params:
    """A query string, read name by name; the first that is wrong is refused by its name."""

    def __init__(self, query: QueryDict) -> None:
        self._query = query

    def whole(self, name: str, default: int, *, least: int = 0, most: int = WALLET_MAX) -> int:
        """A whole number from `least` to `most`."""
        number = self.whole_or_none(name, most=most)
        if number is not None and number < least:
            raise Invalid({name: f"must be {least} or more."}, f"{name} must be {least} or more.")
        return default if number is None else number

    def whole_or_none(self, name: str, *, most: int = WALLET_MAX) -> int | None:
        """A whole number from 0 to `most`, None where it is not given."""
        text = self._query.get(name)
        return None if text is None or text == "" else _whole(text, most, name)

    def text(self, name: str, *, most: int) -> str:
        """A text up to a length, "" where it is not given."""
        text = self._query.get(name, "")
        if len(text) > most or not is_line(text):
            rule = f"must be a line of at most {most} characters."
            raise Invalid({name: rule}, f"{name} {rule}")
        return text

    def texts(self, name: str) -> list[str]:
        """All values of a parameter that may come several times."""
        return self._query.getlist(name)

    def choice(self, name: str, choices: Collection[str]) -> str:
        """One of `choices`, "" where it is not given."""
        text = self._query.get(name, "")
        if text and text not in choices:
            rule = f"must be one of {', '.join(choices)}."
            raise Invalid({name: rule}, f"{name} {rule}")
        return text

    def uuid_or_none(self, name: str) -> UUID | None:
        """A UUID, None where it is not given."""
        text = self._query.get(name)
        return parse_uuid(text, name) if text else None

    def moment_or_none(self, name: str) -> datetime | None:
        """An ISO 8601 time; one without a zone is UTC. None where it is not given."""
        text = self._query.get(name)
        if not text:
            return None
        try:
            # A plus sign in a query string arrives as a space.
            found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            rule = "must be a time like 2026-01-31T12:00:00Z."
            raise Invalid({name: rule}, f"{name} {rule}") from error
