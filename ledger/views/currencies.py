"""The currencies of the ledger: their decimals, and what one operation may move."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.audit import By
from accounts.http import PersonRequest
from accounts.pages import page
from ledger import queries, services
from ledger.forms import CurrencyForm
from ledger.views.common import may


@page(scope="read")
def overview(request: PersonRequest) -> HttpResponse:
    """Every currency with its limits, and a form for another."""
    return _overview(request)


@page(scope="admin", methods=("POST",))
def add(request: PersonRequest) -> HttpResponse:
    """Add a currency with the wallets of its house and its world."""
    form = CurrencyForm(request.POST)
    wanted = form.wanted() if form.is_valid() else None
    if wanted is not None and queries.find_currency(wanted.code) is not None:
        form.blame("code", f"{wanted.code} is there already; its limits are changed below it.")
        wanted = None
    if wanted is None:
        return _overview(request, form=form)
    services.add_currency(wanted, by=By.of_user(request.user), at=timezone.now())
    messages.success(request, f"{wanted.code} is there. Open a wallet in it, and money can move.")
    return redirect("ledger_currencies")


@page(scope="admin", methods=("POST",))
def change(request: PersonRequest, code: str) -> HttpResponse:
    """Change what one operation may move in a currency."""
    found = next((each for each in queries.currencies() if each.code == code), None)
    if found is None:
        raise Http404("There is no such currency.")
    form = CurrencyForm(request.POST, currency=found)
    wanted = form.wanted() if form.is_valid() else None
    if wanted is None:
        return _overview(request, form=form, code=code)
    services.add_currency(wanted, by=By.of_user(request.user), at=timezone.now())
    messages.success(request, f"The limits of {code} are changed; they hold within a second.")
    return redirect("ledger_currencies")


def _overview(request: PersonRequest, *, form: CurrencyForm | None = None, code: str = "") -> HttpResponse:
    lines = [
        (each, form if form and each.code == code else CurrencyForm(currency=each)) for each in queries.currencies()
    ]
    context = {"currencies": lines, "form": form if form and not code else CurrencyForm(), **may(request)}
    return render(request, "ledger/currencies.html", context, status=422 if form is not None else 200)
