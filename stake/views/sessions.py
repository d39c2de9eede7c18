"""Sessions with the venue: one page each, storing and changing them, their limits, pauses and money."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.http import PersonRequest
from accounts.pages import page
from stake import forms, queries
from stake.queries import SessionRow
from stake.services import balances, history, limits, sessions
from stake.tasks import reconcile_soon
from stake.views.common import TOLD, blame, by, done_or_told, find_session
from streams import queries as streams

ROTATIONS_SHOWN = 20
POSTABLE = ("GET", "HEAD", "POST")


# --- Storing and changing ------------------------------------------------------------------------------


@never_cache  # A secret is typed here.
@page(scope="sessions", methods=POSTABLE)
def new(request: PersonRequest) -> HttpResponse:
    """Store a session, once the venue knows its token."""
    form = forms.SessionForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "stake/session_form.html", {"form": form})
    status = 422
    if form.is_valid():
        try:
            stored = sessions.store(form.entered(), by=by(request), now=timezone.now)
        except TOLD as error:
            status = blame(form, error)
        else:
            messages.success(request, "The venue knows this token. Set limits, then the session can go live.")
            return redirect("stake_session", stored.pk)
    return render(request, "stake/session_form.html", {"form": form}, status=status)


@never_cache
@page(scope="sessions", methods=POSTABLE)
def edit(request: PersonRequest, session_id: str) -> HttpResponse:
    """Change a session; secrets that are left empty stay."""
    session = find_session(session_id)
    form = forms.SessionForm(request.POST if request.method == "POST" else None, session=session)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                sessions.change(session.id, form.entered(), by=by(request), now=timezone.now)
            except TOLD as error:
                status = blame(form, error)
            else:
                messages.success(request, "The session is changed.")
                return redirect("stake_session", session.id)
    return render(request, "stake/session_form.html", {"form": form, "session": session}, status=status)


@page(scope="sessions", methods=POSTABLE)
def remove(request: PersonRequest, session_id: str) -> HttpResponse:
    """Remove a session and its secrets; its history stays."""
    session = find_session(session_id)
    if request.method != "POST":
        return render(request, "stake/session_remove.html", {"session": session})

    def gone() -> str:
        sessions.remove(session.id, by=by(request), at=timezone.now())
        return f"“{session.label}” and its secrets are removed. Its bets stay in their streams."

    return done_or_told(request, gone, back="stake")


@page(scope="sessions", methods=("POST",))
def verify(request: PersonRequest, session_id: str) -> HttpResponse:
    """Ask the venue whose session it is, what it has and which pair it plays."""
    session = find_session(session_id)

    def asked() -> str:
        found = sessions.verify(session.id, by=by(request), now=timezone.now)
        return f"The venue knows this session; its account is {found.account_name or found.account_ref}."

    return done_or_told(request, asked, back="stake_session", session_id=session.id)


@page(scope="sessions", methods=("POST",))
def live(request: PersonRequest, session_id: str) -> HttpResponse:
    """Go live, or back to dry run."""
    session = find_session(session_id)
    wanted = request.POST.get("live") == "1"

    def switched() -> str:
        sessions.set_live(session.id, live=wanted, by=by(request), at=timezone.now())
        if not wanted:
            return f"“{session.label}” is back in dry run: bets are checked and shown, and not sent."
        money = "play money" if session.simulated else "real money"
        return f"“{session.label}” is live: from now on its bets are sent, with {money}."

    return done_or_told(request, switched, back="stake_session", session_id=session.id)


Again = Callable[..., HttpResponse]  # the page with a form that was refused


# --- One session ------------------------------------------------------------------------------------------


@page(scope="read")
def detail(request: PersonRequest, session_id: str) -> HttpResponse:
    """Everything of one session but its secrets."""
    return _detail(request, find_session(session_id))


def _detail(request: PersonRequest, session: SessionRow, *, status: int = 200, **forms_given: Any) -> HttpResponse:
    at = timezone.now()
    scopes = request.user.scopes()
    context = {
        "session": session,
        "stream": streams.find_by_pair(session.pair_hash, session.pair_client_seed) if session.pair_hash else None,
        "balances": queries.balances(session.account_key) if session.account_key else (),
        "rotations": queries.rotations(session_id=session.id, limit=ROTATIONS_SHOWN),
        "deposits": queries.deposits(session_id=session.id),
        "deposit_form": forms.DepositForm(currency=session.currency),
        "import_form": forms.ImportForm(),
        "can_bet": "bet" in scopes,
        "can_keep": "sessions" in scopes,
        **_limits_context(session, at=at),
        **forms_given,
    }
    return render(request, "stake/session.html", context, status=status)


def _detail_again(request: PersonRequest, session: SessionRow, status: int, **given: Any) -> HttpResponse:
    return _detail(request, session, status=status, **given)


def _limits_context(session: SessionRow | None, *, at: Any) -> dict[str, Any]:
    rows = queries.limits(session.id if session else None)
    have = {row.currency for row in rows}
    wanted = session.currency if session and session.currency not in have else ""
    pauses = queries.pauses(at=at, session_id=session.id if session else None)
    return {
        "limits": [forms.LimitsForm(row=row) for row in rows],
        "new_limits": forms.LimitsForm(currency=wanted),
        "pauses": [pause for pause in pauses if session or pause.session_id is None],
        "pause_form": forms.PauseForm(),
    }


@page(scope="sessions", methods=("POST",))
def set_limits(request: PersonRequest, session_id: str) -> HttpResponse:
    """Set the limits of one currency of a session."""
    session = find_session(session_id)
    return _set_limits(request, session, partial(_detail_again, request, session)) or redirect(
        "stake_session", session.id
    )


def _set_limits(request: PersonRequest, session: SessionRow | None, again: Again) -> HttpResponse | None:
    """None once they are set; else the page again, with what was typed."""
    session_id = session.id if session else None
    rows = {row.currency: row for row in queries.limits(session_id)}
    row = rows.get(request.POST.get("currency", "").strip().lower())
    form = forms.LimitsForm(request.POST, row=row)
    status = 422
    if form.is_valid():
        try:
            limits.set_limits(
                session_id=session_id,
                currency=form.cleaned_data["currency"].lower(),
                values=form.values(),
                by=by(request),
                at=timezone.now(),
                count_anew=form.cleaned_data["count_anew"],
            )
        except TOLD as error:
            status = blame(form, error)
        else:
            messages.success(request, f"The limits for {form.cleaned_data['currency'].lower()} are set.")
            return None
    shown = [form if each is row else forms.LimitsForm(row=each) for each in rows.values()]
    given: dict[str, Any] = {"limits": shown} if row else {"new_limits": form}
    return again(status, **given)


@page(scope="bet", methods=("POST",))
def begin_pause(request: PersonRequest, session_id: str) -> HttpResponse:
    """Begin a time without bets of a session."""
    session = find_session(session_id)
    return _begin_pause(request, session, partial(_detail_again, request, session)) or redirect(
        "stake_session", session.id
    )


def _begin_pause(request: PersonRequest, session: SessionRow | None, again: Again) -> HttpResponse | None:
    form = forms.PauseForm(request.POST)
    status = 422
    if form.is_valid():
        at = timezone.now()
        try:
            limits.begin_pause(
                session_id=session.id if session else None,
                kind=form.cleaned_data["kind"],
                ends_at=form.ends_at(at),
                by=by(request),
                at=at,
            )
        except TOLD as error:
            status = blame(form, error)
        else:
            messages.success(request, "The pause has begun. It cannot be shortened.")
            return None
    return again(status, pause_form=form)


@page(scope="bet", methods=("POST",))
def deposit(request: PersonRequest, session_id: str) -> HttpResponse:
    """Move money into the venue's vault, once."""
    session = find_session(session_id)
    form = forms.DepositForm(request.POST, currency=session.currency)
    if not form.is_valid():
        return _detail(request, session, status=422, deposit_form=form)
    try:
        moved = balances.move_to_vault(
            session_id=session.id,
            currency=form.cleaned_data["currency"].lower(),
            amount=form.cleaned_data["amount"],
            client_ref=form.cleaned_data["client_ref"],
            by=by(request),
            now=timezone.now,
        )
    except TOLD as error:
        return _detail(request, session, status=blame(form, error), deposit_form=form)
    row = queries.deposit_row(moved)
    if row.state == "done":
        messages.success(request, "The money is in the vault. Getting it out needs the venue's own page.")
    elif row.state == "not_done":
        messages.error(request, f"Nothing was moved: {row.error}")
    else:
        reconcile_soon(session.id)
        messages.warning(request, "It is not known yet whether the money was moved. StakePro looks it up by itself.")
    return redirect("stake_session", session.id)


@page(scope="bet", methods=("POST",))
def import_history(request: PersonRequest, session_id: str) -> HttpResponse:
    """Bring the account's newest bets into their streams."""
    session = find_session(session_id)
    form = forms.ImportForm(request.POST)
    if not form.is_valid():
        return _detail(request, session, status=422, import_form=form)

    def read() -> str:
        found = history.import_history(session_id=session.id, pages=form.cleaned_data["pages"], now=timezone.now)
        parts = [f"{found.seen:,} bets read: {found.new:,} new, {found.known:,} known already"]
        if found.conflicts:
            parts.append(f"{found.conflicts:,} contradict what is stored")
        if found.left_out:
            parts.append(f"{found.left_out:,} left out (not over, without seeds, or of other providers)")
        return f"{', '.join(parts)}. {'' if found.whole else 'There are older ones.'}".strip()

    return done_or_told(request, read, back="stake_session", session_id=session.id)


# --- Limits and pauses of everything ------------------------------------------------------------------------


@page(scope="read")
def all_limits(request: PersonRequest) -> HttpResponse:
    """Limits of all real accounts together, and pauses of all betting."""
    return _all_limits(request)


def _all_limits(request: PersonRequest, status: int = 200, **given: Any) -> HttpResponse:
    scopes = request.user.scopes()
    may = {"can_bet": "bet" in scopes, "can_keep": "sessions" in scopes}
    context = {**_limits_context(None, at=timezone.now()), **may, **given}
    return render(request, "stake/limits.html", context, status=status)


@page(scope="sessions", methods=("POST",))
def set_all_limits(request: PersonRequest) -> HttpResponse:
    """Set the limits of one currency for all real accounts together."""
    return _set_limits(request, None, partial(_all_limits, request)) or redirect("stake_limits")


@page(scope="bet", methods=("POST",))
def begin_pause_of_all(request: PersonRequest) -> HttpResponse:
    """Begin a time without bets at all."""
    return _begin_pause(request, None, partial(_all_limits, request)) or redirect("stake_limits")
