"""`manage.py signal_report`: how often each kind of stored signal came, and what the close said of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from markets import report_queries
from markets.management import options
from markets.report_queries import Chosen
from markets.scorecards import scorecards
from markets.signal_rates import rates
from markets.signal_text import card_lines, rate_lines


class Command(BaseCommand):
    """Read signals and grades, and print the tables."""

    help = (
        "Rates per game and scorecards of the stored signals, timed and coarse apart. Values are expected profits of a "
        "wager of 1 at the fair close; intervals are over games; p-values are corrected for all that are asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which games."""
        parser.add_argument("--sport", type=options.sport, help="the provider's key; default: all")
        parser.add_argument("--days", type=options.whole, default=30, help="games that start so many days back at most")
        parser.add_argument("--start", type=options.moment, help="games from then on, instead of --days")
        parser.add_argument("--end", type=options.moment, help="games before then")
        parser.add_argument("--simulated", action="store_true", help="signals of a simulated provider")

    def handle(self, **given: Any) -> None:
        """Print; without signals it says so."""
        since = given["start"] or datetime.now(UTC) - timedelta(days=given["days"])
        chosen = Chosen(given["simulated"], given["sport"], since, given["end"])
        rows = report_queries.rows(chosen)
        if not rows:
            self.stdout.write("No signals for such games.")
            return
        # A game whose points are pruned may still have signals.
        games = {*report_queries.games(chosen), *(row.game for row in rows)}
        for lines in (
            rate_lines(rates(((row.game, row.kind, row.timing) for row in rows), games)),
            card_lines(scorecards(rows)),
            card_lines(scorecards(rows, by_timing=True)),
        ):
            self.stdout.write("\n".join(lines))
            self.stdout.write("")
