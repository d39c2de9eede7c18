"""Rotating the seed pair: what will happen, and what came of it."""

import secrets
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.http import PersonRequest
from accounts.pages import page
from stake import forms, page_queries, queries
from stake.services import rotation as service
from stake.tasks import reconcile_soon
from stake.views.common import TOLD, blame, by, find_session, find_stream
from streams import queries as streams
from streams.queries import verification


@page(scope="bet", methods=("GET", "HEAD", "POST"))
def rotate(request: PersonRequest, session_id: str) -> HttpResponse:
    """Say what a rotation does, and do it."""
    session = find_session(session_id)
    status = 200
    if request.method == "POST":
        form = forms.RotateForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                done = service.rotate(
                    session_id=session.id,
                    client_seed=form.cleaned_data["client_seed"],
                    by=by(request),
                    now=timezone.now,
                )
            except TOLD as error:
                status = blame(form, error)
            else:
                row = queries.rotation_row(done)
                if row.state != "done" or not row.server_seed:
                    reconcile_soon(session.id)
                return redirect("stake_rotation", row.id)
    else:
        form = forms.RotateForm(initial={"client_seed": secrets.token_hex(10)})
    stream = streams.find_by_pair(session.pair_hash, session.pair_client_seed) if session.pair_hash else None
    context = {"session": session, "form": form, "stream": stream}
    return render(request, "stake/rotate.html", context, status=status)


@page(scope="read")
def rotation(request: PersonRequest, rotation_id: str) -> HttpResponse:
    """What came of a rotation: the promise, the revealed seed, the streams before and after."""
    try:
        row = page_queries.rotation(UUID(rotation_id))
    except ValueError:
        row = None
    if row is None:
        raise Http404("There is no such rotation.")
    old = find_stream(str(row.old_stream_id)) if row.old_stream_id else None
    context = {
        "rotation": row,
        "session": queries.session(row.session_id, at=timezone.now()),
        "old": old,
        "new": find_stream(str(row.new_stream_id)) if row.new_stream_id else None,
        "verification": verification.get_verification(old) if old else None,
        "can_bet": "bet" in request.user.scopes(),
    }
    return render(request, "stake/rotation.html", context)
