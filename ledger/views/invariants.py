"""The state of the books: what must hold, what the last looks found, and the seals."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.http import PersonRequest
from accounts.pages import page
from ledger import check_now as checking
from ledger import checks, present
from ledger.views.common import may

SEALS_SHOWN = 10


@page(scope="read")
def overview(request: PersonRequest) -> HttpResponse:
    """Each invariant with what the last looks found, and the newest seals."""
    known = checks.summary(seals=SEALS_SHOWN)
    runs = [run for run in (known.last_incremental, known.last_full) if run]
    context = {
        "runs": runs,
        "lines": present.invariant_lines(
            ((run.begun_at, run.is_full, run.results) for run in runs), not_checked=known.not_checked
        ),
        "health": checks.health(at=timezone.now()),
        "unchecked": known.journal_no - max((run.journal_no for run in runs), default=0),
        "seals": known.seals,
        "can_check": _may_check(request),
        **may(request),
    }
    return render(request, "ledger/invariants.html", context)


@page(scope="admin", methods=("POST",))
def check_now(request: PersonRequest) -> HttpResponse:
    """Look at what came since the last look that found nothing, while the person waits."""
    if not _may_check(request):
        raise PermissionDenied("Only staff may have the books checked from here.")
    try:
        run = checking.check_now(at=timezone.now())
    except checking.TookTooLong as error:
        messages.error(request, str(error))
        return redirect("ledger_invariants")
    checks.forget_health()
    if run.breaches:
        messages.error(request, f"The check found {run.breaches:,} breach{'es' if run.breaches > 1 else ''}.")
    else:
        messages.success(request, f"Everything holds up to journal {run.journal_no:,}.")
    return redirect("ledger_invariants")


def _may_check(request: PersonRequest) -> bool:
    return request.user.is_staff and "admin" in request.user.scopes()
