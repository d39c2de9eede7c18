"""`manage.py replay_polls FILE`: recorded bodies through the pipeline, without a key."""

import math
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from markets import replaying
from markets.weights import BadWeights


class Command(BaseCommand):
    """Replay, and print what came of it."""

    help = (
        "Put recorded polls through the pipeline: lines of JSON with fetched_at and payload, perhaps packed with gzip, "
        "as record_polls writes them. What is stored already stays; an interrupted replay goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file, and how fast."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--speed",
            type=float,
            default=0.0,
            metavar="N",
            help="60: an hour in a minute; 0: without waiting (default)",
        )
        parser.add_argument("--sport", metavar="KEY", help="of polls that name none, such as basketball_wnba")

    def handle(self, *, file: Path, speed: float, sport: str | None, **options: Any) -> None:
        """Replay; the exit code is 1 where the file cannot be read to its end."""
        if not (math.isfinite(speed) and speed >= 0):
            raise CommandError("--speed must be 0 or more.")
        try:
            totals = replaying.replay(file, sport=sport, speed=speed, sleep=time.sleep, told=self._tell)
        except replaying.BadRecording as error:
            self._clear()
            raise CommandError(f"{error} What was before it is stored.") from error
        except BadWeights as error:
            self._clear()
            raise CommandError(str(error)) from error
        self._clear()
        self._show(totals)

    def _show(self, totals: replaying.Totals) -> None:
        fresh = totals.polls - totals.duplicates
        if totals.cut:
            self.stderr.write("The last line is cut off, and was left out.")
        if not fresh:
            self.stdout.write(f"Nothing to add: all {totals.duplicates:,} polls are stored.")
            return
        self.stdout.write(
            f"{fresh:,} polls, {totals.changes:,} changes, {totals.points:,} consensus points, "
            f"{totals.signals.total():,} signals; {totals.duplicates:,} polls were stored before."
        )
        if totals.late:
            self.stdout.write(f"{totals.late:,} polls were older than the newest: stored without signals.")
        for kind, count in sorted(totals.signals.items()):
            self.stdout.write(f"{kind:14} {count:,}")
        for reason, count in sorted(totals.skipped.items()):
            self.stdout.write(f"left out: {reason}, {count:,} times")

    def _tell(self, line: replaying.Line, totals: replaying.Totals) -> None:
        if self.stderr.isatty():
            self.stderr.write(
                f"\r\033[Kline {line.number:,}, {line.at:%Y-%m-%d %H:%M}, {totals.signals.total():,} signals", ending=""
            )
            self.stderr.flush()

    def _clear(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
