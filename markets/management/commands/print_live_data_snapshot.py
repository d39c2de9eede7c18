"""`manage.py print_live_data_snapshot`: how many rows there are, and the latest of them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from markets import report_queries
from markets.board_text import counts_lines
from markets.management import options
from markets.models import QuoteChange, Signal
from markets.quotes import Market, line_text
from markets.report_queries import Chosen


class Command(BaseCommand):
    """Count, and print."""

    help = "Rows of events, changes, consensus points, signals, closes and grades, and the latest of them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which events, and how many rows."""
        parser.add_argument("--sport", type=options.sport, help="the provider's key; default: all")
        parser.add_argument("--simulated", action="store_true", help="what a simulated provider quoted")
        parser.add_argument("--events", type=options.whole, default=10)
        parser.add_argument("--changes", type=options.whole, default=20)
        parser.add_argument("--signals", type=options.whole, default=20)

    def handle(self, **given: Any) -> None:
        """Print."""
        chosen = Chosen(given["simulated"], given["sport"])
        for line in counts_lines(report_queries.totals(chosen)):
            self.stdout.write(line)
        self.stdout.write("Latest events:")
        for each in report_queries.coverage(chosen, given["events"]):
            self.stdout.write(
                f"  {each.commences_at:%Y-%m-%d %H:%M}  {each.sport}  {each.away} at {each.home}  "
                f"{each.changes:,} changes of {each.books} books"
            )
        self.stdout.write("Latest changes:")
        for change in report_queries.latest_changes(chosen, given["changes"]):
            self.stdout.write(f"  {_change(change)}")
        self.stdout.write("Latest signals:")
        for signal in report_queries.latest_signals(chosen, given["signals"]):
            self.stdout.write(f"  {_signal(signal)}")


def _change(change: QuoteChange) -> str:
    where = f"{change.at:%Y-%m-%d %H:%M:%S}  {change.event}  {change.book.key}  {change.market} {change.side}"
    if change.price is None:
        return f"{where}  taken down"
    line = line_text(Market(change.market), None if change.point is None else float(change.point))
    price = f"{change.american:+d}" if change.american is not None else f"{float(change.price):g}"
    marks = (" in play" if change.in_play else "") + (" stale" if change.stale else "")
    return f"{where}  {line}{' ' if line else ''}{price}{marks}"


def _signal(signal: Signal) -> str:
    body = signal.body
    return (
        f"{signal.at:%Y-%m-%d %H:%M:%S}  {signal.event}  {signal.kind} {signal.market} towards {body['towards']}  "
        f"strength {signal.strength}, {body['timing']}"
    )
