"""What the views share: who may do what, finding what an address names, and answering in part."""

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from accounts import switches
from accounts.audit import By
from accounts.http import PersonRequest
from ledger import acting_queries, queries
from ledger.acting_queries import SwitchLine
from ledger.queries import Wallet

# What the engine obeys, by what people call it.
SWITCHES: Final = {
    switches.WAGERS_PAUSED: "Wagers",
    switches.DEPOSITS_PAUSED: "Deposits",
    switches.WITHDRAWALS_PAUSED: "Withdrawals",
}


def may(request: PersonRequest) -> dict[str, bool]:
    """What the person may do here, for the buttons: move money, and decide."""
    scopes = request.user.scopes()
    return {"can_move": "ledger" in scopes, "can_decide": "admin" in scopes}


def by(request: PersonRequest) -> By:
    """Who asks, for the audit rows."""
    return By.of_user(request.user)


def paused() -> list[tuple[str, SwitchLine]]:
    """What is paused now, by what people call it."""
    return [(SWITCHES[line.name], line) for line in acting_queries.switches(SWITCHES) if line.on]


def find_wallet(wallet_id: int) -> Wallet:
    """The wallet that an address names."""
    try:
        return queries.find_wallet(wallet_id)
    except queries.NoSuchWallet as error:
        raise Http404(str(error)) from error


def in_part(request: HttpRequest, template: str, context: dict[str, Any], *, fragment: str) -> HttpResponse:
    """The page, or for htmx its fragment, under one address."""
    response = render(request, fragment if is_htmx(request) else template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a page is asked for."""
    return request.headers.get("HX-Request") == "true"
