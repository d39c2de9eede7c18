"""`manage.py record_polls --output FILE`: polls as `poll_odds` does, and keeps every body as it came."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from markets.management.commands import poll_odds
from markets.provider.client import Provider
from markets.recorder import Recorder, Unusable
from markets.tap import Tapped


class Command(poll_odds.Command):
    """Poll until a signal, with a recorder beside it."""

    help = (
        "Poll the odds provider and store what it says, as poll_odds does, and keep each answer with odds in a file a "
        "day, for replay_polls: --output polls.jsonl.gz writes polls-2026-08-05.jsonl.gz, and goes on in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, and what `poll_odds` takes."""
        super().add_arguments(parser)
        parser.add_argument("--output", required=True, type=Path, metavar="FILE", help=".jsonl or .jsonl.gz")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        """Return after a signal; the exit code is 1 where nothing can be written there."""
        try:
            with Recorder(options["output"], simulated=settings.ODDS.base.is_simulated) as self.recorder:
                super().handle(*args, once=once, **options)
        except Unusable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{self.recorder.polls:,} polls recorded.")

    def heard(self, provider: Provider) -> Provider:
        """The provider, with the recorder listening."""
        return Tapped(provider, self.recorder.on_body)
