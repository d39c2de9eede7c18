"""`manage.py backfill_history --start … --end …`: the provider's history into the database, for known credits."""

import json
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from markets.asking import talk
from markets.backfill import Backfill, TooDear, Wanted
from markets.configured import book_weights
from markets.provider import contract
from markets.provider.errors import ProviderError
from markets.quotes import Market, to_micros
from markets.stopping import Stopping
from markets.weights import BadWeights


class Command(BaseCommand):
    """Estimate, refuse above the cap, walk."""

    help = (
        "Fetch the odds of past games from the provider's history. Says what it will cost first, and refuses above "
        "--max_credits. What is stored is not fetched again, so it can be interrupted and repeated."
    )
    events, calls, remaining, step, credits = 10, 200, 50, 60, 1000

    def add_arguments(self, parser: CommandParser) -> None:
        """Which games, how closely, and for how much."""
        parser.add_argument("--start", required=True, type=moment, help="first start of a game (ISO)")
        parser.add_argument("--end", required=True, type=moment, help="games start before this (ISO)")
        parser.add_argument("--sport_key", default="basketball_nba")
        parser.add_argument("--markets", default="spreads,totals,h2h")
        parser.add_argument("--regions", default=None, help="default: ODDS_API_REGIONS")
        parser.add_argument("--bookmakers", default=None, help="default: ODDS_API_BOOKMAKERS")
        parser.add_argument("--max_events", type=positive, default=self.events, help="games, the first ones")
        parser.add_argument("--max_requests", type=positive, default=self.calls, help="HTTP calls, not credits")
        parser.add_argument("--max_credits", type=positive, default=self.credits, help="credits that it may cost")
        parser.add_argument(
            "--min_requests_remaining", type=natural, default=self.remaining, help="credits that are to remain"
        )
        parser.add_argument(
            "--history_step_minutes",
            type=positive,
            default=self.step,
            help="between 12 and 3 hours before a start; twice that before, a third of it after",
        )
        parser.add_argument(
            "--probe_only",
            type=yes,
            nargs="?",
            const=True,
            default=False,
            help="ask for one game in both ways, and end",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk; figures as JSON on standard output, whatever came."""
        if not settings.ODDS.key:
            raise CommandError("There is no key to ask with: set ODDS_API_KEY.")
        wanted = _wanted(options)
        try:
            book_weights(wanted.sport, before=to_micros(wanted.start))
        except BadWeights as error:
            raise CommandError(str(error)) from None
        with Stopping() as stopping:
            self._run(wanted, stopping, least_remaining=options["min_requests_remaining"])

    def _run(self, wanted: Wanted, stopping: Stopping, *, least_remaining: int) -> None:
        odds = settings.ODDS
        provider, ledger = talk(
            odds, now=_now, sleep=stopping.sleep, most=wanted.most_credits, least_remaining=least_remaining
        )
        simulated = odds.base.is_simulated
        run = Backfill(wanted, provider, ledger, say=self._say, stopping=stopping, simulated=simulated)
        failed: CommandError | None = None
        try:
            run.run(at=_now())
        except TooDear as error:
            raise CommandError(str(error), returncode=2) from None
        except ProviderError as error:
            failed = CommandError(error.sentence)
        finally:
            provider.close()
        self.stdout.write(json.dumps(run.told(_now()), indent=2))
        if failed is not None:
            raise failed

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)


def _wanted(options: dict[str, Any]) -> Wanted:
    """Raises `CommandError` naming the flag."""
    if options["end"] <= options["start"]:
        raise CommandError("--end must be after --start.")
    if options["start"] < contract.FIRST_HISTORY:
        raise CommandError(f"--start must not be before {contract.FIRST_HISTORY:%Y-%m-%d}: the history begins there.")
    mine = settings.ODDS.scope
    markets = words(options["markets"])
    unknown = [word for word in markets if word not in set(Market)]
    if unknown:
        raise CommandError(f"--markets may name {', '.join(Market)}.")
    regions = mine.regions if options["regions"] is None else words(options["regions"])
    bookmakers = mine.bookmakers if options["bookmakers"] is None else words(options["bookmakers"])
    if options["regions"] is not None and options["bookmakers"] is None:
        bookmakers = ()
    try:
        scope = contract.scope(markets, regions, bookmakers)
        contract.events(options["sport_key"])
    except ValueError as error:
        raise CommandError(f"--sport_key, --markets, --regions or --bookmakers cannot be used: {error}") from None
    return Wanted(
        start=options["start"],
        end=options["end"],
        sport=options["sport_key"],
        scope=scope,
        most_events=options["max_events"],
        most_calls=options["max_requests"],
        most_credits=options["max_credits"],
        step=timedelta(minutes=options["history_step_minutes"]),
        probe_only=options["probe_only"],
    )


def _now() -> datetime:
    return datetime.now(UTC)


def words(text: str) -> tuple[str, ...]:
    """The words between commas."""
    return tuple(word for each in text.split(",") if (word := each.strip()))


def moment(text: str) -> datetime:
    """A moment; a day is its beginning, and UTC where no time zone is told."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError("must be a moment such as 2026-01-10 or 2026-01-10T17:00:00Z") from None


def positive(text: str) -> int:
    """A whole number from 1 to a million."""
    return _whole(text, 1)


def natural(text: str) -> int:
    """A whole number from 0 to a million."""
    return _whole(text, 0)


def _whole(text: str, least: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and least <= int(text) <= 1_000_000):
        raise ArgumentTypeError(f"must be a whole number from {least} to 1000000")
    return int(text)


def yes(text: str) -> bool:
    """True or false."""
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in known:
        raise ArgumentTypeError("must be true or false")
    return known[text.lower()]
