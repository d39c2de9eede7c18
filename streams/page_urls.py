"""Addresses of the stream pages and their partials. The JSON addresses, tried first, are in `streams.urls`."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from streams import check_views, verification_views, views


@login_not_required
def favicon(_request: HttpRequest) -> HttpResponse:
    """Browsers ask for this beside pages that are not ours to mark, such as JSON."""
    return redirect(staticfiles_storage.url("favicon.svg"))


urlpatterns = [
    path("", views.home, name="home"),
    path("favicon.ico", favicon, name="favicon"),
    path("live", views.stream_list, name="stream_list"),
    path("live/rows", views.stream_list_rows, name="stream_list_rows"),
    path("live/setup", views.setup, name="stream_setup"),
    path("live/example", views.example, name="stream_example"),
    # Not <uuid:…>: a malformed name gets our 404 page with a way back, like an unknown one.
    path("live/<str:stream_id>", views.stream, name="stream"),
    path("live/<str:stream_id>/rows", views.bet_rows, name="stream_rows"),
    path("live/<str:stream_id>/older", views.older_rows, name="stream_older"),
    path("live/<str:stream_id>/bets/<int:seq>", views.bet, name="stream_bet"),
    path("live/<str:stream_id>/bets/<int:seq>/bookmark", views.bookmark, name="stream_bookmark"),
    path("live/<str:stream_id>/missing", views.missing, name="stream_missing"),
    path("live/<str:stream_id>/conflicts", views.conflicts, name="stream_conflicts"),
    path("live/<str:stream_id>/notes", views.notes, name="stream_notes"),
    path("live/<str:stream_id>/archive", views.archive, name="stream_archive"),
    path("live/<str:stream_id>/delete", views.delete, name="stream_delete"),
    path("live/<str:stream_id>/reveal", verification_views.reveal, name="stream_reveal"),
    path("live/<str:stream_id>/verification", verification_views.verification, name="stream_verification"),
    path("live/<str:stream_id>/verification/report", verification_views.verification_report, name="stream_report"),
    path(
        "live/<str:stream_id>/verification/rounds/<str:position>",
        verification_views.verification_round,
        name="stream_verified_round",
    ),
    path("check", check_views.check, name="check"),
    path("check/options", check_views.check_options, name="check_options"),
]
