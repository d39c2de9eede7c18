"""The verification of a stream: revealing its seed, how far it is, what it found, one round's steps, a report."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache

from accounts.http import PersonRequest
from accounts.pages import page
from fairness.errors import InvalidInput
from streams import queries, steps
from streams.check_forms import RevealForm
from streams.queries import StreamSummary
from streams.queries import verification as found_of
from streams.verification import one, services, tasks
from streams.views import find_stream

FINDINGS_SHOWN = 100
HOLES_SHOWN = 100


@page(scope="read", methods=("GET", "HEAD", "POST"))
def verification(request: PersonRequest, stream_id: str) -> HttpResponse:
    """What verifying the stream found; a POST asks for it again. For htmx, the part that changes while it runs."""
    found = find_stream(stream_id)
    if request.method == "POST":
        return _verify_again(request, found)
    name = "streams/_verification.html" if request.headers.get("HX-Request") == "true" else "streams/verification.html"
    response = render(request, name, _context(request, found))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _verify_again(request: PersonRequest, found: StreamSummary) -> HttpResponse:
    if "write" not in request.user.scopes():
        messages.error(request, "This needs the permission “write”.")
        return redirect("stream_verification", found.id)
    try:
        services.verify_again(stream_id=found.id, by=request.user.get_username(), at=timezone.now())
    except services.NotRevealed as refusal:
        messages.error(request, str(refusal))
    else:
        tasks.verify_streams_soon()
    return redirect("stream_verification", found.id)


def _context(request: PersonRequest, found: StreamSummary) -> dict[str, Any]:
    holes = queries.list_holes(found, limit=HOLES_SHOWN + 1) if found.has_heartbeats else ()
    return {
        "stream": found,
        "revealed": found_of.revealed(found),
        "verification": found_of.get_verification(found),
        "mismatches": found_of.list_findings(found, kind="mismatch", limit=FINDINGS_SHOWN),
        "cannots": found_of.list_findings(found, kind="cannot", limit=FINDINGS_SHOWN),
        "findings_shown": FINDINGS_SHOWN,
        "holes": holes[:HOLES_SHOWN],
        "more_holes": len(holes) > HOLES_SHOWN,
        "reveal_form": RevealForm(),
        "can_write": "write" in request.user.scopes(),
    }


@never_cache  # A refused seed is shown again as it was typed.
@page(scope="write", methods=("GET", "HEAD", "POST"))
def reveal(request: PersonRequest, stream_id: str) -> HttpResponse:
    """Reveal the server seed of a stream, and have it verified."""
    found = find_stream(stream_id)
    if request.method != "POST":
        return redirect("stream_verification", found.id)
    form = RevealForm(request.POST)
    if form.is_valid():
        try:
            services.reveal(
                stream_id=found.id,
                server_seed=form.cleaned_data["server_seed"],
                by=request.user.get_username(),
                at=timezone.now(),
            )
        except InvalidInput as error:
            form.add_error("server_seed", f"Server seed {error.problem}.")
        except services.NotThisSeed as refusal:
            form.add_error("server_seed", str(refusal))
    if form.errors:
        context = {**_context(request, found), "reveal_form": form}
        return render(request, "streams/verification.html", context, status=422)
    tasks.verify_streams_soon()
    messages.success(
        request, "The server seed is revealed; it hashes to this stream's hash. Its rounds are verified now."
    )
    return redirect("stream_verification", found.id)


@page(scope="read")
def verification_report(request: PersonRequest, stream_id: str) -> HttpResponse:
    """All of it on paper."""
    found = find_stream(stream_id)
    context = {**_context(request, found), "printed_at": timezone.now(), "version": settings.VERSION}
    return render(request, "streams/verification_report.html", context)


@page(scope="read")
def verification_round(request: PersonRequest, stream_id: str, position: str) -> HttpResponse:
    """One round of the stream with its steps."""
    found = find_stream(stream_id)
    checked = one.check_row(found, _position(position))
    picture = steps.as_picture(checked.explained) if checked.explained else None
    context = {"stream": found, "checked": checked, "steps": picture}
    return render(request, "streams/verification_round.html", context)


def _position(text: str) -> int:
    if not (text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 19):
        raise queries.NotFound("There is no such round in this stream.")
    return int(text)
