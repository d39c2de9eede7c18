"""`manage.py dataset_sanity`: what is stored, and how good its closes are."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from markets import report_queries
from markets.board_text import counts_lines
from markets.management import options
from markets.report_queries import Chosen, Coverage


class Command(BaseCommand):
    """Count, and print."""

    help = (
        "Distinct events, changes by book and market, the age of closes (up to 10 minutes before the start A, 30 B, "
        "60 C, 120 D, older F), and the latest events."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which events."""
        parser.add_argument("--sport", type=options.sport, help="the provider's key; default: all")
        parser.add_argument("--start", type=options.moment, help="events that start from then on")
        parser.add_argument("--end", type=options.moment, help="events that start before then")
        parser.add_argument("--simulated", action="store_true", help="what a simulated provider quoted")
        parser.add_argument("--latest", type=options.whole, default=20, help="how many events to name")

    def handle(self, **given: Any) -> None:
        """Print; what is missing is no error."""
        chosen = Chosen(given["simulated"], given["sport"], given["start"], given["end"])
        totals = report_queries.totals(chosen)
        if not totals["events"]:
            self.stdout.write("No such events are stored.")
            return
        self._print("Stored", counts_lines(totals))
        for title, field in (("Changes by book", "book__key"), ("Changes by market", "market")):
            self._print(title, counts_lines(report_queries.changes_by(chosen, field), share=True))
        grades = report_queries.close_grades(chosen, datetime.now(UTC))
        started = sum(grades.values())
        covered = started - grades["none"]
        self._print(f"Closes of {started:,} events that have started", counts_lines(grades, share=True))
        if started:
            self.stdout.write(f"  covered: {covered:,} ({covered / started:.1%})")
        latest = report_queries.coverage(chosen, given["latest"])
        self._print(f"The latest {len(latest)} events", (_line(each) for each in latest))

    def _print(self, title: str, lines: Any) -> None:
        self.stdout.write(f"{title}:")
        for each in lines:
            self.stdout.write(each)


def _line(each: Coverage) -> str:
    before = "no close" if each.last_poll_at is None else f"last poll {_before(each)} before ({each.grade})"
    return (
        f"  {each.commences_at:%Y-%m-%d %H:%M}  {each.changes:>7,} changes  {each.books:>2} books  {before}  "
        f"{each.away} at {each.home}"
    )


def _before(each: Coverage) -> str:
    assert each.last_poll_at is not None, "asked of events with a close"
    minutes = (each.commences_at - each.last_poll_at).total_seconds() / 60
    return f"{minutes:.1f} min"
