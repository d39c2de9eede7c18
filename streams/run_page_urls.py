"""Addresses of the run pages. The JSON addresses are in `streams.urls`."""

from django.urls import path

from streams import run_views

urlpatterns = [
    path("replay", run_views.run_list, name="run_list"),
    path("replay/new", run_views.run_new, name="run_new"),
    # Not <uuid:…>: a malformed name gets our 404 page with a way back, like an unknown one.
    path("replay/<str:run_id>", run_views.run, name="run"),
    path("replay/<str:run_id>/state", run_views.run_state, name="run_state"),
    path("replay/<str:run_id>/seed", run_views.run_seed, name="run_seed"),
    path("replay/<str:run_id>/cancel", run_views.run_cancel, name="run_cancel"),
    path("replay/<str:run_id>/delete", run_views.run_delete, name="run_delete"),
]
