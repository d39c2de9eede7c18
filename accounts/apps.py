"""The app of people and programs."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Makes its groups and switches after each migrate."""

    name = "accounts"

    def ready(self) -> None:
        from accounts.groups import make_groups
        from accounts.switches import make_switches

        post_migrate.connect(make_groups, sender=self, dispatch_uid="accounts.make_groups")
        post_migrate.connect(make_switches, sender=self, dispatch_uid="accounts.make_switches")
