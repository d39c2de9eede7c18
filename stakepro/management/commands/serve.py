"""`manage.py serve`: the web server alone."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from stakepro import up


class Command(BaseCommand):
    """Serve pages and the API; the worker runs elsewhere, migrations and static files were seen to before."""

    help = "Run the web server alone (production: after migrate and collectstatic, beside `worker`)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Return only when the server has stopped."""
        sys.exit(up.serve())
