"""The bet card and what stands around it, on a stream's page and on a page of its own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.vary import vary_on_headers

from accounts.http import PersonRequest
from accounts.pages import page
from stake import forms, guard, page_queries, pages, queries, refusals
from stake.queries import IntentRow, SessionRow
from stake.services import balances, betting
from stake.tasks import reconcile_soon
from stake.views.common import TOLD, blame, by, find_session, find_stream, is_htmx, refusal
from streams import queries as streams
from streams.queries import StreamSummary

PENDING_SHOWN = 20
# Told to the stream page around us: its rows are asked for at once.
POLL_NOW = "streams:poll-now"


# --- The panel ----------------------------------------------------------------------------------------


@never_cache  # It holds the name of the next bet.
@page(scope="read")
def panel(request: PersonRequest) -> HttpResponse:
    """The part of a stream's page that bets under its pair; a line, or nothing, where no session plays it."""
    stream = find_stream(request.GET.get("stream", ""))
    session = None
    if stream is not None and stream.client_seed:
        session = page_queries.session_that_played(stream.server_seed_hashed, stream.client_seed, at=timezone.now())
    if session is None:
        return render(request, "stake/_no_panel.html", {"has_sessions": page_queries.has_sessions()})
    return render(request, "stake/_panel.html", _panel_context(request, session, stream))


def _panel_context(request: PersonRequest, session: SessionRow, stream: StreamSummary | None) -> dict[str, Any]:
    game = forms.GameForm(request.GET).chosen()
    return {
        **_card_context(request, session, stream, forms.BetForm(game, first={"currency": session.currency})),
        **_pair_context(session, stream),
        **_balance_context(session),
        **_pending_context(session),
    }


def _pair_context(session: SessionRow, stream: StreamSummary | None) -> dict[str, Any]:
    """Which stream the account plays now, and how this one ended where it is another."""
    in_use = streams.find_by_pair(session.pair_hash, session.pair_client_seed) if session.pair_hash else None
    is_current = stream is None or (stream.server_seed_hashed, stream.client_seed) == (
        session.pair_hash,
        session.pair_client_seed,
    )
    told = queries.rotations(stream_id=stream.id, pair_hash=stream.server_seed_hashed) if stream else ()
    return {
        "in_use": in_use,
        "is_current": is_current,
        "ended_by": next((row for row in told if stream and row.old_hash == stream.server_seed_hashed), None),
        "came_from": next((row for row in told if stream and row.new_hash == stream.server_seed_hashed), None),
    }


def _balance_context(session: SessionRow) -> dict[str, Any]:
    rows = queries.balances(session.account_key) if session.account_key else ()
    history = queries.balance_history(session.account_key, session.currency, limit=60) if rows else ()
    return {"session": session, "balances": rows, "spark": pages.spark(history)}


def _card_context(
    request: PersonRequest, session: SessionRow, stream: StreamSummary | None, form: forms.BetForm, **more: Any
) -> dict[str, Any]:
    scopes = request.user.scopes()
    order = (form if form.is_bound else form.filled()).order()
    return {
        "session": session,
        "stream": stream,
        "form": form,
        "first_games": pages.first_games(),
        "other_games": pages.other_games(),
        "figures": None if order is None else pages.figures(order),
        "amount": None if order is None else order.amount,
        "can_bet": "bet" in scopes,
        "can_keep": "sessions" in scopes,
        **more,
    }


@page(scope="read")
def options(request: PersonRequest) -> HttpResponse:
    """The options of a game, and the figures of its first bet, for the bet card."""
    session = find_session(request.GET.get("session", ""))
    game = forms.GameForm(request.GET).chosen()
    typed = {name: request.GET.get(name, "")[:60] for name in ("amount", "currency") if request.GET.get(name)}
    form = forms.BetForm(game, first={"currency": session.currency, **typed})
    return render(request, "stake/_bet_options.html", _card_context(request, session, None, form, swapped=True))


@page(scope="read")
def prospects(request: PersonRequest) -> HttpResponse:
    """What the bet in the card promises."""
    session = find_session(request.GET.get("session", ""))
    # What has no place in an address is not asked for here; the form needs it all the same.
    data = {**request.GET.dict(), "client_ref": "none"}
    form = forms.BetForm(forms.GameForm(request.GET).chosen(), data, first={})
    return render(request, "stake/_figures.html", _card_context(request, session, None, form, swapped=True))


# --- Placing a bet --------------------------------------------------------------------------------------


@never_cache
@vary_on_headers("HX-Request")
@page(scope="bet", methods=("GET", "HEAD", "POST"))
def bet(request: PersonRequest, session_id: str) -> HttpResponse:
    """Bet with a session. A POST places the bet in the form, or (`action=options`) shows another game's options."""
    session = find_session(session_id)
    stream = find_stream(request.GET.get("stream", ""))
    if request.method != "POST":
        return render(request, "stake/bet.html", _panel_context(request, session, stream))
    game = forms.GameForm(request.POST).chosen()
    shown = request.POST.get("options_of", game.slug)
    if request.POST.get("action") == "options" or shown != game.slug:
        typed = {name: request.POST.get(name, "")[:100] for name in ("amount", "currency", "client_ref")}
        form = forms.BetForm(game, first=typed)
        if request.POST.get("action") == "options":
            return _card(request, session, stream, form)
        # Pressed before the chosen game's options had come: what was typed was meant for another game.
        refused = f"Nothing was bet: the options shown were of another game. These are those of {game.title}."
        return _card(request, session, stream, form, status=409, refused=refused)
    form = forms.BetForm(game, request.POST, first={})
    order = form.order()
    if order is None:
        return _card(request, session, stream, form, status=422)
    wanted = betting.Wanted(
        session_id=session.id,
        order=order,
        client_ref=form.cleaned_data["client_ref"],
        confirmed=request.POST.get("confirmed") == "1",
    )
    try:
        placed = betting.place(wanted, by=by(request), now=timezone.now)
    except guard.NeedsConfirmation as error:
        return _card(request, session, stream, form, status=409, confirm=error.message)
    except refusals.ClientRefReused:
        return _asked_before(request, session, stream, form)
    except TOLD as error:
        return _card(request, session, stream, form, status=blame(form, error))
    return _outcome(request, session, stream, form, queries.intent_row(placed))


def _asked_before(
    request: PersonRequest, session: SessionRow, stream: StreamSummary | None, form: forms.BetForm
) -> HttpResponse:
    """The press before was another bet, whose answer got lost on the way here."""
    message = "The bet before was asked for already; see below what became of it. Press again to place this one."
    return _card(request, session, stream, form.again(), status=409, refused=message)


def _outcome(
    request: PersonRequest, session: SessionRow, stream: StreamSummary | None, form: forms.BetForm, row: IntentRow
) -> HttpResponse:
    if row.is_pending:
        reconcile_soon(session.id)
    if not is_htmx(request):
        if row.state == "recorded" and row.stream_id is not None:
            messages.success(request, f"Placed: {pages.outcome_sentence(row)}")
            return redirect("stream", row.stream_id)
        if row.is_pending:
            messages.warning(request, "The bet was sent; what became of it is not known yet and is being looked up.")
            return redirect("stake_bet", session.id)
    more: dict[str, Any] = {"outcome": row}
    if row.state == "dry_run":
        more["request_sent"] = pages.request_of(row)
    response = _card(request, find_session(str(session.id)), stream, form.again(), **more)
    if row.state == "recorded":
        response["HX-Trigger"] = POLL_NOW
    return response


def _card(
    request: PersonRequest,
    session: SessionRow,
    stream: StreamSummary | None,
    form: forms.BetForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The card as it is now: alone with the pending bets for htmx, else on its page."""
    if is_htmx(request):
        context = _card_context(request, session, stream, form, **more)
        context |= _pending_context(session)
        return render(request, "stake/_bet_answer.html", context, status=status)
    context = {**_panel_context(request, session, stream), **_card_context(request, session, stream, form, **more)}
    return render(request, "stake/bet.html", context, status=status)


@page(scope="read")
def pending(request: PersonRequest) -> HttpResponse:
    """What became of the bets that are waited for; asked again while any is not decided."""
    session = find_session(request.GET.get("session", ""))
    stream = find_stream(request.GET.get("stream", ""))
    still = queries.intents(session_id=session.id, pending=True, limit=PENDING_SHOWN)
    if still and "bet" in request.user.scopes():
        reconcile_soon(session.id)
    ids = {row.id for row in still}
    decided = [row for row in _watched(request.GET.get("watch", "")) if row.id not in ids]
    context = {"session": session, "stream": stream, "lines": [*still, *decided], "watch": _names(still)}
    response = render(request, "stake/_pending.html", context)
    if any(row.state == "recorded" for row in decided):
        response["HX-Trigger"] = POLL_NOW
    return response


def _pending_context(session: SessionRow) -> dict[str, Any]:
    """The bets that are not decided, and their names for the next look; without any, nothing is asked again."""
    rows = queries.intents(session_id=session.id, pending=True, limit=PENDING_SHOWN)
    return {"lines": rows, "watch": _names(rows)}


def _names(rows: Sequence[IntentRow]) -> str:
    return ",".join(str(row.id) for row in rows)


def _watched(text: str) -> list[IntentRow]:
    found = []
    for name in text.split(",")[:PENDING_SHOWN]:
        try:
            row = queries.intent(UUID(name))
        except ValueError:
            continue
        if row is not None:
            found.append(row)
    return found


# --- Balances --------------------------------------------------------------------------------------------


@vary_on_headers("HX-Request")
@page(scope="bet", methods=("POST",))
def refresh_balances(request: PersonRequest, session_id: str) -> HttpResponse:
    """Ask the venue what the account has now."""
    session = find_session(session_id)
    refused = ""
    try:
        balances.refresh(session_id=session.id, now=timezone.now)
    except TOLD as error:
        refused = refusal(error).message
    if is_htmx(request):
        context = {**_balance_context(session), "can_bet": True, "balance_refused": refused}
        return render(request, "stake/_balances.html", context)
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, "The balances are those of now.")
    return redirect("stake_session", session.id)
