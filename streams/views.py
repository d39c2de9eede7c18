"""The stream pages and their partials: each view translates, asks one query or service, and renders."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache

from accounts import services as accounts
from accounts.http import PersonRequest
from accounts.pages import page
from accounts.permissions import TokenRefused
from streams import bot_script, forms, pages, queries, services, tasks
from streams.queries import StreamSummary, verification

STREAMS_PER_PAGE = 100
HOLES_SHOWN = 200
CONFLICTS_PER_PAGE = 100
CONFIRM_CHARACTERS = 8
PERIODS = [(500, "0.5 s"), (1000, "1 s"), (2000, "2 s"), (5000, "5 s")]
# What Pump players watch, offered while typing a smallest result.
WATCHED_RESULTS = ["34.68", "164.72", "400.02", "1066.73", "3200.18", "11200.65", "48536.13"]
SORT_COOKIE = "stakepro_bets_sort"
SORT_COOKIE_AGE = 60 * 60 * 24 * 365


def find_stream(stream_id: str) -> StreamSummary:
    """The stream an address names; malformed and unknown names alike are not found."""
    try:
        return queries.get_stream(UUID(stream_id))
    except ValueError as error:
        raise queries.NotFound("There is no such stream.") from error


def _partial(request: HttpRequest, template: str, context: dict[str, Any], *, fragment: str) -> HttpResponse:
    """The page, or for htmx its fragment, under one address."""
    name = fragment if request.headers.get("HX-Request") == "true" else template
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


# --- The list of streams --------------------------------------------------------------------------


@page(scope="read")
def home(request: PersonRequest) -> HttpResponse:
    """The front door leads to the streams."""
    return redirect("stream_list")


@page(scope="read")
def stream_list(request: PersonRequest) -> HttpResponse:
    """All streams; before the first one, how to get it."""
    context = _list_context(request)
    if context["newest"] is None and not context["streams"] and not context["form"].narrows:
        context |= _setup_context(request)
        return render(request, "streams/first.html", context)
    return render(request, "streams/list.html", context)


@page(scope="read")
def stream_list_rows(request: PersonRequest) -> HttpResponse:
    """The rows of the list, for polling."""
    return render(request, "streams/_stream_rows.html", _list_context(request))


def _list_context(request: PersonRequest) -> dict[str, Any]:
    form = forms.StreamFilterForm(request.GET, games=queries.games_known())
    now = timezone.now()
    found = queries.list_streams(wanted=form.wanted(), limit=STREAMS_PER_PAGE, order=form.order, at=now)
    return {
        "form": form,
        "streams": found.streams,
        "total": found.total,
        "newest": queries.newest_stream(),
        "now": now,
        "query": form.query(),
        "offer_href": settings.STREAM_FIRST_OFFER_URL,
    }


# --- Connecting a bot -----------------------------------------------------------------------------


@never_cache  # The token must not stay in any cache.
@page(scope="read", methods=("GET", "HEAD", "POST"))
def setup(request: PersonRequest) -> HttpResponse:
    """The bot script; a POST makes a token and shows it, filled in, in this answer and nowhere else."""
    if request.method != "POST":
        return render(request, "streams/setup.html", _setup_context(request))
    now = timezone.now()
    try:
        token, text = accounts.create_token(
            label=f"Antebot, {now:%Y-%m-%d %H:%M}", scopes=["ingest"], by=request.user, at=now
        )
    except TokenRefused as refusal:
        raise PermissionDenied(refusal.message) from refusal
    context = _setup_context(request, token=text) | {"token": text, "token_label": token.label}
    return render(request, "streams/setup.html", context)


@page(scope="ingest", methods=("POST",))
def example(request: PersonRequest) -> HttpResponse:
    """Have the worker post the recorded example to this server, like a bot."""
    tasks.feed_example_soon()
    messages.success(request, "The example is starting; its stream appears by itself.")
    return redirect("stream_list")


def _setup_context(request: PersonRequest, *, token: str | None = None) -> dict[str, Any]:
    url = request.build_absolute_uri("/").rstrip("/")
    scopes = request.user.scopes()
    return {
        "script": bot_script.filled_in(url=url, token=token),
        "can_make_token": "ingest" in scopes,
        "can_write": "write" in scopes,
    }


# --- One stream -----------------------------------------------------------------------------------


@page(scope="read")
def stream(request: PersonRequest, stream_id: str) -> HttpResponse:
    """A stream: its seeds, its totals, its bets."""
    # Read before its bets: what arrives in between is brought by the first poll.
    found = find_stream(stream_id)
    goto = forms.NonceForm(request.GET)
    at = goto.cleaned_data["at"] if goto.is_valid() else None
    form = _bet_filter(request, found, order="" if at is None else "nonce_desc")
    after = request.GET.get("after", "") if at is None else str(at + 1)
    context = _stream_context(request, found, form)
    try:
        context["table"] = _table_behind(context, after=after)
    except queries.BadCursor:
        return redirect("stream", found.id)
    context |= {
        "headings": pages.headings(found, form),
        "matching": queries.count_bets(found, form.wanted()),
        "detached": bool(after),
        "top_query": form.query(),
        "at": at,
        "errors": form.sentences() + [f"Nonce: {error}" for error in goto.errors.get("at", [])],
        "periods": PERIODS,
        "watched_results": WATCHED_RESULTS,
        "panel_href": _panel_href(request, found),
        "revealed": (revealed := verification.revealed(found)),
        "verification": verification.get_verification(found) if revealed else None,
    }
    response = render(request, "streams/stream.html", context)
    if "sort" in request.GET and "sort" not in form.errors:
        response.set_cookie(
            SORT_COOKIE, form.order, max_age=SORT_COOKIE_AGE, path="/live", samesite="Lax", httponly=True
        )
    return response


def _panel_href(request: PersonRequest, found: StreamSummary) -> str:
    """Where the panel for betting under this stream comes from; empty without one, or for people who may not bet."""
    panel = settings.STREAM_PANEL_URL
    return f"{panel}?{urlencode({'stream': found.id})}" if panel and "bet" in request.user.scopes() else ""


def _bet_filter(request: PersonRequest, found: StreamSummary, *, order: str = "") -> forms.BetFilterForm:
    """The filter in the address; `order`, or where the address names none the one chosen last."""
    given = request.GET.copy()
    if order:
        given["sort"] = order
    elif "sort" not in given and request.COOKIES.get(SORT_COOKIE) in queries.BET_ORDERS:
        given["sort"] = request.COOKIES[SORT_COOKIE]
    return forms.BetFilterForm(given, games=found.games)


def _stream_context(request: PersonRequest, found: StreamSummary, form: forms.BetFilterForm) -> dict[str, Any]:
    now = timezone.now()
    newest = queries.newest_stream()
    return {
        "stream": found,
        "base": reverse("stream", args=[found.id]),
        "form": form,
        "now": now,
        "newest": newest,
        "version": pages.version(found, newest, at=now),
        "can_write": "write" in request.user.scopes(),
    }


def _table_behind(context: dict[str, Any], *, after: str) -> pages.BetTable:
    return pages.table_behind(
        context["stream"], context["form"], after=after, limit=pages.ROWS_PER_PAGE, tail_version=context["version"]
    )


@page(scope="read")
def bet_rows(request: PersonRequest, stream_id: str) -> HttpResponse:
    """What came since a bet number: new rows and the figures they changed; 204 when there is nothing to show."""
    asked = forms.SeqForm(request.GET)
    if not asked.is_valid():
        return HttpResponseBadRequest("since: " + " ".join(str(error) for error in asked.errors.get("since", [])))
    found = find_stream(stream_id)
    since = asked.cleaned_data["since"]
    context = _stream_context(request, found, _bet_filter(request, found))
    if asked.cleaned_data["version"] == context["version"] and found.last_seq <= since:
        return HttpResponse(status=204)
    context["table"] = pages.table_since(found, context["form"], since=since, tail_version=context["version"])
    return render(request, "streams/_new_rows.html", context)


@page(scope="read")
def older_rows(request: PersonRequest, stream_id: str) -> HttpResponse:
    """The rows behind a cursor."""
    found = find_stream(stream_id)
    context = _stream_context(request, found, _bet_filter(request, found))
    try:
        context["table"] = _table_behind(context, after=request.GET.get("after", ""))
    except queries.BadCursor as error:
        return HttpResponseBadRequest(f"after: {error}")
    return render(request, "streams/_older_rows.html", context)


@page(scope="read")
def bet(request: PersonRequest, stream_id: str, seq: int) -> HttpResponse:
    """Everything that is known of one bet, and its bookmark."""
    found = find_stream(stream_id)
    row = queries.with_distances(found, [_find_bet(found, seq)])[0]
    context = {
        "stream": found,
        "shown": pages.shown([row], order=forms.NEWEST_FIRST)[0],
        "sources": queries.list_sources(found, seq=row.seq),
        "can_write": "write" in request.user.scopes(),
    }
    return _partial(request, "streams/bet.html", context, fragment="streams/_bet.html")


def _find_bet(found: StreamSummary, seq: int) -> queries.BetRow:
    if not 0 < seq < 2**63:
        raise queries.NotFound("There is no such bet in this stream.")
    return queries.get_bet(found, seq=seq)


@page(scope="write", methods=("POST",))
def bookmark(request: PersonRequest, stream_id: str, seq: int) -> HttpResponse:
    """Set or take away a bookmark, or change its note."""
    found = find_stream(stream_id)
    row = _find_bet(found, seq)
    form = forms.BookmarkForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("marked, note: these are not the values of our form.")
    services.set_bookmark(
        stream_id=found.id,
        seq=row.seq,
        marked=form.cleaned_data["marked"],
        note=form.cleaned_data["note"] if "note" in request.POST else None,
        at=timezone.now(),
    )
    if request.headers.get("HX-Request") != "true":
        return redirect("stream_bet", found.id, seq)
    shown = pages.shown([_find_bet(found, seq)], order=forms.NEWEST_FIRST)[0]
    context = {"base": reverse("stream", args=[found.id]), "shown": shown, "can_write": True}
    return render(request, "streams/_star.html", context)


@page(scope="read")
def missing(request: PersonRequest, stream_id: str) -> HttpResponse:
    """Which rounds never arrived."""
    found = find_stream(stream_id)
    holes = queries.list_holes(found, limit=HOLES_SHOWN + 1) if found.has_heartbeats else ()
    context = {"stream": found, "holes": holes[:HOLES_SHOWN], "has_more": len(holes) > HOLES_SHOWN}
    return _partial(request, "streams/missing.html", context, fragment="streams/_missing.html")


@page(scope="read")
def conflicts(request: PersonRequest, stream_id: str) -> HttpResponse:
    """Reports that contradict what is stored, newest first."""
    found = find_stream(stream_id)
    before = request.GET.get("before", "")
    rows = queries.list_conflicts(
        found,
        limit=CONFLICTS_PER_PAGE + 1,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )
    context = {"stream": found, "conflicts": rows[:CONFLICTS_PER_PAGE], "has_more": len(rows) > CONFLICTS_PER_PAGE}
    return render(request, "streams/conflicts.html", context)


# --- Changing a stream ----------------------------------------------------------------------------


@page(scope="write", methods=("GET", "HEAD", "POST"))
def notes(request: PersonRequest, stream_id: str) -> HttpResponse:
    """Edit the notes; when somebody else did so meanwhile, show both texts and let the person choose."""
    found = find_stream(stream_id)
    if request.method != "POST":
        form = forms.NotesForm(initial={"notes": found.notes, "version": found.notes_version})
        return render(request, "streams/notes.html", {"stream": found, "form": form})
    form = forms.NotesForm(request.POST)
    if not form.is_valid():
        return render(request, "streams/notes.html", {"stream": found, "form": form}, status=422)
    text = form.cleaned_data["notes"]
    try:
        services.set_notes(stream_id=found.id, notes=text, version=form.cleaned_data["version"])
    except services.NotesChanged as changed:
        context = {"stream": found, "mine": text, "theirs": changed.current, "version": changed.version}
        return render(request, "streams/notes_conflict.html", context, status=409)
    messages.success(request, "The notes are saved.")
    return redirect("stream", found.id)


@page(scope="write", methods=("POST",))
def archive(request: PersonRequest, stream_id: str) -> HttpResponse:
    """Put a stream into the archive, or take it out."""
    found = find_stream(stream_id)
    form = forms.ArchiveForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("archived: send 1 or 0.")
    if form.cleaned_data["archived"]:
        services.archive(stream_id=found.id, at=timezone.now())
        messages.success(request, "Archived: out of the list until a bot sends more for it.")
    else:
        services.unarchive(stream_id=found.id)
        messages.success(request, "Taken out of the archive.")
    return redirect("stream", found.id)


@page(scope="write", methods=("GET", "HEAD", "POST"))
def delete(request: PersonRequest, stream_id: str) -> HttpResponse:
    """Delete a stream once the start of its hash was typed."""
    found = find_stream(stream_id)
    expected = found.server_seed_hashed[:CONFIRM_CHARACTERS]
    context: dict[str, Any] = {"stream": found, "expected": expected}
    if request.method != "POST":
        return render(request, "streams/delete.html", context)
    if request.POST.get("confirm", "").strip() != expected:
        context["error"] = f"Type {expected}, the first {len(expected)} characters of the hash, to delete the stream."
        return render(request, "streams/delete.html", context, status=422)
    bets = services.delete(stream_id=found.id, at=timezone.now())
    tasks.remove_deleted_soon()
    messages.success(request, f"The stream and its {bets:,} bets are deleted.")
    return redirect("stream_list")
