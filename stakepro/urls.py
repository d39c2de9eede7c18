"""Every address: people's pages, the JSON API, and what machines ask for."""

from django.contrib import admin
from django.urls import include, path

from stakepro import api_docs, health, openapi

handler404 = "stakepro.not_found.not_found"

urlpatterns = [
    # First, because what bots ask for thousands of times a second is found first.
    path("", include("streams.urls")),
    path("", include("ledger.urls")),
    path("", include("stake.urls")),
    path("", include("ledger.page_urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("api/openapi.json", openapi.openapi_json, name="openapi_json"),
    path("api/docs", api_docs.docs, name="api_docs"),
    path("", include("accounts.urls")),
]
