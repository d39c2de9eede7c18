"""The switches that the engine obeys: what is paused, since when, by whom and why."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import switches
from accounts.http import PersonRequest
from accounts.pages import page
from accounts.switches import SwitchRefused
from ledger import acting_queries
from ledger.forms import SwitchForm
from ledger.views.common import SWITCHES, by, may


@page(scope="read")
def overview(request: PersonRequest) -> HttpResponse:
    """Every switch with a form to turn it, and when they were turned."""
    return _overview(request)


@page(scope="admin", methods=("POST",))
def turn(request: PersonRequest, name: str) -> HttpResponse:
    """Pause one kind of operation, or allow it again."""
    if name not in SWITCHES:
        raise Http404("There is no such switch.")
    form = SwitchForm(request.POST, name=name)
    if not form.is_valid():
        return _overview(request, name, form)
    on, reason = form.cleaned_data["on"], form.cleaned_data["reason"]
    try:
        switches.turn(name, on, by=by(request), at=timezone.now(), reason=reason)
    except SwitchRefused as refusal:
        form.blame(refusal.field, refusal.message)
        return _overview(request, name, form)
    messages.success(request, f"{SWITCHES[name]} are {'paused' if on else 'allowed again'}.")
    return redirect("ledger_switches")


def _overview(request: PersonRequest, name: str = "", form: SwitchForm | None = None) -> HttpResponse:
    lines = [
        {
            "line": line,
            "title": SWITCHES[line.name],
            "meaning": switches.KNOWN[line.name],
            "form": form if form is not None and line.name == name else SwitchForm(name=line.name),
        }
        for line in acting_queries.switches(SWITCHES)
    ]
    changes = [(SWITCHES[each.name], each) for each in acting_queries.changes(SWITCHES)]
    context = {"switches": lines, "changes": changes, **may(request)}
    return render(request, "ledger/switches.html", context, status=422 if form is not None else 200)
