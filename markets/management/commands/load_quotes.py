"""`manage.py load_quotes FOLDER --name wnba_2026`: recorded odds into the database, once."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.garbage import rare_collections
from markets import loading
from markets.configured import book_weights, signal_settings
from markets.management.progress import Line
from markets.quotes import from_micros
from markets.recorded_tables import BadTables
from markets.weights import BadWeights


class Command(BaseCommand):
    """Check the tables, store what is not stored yet, and say what that was."""

    help = (
        "Load recorded odds: NAME_quotes.csv, NAME_events.csv and NAME_snapshots.csv, each perhaps packed with gzip. "
        "Whole polls are stored together; an interrupted load goes on, and a second one adds nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the tables are, and what to do after."""
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path, help="the folder, or the three files")
        parser.add_argument("--name", required=True, help="what the files' names begin with, such as wnba_2026")
        parser.add_argument("--with-signals", action="store_true", help="run the engine over the polls when loaded")

    def handle(self, *, paths: list[Path], name: str, with_signals: bool, **options: Any) -> None:
        """Load; the exit code is 1 where the tables are wrong or do not fit what is stored."""
        line = Line(self.stderr)
        began = time.monotonic()
        try:
            with rare_collections():
                tables = loading.open_tables(paths, name)
                done = loading.load(tables, told=line.told("changes"))
        except BadTables as error:
            line.clear()
            for text in error.problems:
                self.stderr.write(text)
            more = error.count - len(error.problems)
            shown = f", {more} not shown" if more else ""
            raise CommandError(f"{name}: nothing was stored; {error.count} wrong{shown}.") from error
        except loading.Refused as error:
            line.clear()
            raise CommandError(str(error)) from error
        line.clear()
        seconds = time.monotonic() - began
        if done.polls:
            self.stdout.write(
                f"{name}: {done.changes:,} changes of {done.polls:,} polls and {len(tables.games):,} events stored in "
                f"{seconds:.1f} s, {done.changes / seconds:,.0f} a second; {done.polls_there:,} polls were there."
            )
        else:
            self.stdout.write(f"{name}: nothing to add; its {done.polls_there:,} polls are stored.")
        if with_signals:
            self._compute(tables, line)

    def _compute(self, tables: Any, line: Line) -> None:
        first, last = (from_micros(tables.snapshots[place].at) for place in (0, -1))
        try:
            found = loading.compute(
                tables.sport,
                simulated=False,
                since=first,
                until=last,
                settings=signal_settings(tables.sport),
                weights=book_weights(tables.sport, before=tables.snapshots[0].at),
                told=line.told("polls"),
            )
        except BadWeights as error:
            raise CommandError(str(error)) from error
        line.clear()
        self.stdout.write(
            f"{found.points:,} consensus points, {found.points_new:,} of them new; "
            f"{found.signals:,} signals, {found.signals_new:,} of them new."
        )
        for kind, count in found.signals_by_kind.items():
            self.stdout.write(f"{kind:14} {count:,}")
