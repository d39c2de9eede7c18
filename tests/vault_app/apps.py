"""The app; it has no migrations, so its table is made with the test database."""

from django.apps import AppConfig


class VaultAppConfig(AppConfig):
    """Installed by tests.settings alone."""

    name = "tests.vault_app"
    label = "vault_app"
