"""Sessions: storing, listing, verifying, going live, removing."""

from contextlib import suppress
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from accounts.audit import By
from accounts.http import ApiRequest, NotFound, api, by_method
from stake import present, queries
from stake.api import reading
from stake.errors import VenueError
from stake.http import tells_refusals
from stake.services import sessions
from streams.api.common import answer, parse_id, read_object, text_of


@api(scope="sessions", methods=("POST",))
@tells_refusals
def store(request: ApiRequest) -> HttpResponse:
    """Verify a token with the venue and store the session; the answer holds no secret."""
    entered = _entered(read_object(request))
    row = sessions.store(entered, by=By.of(request.actor), now=timezone.now)
    # Who it is, is known, and the session is stored; what it has and which pair it plays is asked for as well. Where
    # that fails, the answer says so as the session's trouble.
    with suppress(VenueError):
        sessions.verify(row.pk, by=By.of(request.actor), now=timezone.now)
    stored = queries.session(row.pk, at=timezone.now())
    assert stored is not None
    return _answer(stored, status=201)


def _entered(body: dict[str, Any]) -> sessions.Entered:
    return sessions.Entered(
        label=text_of(body, "label", longest=200),
        host=text_of(body, "host", longest=300),
        currency=reading.currency_of(body),
        token=reading.optional_text(body, "token", longest=2_000),
        clearance=reading.optional_text(body, "clearance", longest=8_000),
        user_agent=reading.optional_text(body, "user_agent", longest=2_000) or "",
        clearance_expires_at=reading.optional_moment_of(body, "clearance_expires_at"),
    )


def _answer(row: queries.SessionRow, *, status: int = 200) -> HttpResponse:
    found = queries.balances(row.account_key) if row.account_key else ()
    balances = present.balances(found)
    body = {
        **present.session(row),
        "balances": balances,
        "currencies": [line["currency"] for line in balances],
        "limits": [present.limit(limit) for limit in queries.limits(row.id)],
    }
    return answer(body, status=status)


@api(scope="read", methods=("GET",))
def list_sessions(request: ApiRequest) -> HttpResponse:
    """All sessions, newest first."""
    return answer({"sessions": [present.session(row) for row in queries.sessions(at=timezone.now())]})


session_list = by_method(GET=list_sessions, POST=store)


@api(scope="read", methods=("GET",))
def show(request: ApiRequest, session_id: str) -> HttpResponse:
    """One session with its balances and limits."""
    row = queries.session(parse_id(session_id, "session"), at=timezone.now())
    if row is None:
        raise NotFound("There is no such session.")
    return _answer(row)


@api(scope="sessions", methods=("PUT",))
@tells_refusals
def change(request: ApiRequest, session_id: str) -> HttpResponse:
    """Change a session; secrets that are left out stay, another host needs the token again."""
    key = parse_id(session_id, "session")
    row = sessions.change(key, _entered(read_object(request)), by=By.of(request.actor), now=timezone.now)
    return _answer(queries.session_row(row, at=timezone.now()))


@api(scope="sessions", methods=("DELETE",))
@tells_refusals
def remove(request: ApiRequest, session_id: str) -> HttpResponse:
    """Remove a session: its secrets are gone at once, its history stays."""
    key = parse_id(session_id, "session")
    sessions.remove(key, by=By.of(request.actor), at=timezone.now())
    return answer({"removed": True, "session": key})


session = by_method(GET=show, PUT=change, DELETE=remove)


@api(scope="sessions", methods=("POST",))
@tells_refusals
def verify(request: ApiRequest, session_id: str) -> HttpResponse:
    """Ask the venue again whose session it is, what it has and which pair it plays."""
    row = sessions.verify(parse_id(session_id, "session"), by=By.of(request.actor), now=timezone.now)
    return _answer(queries.session_row(row, at=timezone.now()))


@api(scope="sessions", methods=("PUT", "DELETE"))
@tells_refusals
def live(request: ApiRequest, session_id: str) -> HttpResponse:
    """PUT switches to live betting, DELETE back to dry run."""
    key = parse_id(session_id, "session")
    row = sessions.set_live(key, live=request.method == "PUT", by=By.of(request.actor), at=timezone.now())
    return _answer(queries.session_row(row, at=timezone.now()))
