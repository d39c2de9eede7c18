"""`manage.py gateway`: the gateway alone."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from stakepro import up


class Command(BaseCommand):
    """Serve wagers and events; beside `serve` in production, part of `up` otherwise."""

    help = "Run the gateway alone: the fast door for wagers, and the live stream of events (docs/gateway.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Return only when the gateway has stopped."""
        sys.exit(up.gateway())
