"""Adjustments: corrections that one person asks for, and another approves or refuses."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.http import PersonRequest
from accounts.pages import page
from ledger import acting_queries, adjustments, page_queries, queries
from ledger.adjustments import AdjustmentRefused, Caller, NotPosted
from ledger.forms import AdjustmentsForm, AskForm, read_amount
from ledger.views.common import by, may
from ledger.wire import sentence


@page(scope="read", methods=("GET", "HEAD", "POST"))
def overview(request: PersonRequest) -> HttpResponse:
    """What waits, what was decided, and a form to ask; a POST asks."""
    if request.method == "POST":
        return _ask(request)
    wallet = request.GET.get("wallet", "")
    return _overview(request, AskForm(wallet=wallet if wallet.isascii() and wallet.isdigit() else ""))


@page(scope="ledger", methods=("POST",))
def _ask(request: PersonRequest) -> HttpResponse:
    form = AskForm(request.POST)
    if not form.is_valid():
        return _overview(request, form, status=422)
    try:
        wallet = queries.find_wallet(form.cleaned_data["wallet"])
    except queries.NoSuchWallet as error:
        form.blame("wallet", str(error))
        return _overview(request, form, status=422)
    amount = read_amount(form, "amount", wallet.currency, signed=True)
    if amount == 0:
        form.blame("amount", "Amount must be above or below 0.")
    if amount is None or form.errors:
        return _overview(request, form, status=422)
    try:
        adjustments.ask(
            client_id=form.cleaned_data["client_id"],
            wallet_id=wallet.id,
            amount=amount,
            reason=form.cleaned_data["reason"],
            caller=_caller(request),
            at=timezone.now(),
        )
    except AdjustmentRefused as refusal:
        form.blame("wallet" if isinstance(refusal, adjustments.NotAdjustable) else "", str(refusal))
        return _overview(request, form, status=422)
    messages.success(request, "Asked. It waits for a second person.")
    return redirect("ledger_adjustments")


@page(scope="admin", methods=("POST",))
def approve(request: PersonRequest, adjustment_id: str) -> HttpResponse:
    """Post it."""
    found = _find(adjustment_id)
    try:
        adjustments.approve(adjustment_id=found.id, caller=_caller(request), at=timezone.now())
    except NotPosted as refusal:
        messages.error(request, f"It is not posted, and still waits. {sentence(refusal.answer, found.currency)}")
    except AdjustmentRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Approved and posted.")
    return redirect("ledger_adjustments")


@page(scope="admin", methods=("POST",))
def refuse(request: PersonRequest, adjustment_id: str) -> HttpResponse:
    """It is never posted."""
    found = _find(adjustment_id)
    try:
        adjustments.refuse(adjustment_id=found.id, caller=_caller(request), at=timezone.now())
    except AdjustmentRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Refused. It will not be posted.")
    return redirect("ledger_adjustments")


def _caller(request: PersonRequest) -> Caller:
    return Caller(by(request), request.user.get_username())


def _find(adjustment_id: str) -> queries.Adjustment:
    try:
        return queries.find_adjustment(UUID(adjustment_id))
    except (ValueError, queries.NoSuchAdjustment) as error:
        raise Http404("There is no such adjustment.") from error


def _overview(request: PersonRequest, form: AskForm, *, status: int = 200) -> HttpResponse:
    place = AdjustmentsForm(request.GET)
    sentences = place.sentences()
    try:
        found = queries.adjustments(after=place.given("after"), limit=page_queries.ROWS)
    except queries.NoSuchAdjustment as error:
        found, sentences = queries.adjustments(limit=page_queries.ROWS), [f"after: {error}"]
    context = {
        "form": form,
        "waiting": acting_queries.waiting(_caller(request)),
        "adjustments": found.adjustments,
        "older_query": place.query(after=found.next_after) if found.next_after else "",
        "detached": place.given("after") is not None and not sentences,
        "sentences": sentences,
        **may(request),
    }
    return render(request, "ledger/adjustments.html", context, status=status)
