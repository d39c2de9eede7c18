"""`manage.py up`: set up what is missing, then serve."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from stakepro import up


class Command(BaseCommand):
    """Start everything on this machine; stops with SIGTERM, SIGINT or SIGHUP."""

    help = "Start the database, the web server and the task worker; print a one-time login link."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Return only when everything has stopped."""
        sys.exit(up.up())
