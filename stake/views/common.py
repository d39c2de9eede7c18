"""What the views share: finding what an address names, and telling people what a service refused."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.audit import By
from accounts.http import ApiError, PersonRequest
from stake import guard, queries, refusals
from stake.errors import VenueError
from stake.forms import StakeForm
from stake.http import api_error
from stake.queries import SessionRow
from streams import queries as streams
from streams.queries import StreamSummary

TOLD: Final = (refusals.Refused, guard.LimitReached, VenueError)


def find_session(session_id: str) -> SessionRow:
    """The session an address names; malformed, unknown and removed ones alike are not found."""
    try:
        found = queries.session(UUID(session_id), at=timezone.now())
    except ValueError:
        found = None
    if found is None:
        raise Http404("There is no such session.")
    return found


def find_stream(stream_id: str) -> StreamSummary | None:
    """The stream of this id, None where there is none, or no more."""
    try:
        return streams.get_stream(UUID(stream_id))
    except (ValueError, streams.NotFound):
        return None


def by(request: PersonRequest) -> By:
    """Who asks, for the audit rows."""
    return By.of_user(request.user)


def refusal(error: Exception) -> ApiError:
    """What a service refused, with its sentence for people."""
    told = api_error(error)
    assert told is not None, "only what is in TOLD is caught"
    return told


def blame(form: StakeForm, error: Exception) -> int:
    """Say on the form what a service refused; the status to answer with."""
    told = refusal(error)
    field = error.field if isinstance(error, refusals.Refused) else ""
    form.blame(field, told.message)
    return told.status


def done_or_told(request: HttpRequest, action: Callable[[], str], *, back: str, **parts: Any) -> HttpResponse:
    """Do it, say on the next page what came of it, and go there."""
    try:
        messages.success(request, action())
    except TOLD as error:
        messages.error(request, refusal(error).message)
    return redirect(back, **parts)


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a page is asked for."""
    return request.headers.get("HX-Request") == "true"
