"""The overview of the ledger, and the wallets: what they have, what is held of them, and their statements."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.http import PersonRequest
from accounts.pages import page
from ledger import checks, forms, page_queries, queries
from ledger.forms import BalanceForm, StatementForm
from ledger.queries import Wallet
from ledger.views.common import find_wallet, may, paused

JOURNALS_SHOWN = 8


@page(scope="read")
def home(request: PersonRequest) -> HttpResponse:
    """The address without its last stroke."""
    return redirect("ledger")


@page(scope="read")
def overview(request: PersonRequest) -> HttpResponse:
    """What everybody has together, the wallets, the newest journals, and whether all of it adds up."""
    currencies = queries.currencies()
    form = forms.WalletFilterForm(request.GET, currencies=currencies)
    found = page_queries.wallets(form.wanted(), before=form.given("before"))
    context = {
        "form": form,
        "wallets": found.rows,
        "older_query": form.query(before=found.next_before) if found.next_before else "",
        "top_query": form.query(before=None),
        "detached": form.given("before") is not None,
        "totals": page_queries.totals(),
        "has_people": page_queries.has_people(),
        "journals": page_queries.journals(limit=JOURNALS_SHOWN).rows,
        "paused": paused(),
        "health": checks.health(at=timezone.now()),
        **may(request),
    }
    return render(request, "ledger/overview.html", context)


# --- One wallet -------------------------------------------------------------------------------------


@page(scope="read")
def wallet(request: PersonRequest, wallet_id: int) -> HttpResponse:
    """What a wallet has, what is held of it, and its entries with what it had after each."""
    # Read before its entries: what is committed in between is brought by the first poll.
    found = find_wallet(wallet_id)
    asked = BalanceForm(request.GET)
    form = StatementForm(request.GET)
    context = {
        **_older(found, form),
        "form": form,
        "asked": asked,
        "then": _balance_then(found, asked),
        "holds": page_queries.open_holds(found),
        "detached": form.given("before") is not None,
        "tail_href": _tail_href(found, form, since=found.version),
        "top_query": form.query(before=None, since=None),
        "paused": paused(),
        **may(request),
    }
    return render(request, "ledger/wallet.html", context)


@page(scope="read")
def older_entries(request: PersonRequest, wallet_id: int) -> HttpResponse:
    """The entries below a version, for the end of the list."""
    context = _older(find_wallet(wallet_id), StatementForm(request.GET))
    return render(request, "ledger/_older_entries.html", context)


@page(scope="read")
def new_entries(request: PersonRequest, wallet_id: int) -> HttpResponse:
    """The entries behind a version, for the top of the list, with the balance; 204 where there are none."""
    found = find_wallet(wallet_id)
    form = StatementForm(request.GET)
    since = form.given("since")
    if since is None or since >= found.version:
        return HttpResponse(status=204)
    new = page_queries.entries_since(found, since=since, kind=form.given("kind"))
    context = {
        "wallet": found,
        "entries": new.rows,
        "has_newer": new.more,
        "holds": page_queries.open_holds(found),
        "tail_href": _tail_href(found, form, since=new.last_version),
    }
    return render(request, "ledger/_new_entries.html", context)


def _older(found: Wallet, form: StatementForm) -> dict[str, Any]:
    before = form.given("before")
    entries = page_queries.statement(
        found.id, kind=form.given("kind"), before=found.version + 1 if before is None else before
    )
    query = form.query(before=entries.next_before, since=None) if entries.next_before else ""
    return {
        "wallet": found,
        "entries": entries.rows,
        "older_href": reverse("ledger_wallet", args=[found.id]) + query if query else "",
        "older_rows_href": reverse("ledger_older", args=[found.id]) + query if query else "",
    }


def _tail_href(found: Wallet, form: StatementForm, *, since: int) -> str:
    return reverse("ledger_new", args=[found.id]) + form.query(before=None, since=since)


def _balance_then(found: Wallet, asked: BalanceForm) -> queries.Balance | None:
    version, at = asked.given("version"), asked.given("at")
    if not asked.is_valid() or not asked.asked:
        return None
    if at is not None:
        return queries.balance_at_time(found, at)
    try:
        return queries.balance_at_version(found, version)
    except queries.NoSuchVersion as error:
        asked.add_error("version", str(error))
        return None
