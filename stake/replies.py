"""A whole reply of the venue: the object that was asked for, or the error it is, and what that proves. Pure.

The rule that everything hangs on (D2 of the specification): a reply with the operation's data is an answer, whatever
its `errors` say. Without it, nothing was placed only where one of these says so: a GraphQL validation error,
insufficientBalance, insignificantBet, existingGame, parallelCasinoBet, status 401, a 403 page, status 429. What is
known by the words of a message alone proves nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from stake import errors
from stake.errors import VenueError
from stake.payloads import NotJson, read_json

MESSAGE_MAX: Final = 200  # characters of the venue's own words that are shown
RETRY_AFTER_MAX: Final = timedelta(hours=1)
_ERRORS_READ: Final = 20
_LONG: Final = re.compile(r"[A-Za-z0-9_.=+/-]{20,}")

# Words of Cloudflare's pages for browsers.
_CHALLENGE: Final = (b"just a moment", b"cf-chl", b"challenge-platform", b"attention required", b"cf_chl")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over the wire; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)  # nobody knows what a venue may repeat in it


class _Absent:
    """The operation's object is not in the answer, not even as null."""


ABSENT: Final = _Absent()


def read_reply(reply: Reply, name: str, *, at: datetime, null_is_answer: bool = False) -> Any:
    """The object of the operation of this name. Raises a `VenueError` that says whether nothing was placed.

    `null_is_answer` takes null for one, as for a look-up of nothing; `at` dates a Retry-After.
    """
    # What was read is no variable of the function that raises: a traceback with variables shows none of it.
    answer = _judged(reply, name, at, null_is_answer=null_is_answer)
    if isinstance(answer, VenueError):
        raise answer
    return answer


def _judged(reply: Reply, name: str, at: datetime, *, null_is_answer: bool) -> Any:
    """The operation's object, or the error that the reply is."""
    try:
        parsed = read_json(reply.body)
    except NotJson:
        return _of_page(reply, at)
    found = operation_data(parsed, name)
    if isinstance(found, Mapping):
        return found
    if found is not ABSENT and found is not None:
        # Something is there, so it is no proof of nothing.
        return _without_reason(reply, name)
    failures = _failures(parsed)
    if null_is_answer and found is None and not failures and reply.status == 200:
        return None
    return _of_status(reply, at) or _of_failures(reply, failures, at) or _without_reason(reply, name)


def read_answer(body: bytes | str, name: str) -> Mapping[str, Any]:
    """The operation's object of an answer of status 200. Raises `VenueError`."""
    content = body.encode("utf-8", "replace") if isinstance(body, str) else body
    answer = read_reply(Reply(200, {}, content), name, at=datetime.now(UTC))
    assert isinstance(answer, Mapping)
    return answer


def operation_data(parsed: Any, name: str) -> Any:
    """The operation's object: below `data` in GraphQL, at the top in REST. `ABSENT` where there is none.

    A REST answer may name it otherwise, or be the bet itself; the first object that has an id is taken then.
    """
    if not isinstance(parsed, Mapping):
        return ABSENT
    data = parsed.get("data")
    if isinstance(data, Mapping):
        return data.get(name, ABSENT)
    if name in parsed:
        return parsed[name]
    if "data" in parsed:
        return ABSENT
    if "id" in parsed and "amount" in parsed:
        return parsed
    others = [value for key, value in parsed.items() if key != "errors"]
    if others and isinstance(others[0], Mapping) and "id" in others[0]:
        return others[0]
    return ABSENT


# --- Replies that are no JSON ---------------------------------------------------------------------


def _is_page(reply: Reply) -> bool:
    return reply.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _of_page(reply: Reply, at: datetime) -> VenueError:
    by_status = _of_status(reply, at)
    if by_status is not None:
        return by_status
    if 300 <= reply.status < 400:
        return _of_redirect(reply)
    if _is_page(reply):
        if any(words in reply.body[:100_000].lower() for words in _CHALLENGE):
            return errors.CloudflareBlocked(proves=False)
        return errors.Transient(f"The venue sent a page instead of an answer (status {reply.status}).")
    if reply.status >= 500:
        return errors.Transient(f"The venue had a problem of its own (status {reply.status}).")
    if not reply.body.strip():
        return errors.Transient(f"The venue's answer was empty (status {reply.status}).")
    return errors.SchemaChanged(f"The venue's answer was not complete JSON (status {reply.status}).")


def _of_redirect(reply: Reply) -> VenueError:
    if "cdn-cgi" in reply.headers.get("location", ""):
        return errors.CloudflareBlocked(proves=False)
    return errors.Transient(
        "The venue points to another address, which StakePro never follows; its host may have moved."
    )


def _of_status(reply: Reply, at: datetime) -> VenueError | None:
    """The error that a status is by itself."""
    match reply.status:
        case 401:
            return errors.InvalidSession()
        case 403 if _is_page(reply):
            return errors.CloudflareBlocked()
        case 429:
            return errors.RateLimited(retry_after=_retry_after(reply, at))
    return None


def _retry_after(reply: Reply, at: datetime) -> timedelta | None:
    text = reply.headers.get("retry-after", "").strip()
    try:
        wait = timedelta(seconds=int(text)) if text.isdecimal() else parsedate_to_datetime(text) - at
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), RETRY_AFTER_MAX)


# --- The errors of an answer ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Failure:
    """One entry of `errors`. `type` is all in lower case."""

    type: str
    message: str
    reached_a_field: bool  # it has a path, so the question was well-formed and its execution had begun


def _failures(parsed: Any) -> tuple[_Failure, ...]:
    entries = parsed.get("errors") if isinstance(parsed, Mapping) else None
    if not isinstance(entries, list):
        return ()
    return tuple(_failure(entry) for entry in entries[:_ERRORS_READ] if isinstance(entry, Mapping))


def _failure(entry: Mapping[str, Any]) -> _Failure:
    extensions = entry.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    kind = entry.get("errorType") or code
    message = entry.get("message")
    return _Failure(
        type=kind.lower() if isinstance(kind, str) else "",
        message=" ".join(message[:MESSAGE_MAX].split()) if isinstance(message, str) else "",
        reached_a_field=bool(entry.get("path")),
    )


# errorType, or the code that GraphQL servers give, in lower case.
_VALIDATION: Final = frozenset(
    {
        *("graphql", "graphqlerror", "validation", "validationerror"),
        *("graphql_validation_failed", "graphql_parse_failed", "bad_user_input"),
    }
)
_BY_TYPE: Final[Mapping[str, Callable[[], VenueError]]] = {
    "parallelcasinobet": errors.ParallelBet,
    "insufficientbalance": errors.InsufficientBalance,
    "insignificantbet": lambda: errors.InvalidBet("The amount is below the venue's minimum."),
    "existinggame": errors.ExistingGame,
    "notfound": errors.BetNotFound,
    "internalerror": errors.Transient,
}
# Words of messages that come without a stable type. What they say is believed for people, not for money.
_BY_WORDS: Final[tuple[tuple[str, Callable[[], VenueError]], ...]] = (
    ("number too small", lambda: errors.InvalidBet("The venue says the amount is too small.", proves=False)),
    ("amount too small", lambda: errors.InvalidBet("The venue says the amount is too small.", proves=False)),
    ("maximum bet exceeded", lambda: errors.InvalidBet("The venue says the amount is too large.", proves=False)),
    ("enough balance", lambda: errors.InsufficientBalance(proves=False)),
    ("existing game", lambda: errors.ExistingGame(proves=False)),
    ("active game", lambda: errors.ExistingGame(proves=False)),
    ("try again in a few minutes", lambda: errors.RateLimited(proves=False)),
    ("slow down", lambda: errors.RateLimited(proves=False)),
    ("not allowed", errors.NotAllowed),
    ("not available", errors.NotAllowed),
    ("not found", errors.BetNotFound),
    ("cannot query field", lambda: errors.FieldRefused(proves=False)),
    ("unknown argument", lambda: errors.FieldRefused(proves=False)),
    ("unknown type", lambda: errors.FieldRefused(proves=False)),
)


def _of_failures(reply: Reply, failures: tuple[_Failure, ...], at: datetime) -> VenueError | None:
    """The first error we know. It proves nothing beside one that does not, or under a status of the venue's trouble."""
    if not failures:
        return None
    found = [_of_failure(failure) for failure in failures]
    known = [error for error in found if error is not None]
    if not known:
        return _unknown_failure(reply, failures[0])
    first = known[0]
    first.proves_nothing_placed = reply.status < 500 and all(
        error is not None and error.proves_nothing_placed for error in found
    )
    if isinstance(first, errors.RateLimited):
        first.retry_after = _retry_after(reply, at)
    return first


def _of_failure(failure: _Failure) -> VenueError | None:
    if failure.type in _VALIDATION:
        return errors.FieldRefused(proves=not failure.reached_a_field)
    if by_type := _BY_TYPE.get(failure.type):
        return by_type()
    words = failure.message.lower()
    return next((error() for known, error in _BY_WORDS if known in words), None)


def _shown(message: str) -> str:
    """The venue's words as we show them: what could be a token or a seed is left out."""
    return _LONG.sub("…", "".join(letter for letter in message if letter.isprintable()))


def _unknown_failure(reply: Reply, failure: _Failure) -> VenueError:
    said = f": {_shown(failure.message)}" if failure.message else "."
    if reply.status >= 500 or reply.status in (200, 408):
        return errors.Transient(f"The venue refused without a reason that StakePro knows{said}")
    return errors.NotAllowed(f"The venue refused (status {reply.status}){said}")


def _without_reason(reply: Reply, name: str) -> VenueError:
    if reply.status == 403:
        return errors.NotAllowed("The venue refused without a reason (status 403).")
    if reply.status >= 500:
        return errors.Transient(f"The venue had a problem of its own (status {reply.status}).")
    if 300 <= reply.status < 400:
        return _of_redirect(reply)
    return errors.SchemaChanged(f"The venue's answer has no {name} that StakePro can read.")
