"""`manage.py fit_book_weights`: measures how far off the close each operator's prices were, and writes the weights."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from markets import queries
from markets.fitting import TooFewGames, as_text, fit
from markets.quotes import to_micros


def day(text: str) -> datetime:
    """The beginning of a day, in UTC."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text[:40]!r} is not a date like 2026-08-01.") from error
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


class Command(BaseCommand):
    """One file a sport."""

    help = (
        "Measure on stored polls how far each operator's moneylines were off the close six hours before the start,"
        " and write weights for a consensus. They serve what comes after the games they were measured on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which games, and where to."""
        parser.add_argument("sport", help="the provider's key, such as basketball_wnba")
        parser.add_argument("--before", type=day, help="use games that start before this day (default: now)")
        parser.add_argument("--out", metavar="FILE", help="default: SPORT.json; - for standard output")
        parser.add_argument("--force", action="store_true", help="overwrite FILE if there is one")

    def handle(self, *, sport: str, before: datetime | None, out: str | None, force: bool, **options: Any) -> None:
        """Write the document, or say why there is none."""
        until = before or timezone.now()
        polls = list(queries.polls_of(sport, simulated=False, until=until))
        if not polls:
            raise CommandError(f"No polls of {sport[:60]} are stored.")
        try:
            text = as_text(fit(polls, before=to_micros(until), source="stored polls of this installation"))
        except TooFewGames as error:
            raise CommandError(str(error)) from error
        if out == "-":
            self.stdout.write(text, ending="")
            return
        path = Path(out or f"{sport}.json")
        if path.exists() and not force:
            raise CommandError(f"{path} is there already; give --force to overwrite it.")
        path.write_text(text)
        self.stdout.write(f"{path}: set MARKETS_WEIGHTS to its folder to use it.")
