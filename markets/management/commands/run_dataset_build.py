"""`manage.py run_dataset_build --start … --end …`: a week or so of history, and a look at what came of it."""

from typing import Any

from django.conf import settings
from django.core.management import call_command

from markets.management.commands import backfill_history


class Command(backfill_history.Command):
    """A backfill with defaults for a data set, then `dataset_sanity`; what fails first ends it."""

    help = "Backfill the history of up to 50 games, then check the data set. Flags as backfill_history."
    events, calls, remaining, step, credits = 50, 1200, 150, 120, 6000

    def handle(self, *args: Any, **options: Any) -> None:
        """The backfill's figures, then those of the check."""
        super().handle(*args, **options)
        call_command(
            "dataset_sanity", simulated=settings.ODDS.base.is_simulated, stdout=self.stdout, stderr=self.stderr
        )
