"""What the views share: who may see and do what, finding what an address names, and answering in part."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, Final, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

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

P = ParamSpec("P")
View = Callable[Concatenate[PersonRequest, P], HttpResponse]


def page(*, scope: str, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View[P]], View[P]]:
    """A view for people who have `scope`; others get the page that says so."""

    def decorate(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def checked(request: PersonRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if scope not in request.user.scopes():
                raise PermissionDenied(f"This needs the permission “{scope}”.")
            return view(request, *args, **kwargs)

        return require_http_methods(methods)(checked)

    return decorate


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
