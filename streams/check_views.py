"""The Verify page: one round of any game recomputed, or a stored bet found by its id and verified."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts.http import PersonRequest
from accounts.pages import page
from fairness.games import registry
from streams import check_forms as forms
from streams import steps
from streams.verification import one

# The recorded pair and its best-known round; seeds that everybody may see.
EXAMPLE = {
    "server_seed": "564e967b90f03d0153fdcb2d2d1cc5a5057e0df78163611fe3801d6498e681ca",
    "client_seed": "zXv1upuFns",
    "nonce": "5663",
    "option_difficulty": "expert",
}


@never_cache  # Seeds are shown as they were typed.
@page(scope="read", methods=("GET", "HEAD", "POST"))
def check(request: PersonRequest) -> HttpResponse:
    """Ask for a round by POST, so that no seed is ever in an address."""
    game = forms.GameForm(request.POST or request.GET).chosen()
    match request.POST.get("action") if request.method == "POST" else None:
        case None:
            return _render(request, forms.RoundForm(game))
        case "options":
            # Without scripts this brings the fields of the chosen game; what was typed stays.
            return _render(request, forms.RoundForm(game, None, **_typed(request)))
        case "example":
            return _answer(request, forms.RoundForm(registry.game("pump"), EXAMPLE))
        case "bet":
            return _answer_bet(request, forms.RoundForm(game))
    return _answer(request, forms.RoundForm(game, request.POST))


@page(scope="read")
def check_options(request: PersonRequest) -> HttpResponse:
    """The options of a game, for the form."""
    form = forms.RoundForm(forms.GameForm(request.GET).chosen())
    return render(request, "streams/_verify_options.html", {"form": form})


def _typed(request: PersonRequest) -> dict[str, str]:
    names = (*forms.PAIR_FIELDS, *forms.CHAIN_FIELDS)
    return {name: request.POST.get(name, "")[: forms.TEXT_MAX] for name in names}


def _answer(request: PersonRequest, form: forms.RoundForm) -> HttpResponse:
    explained = form.explained()
    if explained is None:
        return _render(request, form, status=422)
    return _render(request, form, steps=steps.as_picture(explained))


def _answer_bet(request: PersonRequest, form: forms.RoundForm) -> HttpResponse:
    asked = forms.BetIdForm(request.POST)
    if not asked.is_valid():
        return _render(request, form, status=422, bet_form=asked)
    found = one.check_bets(asked.cleaned_data["bet_id"])
    shown = [(each, steps.as_picture(each.explained) if each.explained else None) for each in found]
    return _render(request, form, bet_form=asked, found=shown, looked_up=True)


def _render(request: PersonRequest, form: forms.RoundForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"form": form, "games": registry.games(), "bet_form": forms.BetIdForm(), **more}
    return render(request, "streams/verify.html", context, status=status)
