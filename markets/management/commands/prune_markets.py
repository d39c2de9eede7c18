"""`manage.py prune_markets`: deletes what the retention settings no longer keep."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from markets import retention


class Command(BaseCommand):
    """Delete in batches, and say how many rows."""

    help = (
        "Delete what is older than MARKETS_CHANGES_RETENTION_DAYS and its like say; 0 keeps for ever. What stands, and "
        "what belongs to signals without a grade, always stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to delete."""
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        """Prune by the settings, as of now."""
        keep = retention.configured()
        done = retention.prune(keep, at=timezone.now(), dry_run=dry_run)
        for what, rows in done._asdict().items():
            self.stdout.write(f"{what:10} {rows:12,} {'would be deleted' if dry_run else 'deleted'}")
        if dry_run:
            self.stdout.write("This was a dry run: nothing was deleted.")
