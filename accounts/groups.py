"""The three groups that carry what people may do; made after each `migrate`."""

from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import transaction

# Group: its scopes. The admin group also gets every permission on our tables, for the admin site.
GROUPS: dict[str, tuple[str, ...]] = {
    "viewer": ("read",),
    "operator": ("read", "write", "ingest", "bet"),
    "admin": ("ingest", "read", "write", "bet", "sessions", "ledger", "admin"),
}


@transaction.atomic
def make_groups(*, using: str, apps: Apps = installed_apps, **signal: Any) -> None:
    """Make the groups that are missing, and give the admin group what new tables brought.

    The receiver of `post_migrate` for this app, so it runs once in a migrate. What a site changed in the groups
    viewer and operator stays changed.
    """
    try:
        group_model = apps.get_model("auth", "Group")
        permission_model = apps.get_model("auth", "Permission")
        apps.get_model("accounts", "Token")
    except LookupError:  # Migrating back to before these tables.
        return
    for config in _our_apps():
        # Django makes an app's permissions at its own turn, which for some of ours is after this one.
        create_permissions(config, verbosity=0, using=using, apps=apps)
    permissions = permission_model.objects.using(using)
    for name, scopes in GROUPS.items():
        group, made = group_model.objects.using(using).get_or_create(name=name)
        if made or name == "admin":
            codenames = [f"scope_{scope}" for scope in scopes]
            group.permissions.add(*permissions.filter(content_type__app_label="accounts", codename__in=codenames))
    ours = [config.label for config in _our_apps()]
    admin = group_model.objects.using(using).get(name="admin")
    admin.permissions.add(*permissions.filter(content_type__app_label__in=ours))
    admin.permissions.add(*permissions.filter(content_type__app_label="auth", content_type__model="group"))


def _our_apps() -> list[AppConfig]:
    return [config for config in installed_apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR]
