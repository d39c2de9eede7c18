"""`manage.py run_research_backfill --start … --end …`: more history; asks to be sure where it is costly."""

from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from markets.management.commands import run_dataset_build

COSTLY: Final = {"max_events": 50, "max_requests": 800, "max_credits": 12_000}


class Command(run_dataset_build.Command):
    """A data set of the largest size that needs no confirmation; anything beyond needs one."""

    help = (
        "Backfill history for research, then check the data set. Flags as backfill_history; more than 50 games, 800 "
        "calls or 12,000 credits need --confirm_costly_run."
    )
    events, calls, remaining, step, credits = 50, 800, 300, 60, 12_000

    def add_arguments(self, parser: CommandParser) -> None:
        """The same, and the confirmation."""
        super().add_arguments(parser)
        parser.add_argument("--confirm_costly_run", action="store_true", help="yes, it may cost that much")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 2 for a costly run that nobody confirmed."""
        above = [f"--{name} {options[name]}" for name, most in COSTLY.items() if options[name] > most]
        if above and not options["confirm_costly_run"]:
            raise CommandError(f"{', '.join(above)} is costly: add --confirm_costly_run to do it.", returncode=2)
        super().handle(*args, **options)
