"""The first page of `stake`: sessions, what is not decided, the last bets; trying it out, and the kill switch."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import switches
from accounts.http import PersonRequest
from accounts.pages import page
from stake import forms, page_queries, pages, queries, refusals
from stake.services import balances as balances_service
from stake.services import history, reconcile, simulator
from stake.tasks import reconcile_soon
from stake.views.common import TOLD, blame, by, done_or_told, find_session, find_stream, refusal

INTENTS_SHOWN = 15


@page(scope="read")
def overview(request: PersonRequest) -> HttpResponse:
    """All sessions; without one, the two ways to get one."""
    at = timezone.now()
    context = {
        "sessions": queries.sessions(at=at),
        "pending": queries.intents(pending=True),
        "rotations": page_queries.open_rotations(),
        "deposits": page_queries.open_deposits(),
        "intents": queries.intents(limit=INTENTS_SHOWN),
        "pauses": [pause for pause in queries.pauses(at=at) if pause.session_id is None],
        **_may(request),
    }
    return render(request, "stake/overview.html", context)


def _may(request: PersonRequest) -> dict[str, bool]:
    scopes = request.user.scopes()
    return {"can_bet": "bet" in scopes, "can_keep": "sessions" in scopes}


# --- Trying it out ------------------------------------------------------------------------------------


@page(scope="read")
def offer(request: PersonRequest) -> HttpResponse:
    """What the first page of streams offers, for who may do it."""
    return render(request, "stake/_offer.html", {"may_try": _may_try(request)})


def _may_try(request: PersonRequest) -> bool:
    return {"bet", "sessions"} <= request.user.scopes()


@page(scope="bet", methods=("POST",))
def try_it(request: PersonRequest) -> HttpResponse:
    """Start the simulator, store a session with it, place a bet, and show its stream."""
    if not _may_try(request):
        messages.error(request, "Trying it stores a session; that needs the permission “sessions”.")
        return redirect("stake")
    try:
        tried = simulator.try_it(by=by(request), now=timezone.now)
    except TOLD as error:
        messages.error(request, refusal(error).message)
        return redirect("stake")
    row = queries.intent_row(tried.intent)
    if row.stream_id is not None:
        messages.success(
            request, "This is a simulation: play money, but really fair outcomes. Your first bet is below; place more."
        )
        return redirect("stream", row.stream_id)
    if row.is_pending:
        reconcile_soon(row.session_id)
        messages.warning(request, "The simulated bet was sent; what became of it is being looked up.")
    else:
        messages.error(request, f"The simulator did not take the bet: {row.error}")
    return redirect("stake")


# --- What is not decided --------------------------------------------------------------------------------


@page(scope="bet", methods=("POST",))
def look_again(request: PersonRequest, session_id: str) -> HttpResponse:
    """Look into everything of a session that is not decided."""
    session = find_session(session_id)

    def look() -> str:
        if reconcile.session(session.id, now=timezone.now):
            return f"Everything of “{session.label}” is known now."
        reconcile_soon(session.id)
        return f"Not everything of “{session.label}” is known yet. StakePro goes on looking by itself."

    return done_or_told(request, look, back="stake")


@page(scope="read")
def intent(request: PersonRequest, intent_id: str) -> HttpResponse:
    """Everything that is known of a bet that was asked for."""
    return _intent(request, intent_id, forms.DecideForm())


@page(scope="bet", methods=("POST",))
def decide(request: PersonRequest, intent_id: str) -> HttpResponse:
    """A person says which bet of the venue it was, or that it was not placed."""
    row = _find_intent(intent_id)
    form = forms.DecideForm(request.POST)
    if not form.is_valid():
        return _intent(request, intent_id, form, status=422)
    bet_id = None
    if form.cleaned_data["not_placed"]:
        if not form.cleaned_data["looked"]:
            form.add_error("looked", "Tick this once you have looked.")
    else:
        bet_id = _bet_named(form)
    if form.errors:
        return _intent(request, intent_id, form, status=422)
    try:
        decided = reconcile.decide(row.id, bet_id=bet_id, by=by(request), now=timezone.now)
    except TOLD as error:
        status = blame(form, error)
        return _intent(request, intent_id, form, status=status)
    if queries.intent_row(decided).is_pending:
        reconcile_soon(row.session_id)
    messages.success(request, "Noted. The session may place bets again.")
    return redirect("stake_intent", row.id)


def _bet_named(form: forms.DecideForm) -> str | None:
    """The UUID that was entered, alone or in a link; None, and the field says so, where there is none."""
    try:
        bet_id = history.read_name(form.cleaned_data["bet_id"]).bet_id
    except refusals.InvalidInput:
        bet_id = None
    if bet_id is None:
        form.add_error("bet_id", "The bet's id must be its UUID, or the venue's link to it.")
    return bet_id


def _find_intent(intent_id: str) -> queries.IntentRow:
    try:
        row = queries.intent(UUID(intent_id))
    except ValueError:
        row = None
    if row is None:
        raise Http404("There is no such bet.")
    return row


def _intent(request: PersonRequest, intent_id: str, form: forms.DecideForm, *, status: int = 200) -> HttpResponse:
    row = _find_intent(intent_id)
    stream = find_stream(str(row.stream_id)) if row.stream_id else None
    context = {"intent": row, "stream": stream, "form": form, "request_sent": pages.request_of(row), **_may(request)}
    return render(request, "stake/intent.html", context, status=status)


@page(scope="bet", methods=("POST",))
def decide_deposit(request: PersonRequest, deposit_id: str) -> HttpResponse:
    """A person says whether a move into the vault was made."""
    try:
        key = UUID(deposit_id)
    except ValueError:
        raise Http404("There is no such move into the vault.") from None

    def say() -> str:
        balances_service.decide(deposit_id=key, done=request.POST.get("done") == "1", by=by(request), at=timezone.now())
        return "Noted. The session may place bets again."

    return done_or_told(request, say, back="stake")


# --- The kill switch --------------------------------------------------------------------------------------


@page(scope="bet", methods=("POST",))
def stop_betting(request: PersonRequest) -> HttpResponse:
    """Stop all betting at once, or allow it again; back to the page where it was pressed."""
    form = forms.NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Press “Stop betting” or “Allow betting” once more: that form was not complete.")
        return redirect("stake")
    stopped = form.cleaned_data["stopped"]
    switches.turn(switches.BETTING_STOPPED, stopped, by=by(request), at=timezone.now(), reason="page header")
    if not stopped:
        messages.success(request, "Betting is allowed again.")
    back = form.cleaned_data["next"]
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = "stake"
    return redirect(back)
