"""The chain of journals, and one of them with its entries and its link computed anew."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.http import PersonRequest
from accounts.pages import page
from ledger import forms, page_queries
from ledger.views.common import in_part


@page(scope="read")
def chain(request: PersonRequest) -> HttpResponse:
    """Journals, newest first."""
    form = forms.JournalsForm(request.GET)
    found = page_queries.journals(before=form.given("before"))
    context = {
        "form": form,
        "journals": found.rows,
        "older_query": form.query(before=found.next_before) if found.next_before else "",
        "detached": form.given("before") is not None,
    }
    return render(request, "ledger/journals.html", context)


@page(scope="read")
def journal(request: PersonRequest, no: int) -> HttpResponse:
    """One journal: its link checked now, what it moved, and its entries."""
    found = page_queries.journal(no)
    if found is None:
        raise Http404("There is no such journal.")
    form = forms.JournalForm(request.GET)
    entries = page_queries.journal_entries(found, after=form.place())
    context = {
        "journal": found,
        "link": page_queries.check_link(found),
        "checked_at": timezone.now(),
        "sums": page_queries.journal_sums(found),
        "form": form,
        "entries": entries.rows,
        "more_query": form.query(after=entries.next_after) if entries.next_after else "",
        "detached": form.place() is not None,
        "has_next": page_queries.journal(no + 1) is not None,
    }
    return in_part(request, "ledger/journal.html", context, fragment="ledger/_link.html")
