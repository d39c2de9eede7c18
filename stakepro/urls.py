"""Every address: people's pages, the JSON API, and what machines ask for."""

from django.contrib import admin
from django.urls import include, path

from stakepro import health

handler404 = "stakepro.not_found.not_found"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("accounts.urls")),
    path("", include("streams.urls")),
]
