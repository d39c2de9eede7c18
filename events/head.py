"""The one row that the log ends at, made with the tables."""

from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps


def make_head(*, using: str, apps: Apps = installed_apps, **signal: Any) -> None:
    """Make the row where it is missing. The receiver of `post_migrate` for this app.

    Not part of a migration, so that emptying a database, as tests do, brings it back.
    """
    try:
        model = apps.get_model("events", "Head")
    except LookupError:  # Migrating back to before these tables.
        return
    model._base_manager.using(using).bulk_create([model(id=1)], ignore_conflicts=True)
