"""`manage.py check_ledger`: the invariants, recomputed from the rows."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from ledger import checks
from ledger.invariants import NOT_CHECKED, Finding


class Command(BaseCommand):
    """Say what holds; exit with 1 where something does not."""

    help = (
        "Recompute the ledger's invariants: those of everything that came since the last check that found nothing, "
        "or with --full of every row. Exit code 1, with the wallet and entry, if one is broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to look at everything."""
        parser.add_argument("--full", action="store_true", help="look at every row, not only at what is new")

    def handle(self, *args: Any, full: bool, **options: Any) -> None:
        """Look at one after the other."""
        row = checks.run(full=full, at=timezone.now(), told=self._tell)
        for name, why in NOT_CHECKED.items():
            self.stdout.write(f"{name:4} not checked: {why}")
        journals = f"journals {row.after_no + 1} to {row.journal_no}" if row.journal_no > row.after_no else "no journal"
        what = f"everything up to journal {row.journal_no}" if row.is_full else f"{journals}"
        broken = sum(bool(each["breaches"]) for each in row.results)
        found = f"{broken} of {len(row.results)} are broken." if broken else "The books are in order."
        self.stdout.write(f"Looked at {what} in {row.milliseconds / 1_000:.2f} s.")
        self.stdout.write(found)
        if broken:
            sys.exit(1)

    def _tell(self, finding: Finding) -> None:
        word = "BROKEN" if finding.breaches else "holds "
        self.stdout.write(f"{finding.name:4} {word} {finding.holds} ({finding.seconds:.2f} s)")
        for text in finding.breaches:
            self.stderr.write(f"     {text}")
