"""`manage.py check_ledger`: every invariant, recomputed from the rows."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand

from ledger.checks import INVARIANTS


class Command(BaseCommand):
    """Say what holds; exit with 1 where something does not."""

    help = "Recompute the ledger's invariants from its rows; exit code 1, with the wallet and entry, if one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at one after the other."""
        broken = 0
        for invariant in INVARIANTS:
            begun = time.perf_counter()
            found = list(invariant.breaches())
            seconds = time.perf_counter() - begun
            self.stdout.write(
                f"{invariant.name:4} {'BROKEN' if found else 'holds '} {invariant.holds} ({seconds:.2f} s)"
            )
            for text in found:
                self.stderr.write(f"     {text}")
            broken += bool(found)
        self.stdout.write("The books are in order." if not broken else f"{broken} of {len(INVARIANTS)} are broken.")
        if broken:
            sys.exit(1)
