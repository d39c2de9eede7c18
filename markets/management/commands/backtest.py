"""`manage.py backtest --sport basketball_wnba`: the engine over stored polls, every signal graded by the close."""

import json
import time
from argparse import ArgumentTypeError
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from markets import queries, recorded_tables, report_queries
from markets.backtest import Backtest, run
from markets.backtest_report import rates_of, signals_csv, summary_json
from markets.configured import book_weights, signal_settings
from markets.detector_settings import BadSetting, Settings
from markets.loading import open_tables
from markets.management import options
from markets.management.progress import Line
from markets.quotes import Market, Micros, Poll, to_micros
from markets.scorecards import scorecards
from markets.signal_text import card_lines, rate_lines
from markets.weights import BadWeights

MOST_AT_ONCE = 20  # settings given by --set


class Data(NamedTuple):
    """What a back-test is of."""

    sport: str
    polls: Iterable[Poll]
    total: int
    first: Micros
    starts: Mapping[str, Micros]


class Command(BaseCommand):
    """Read polls, run the back-test, write its two files, and print the tables."""

    help = (
        "Run the engine over polls of the past and grade every signal by the close. Writes NAME_signals.csv and "
        "NAME_summary.json, the same bytes for the same polls and settings."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which polls, which settings, and where to."""
        data = parser.add_argument_group("polls")
        data.add_argument(
            "--sport",
            "--sport_key",
            dest="sport",
            type=options.sport,
            help="the provider's key, such as basketball_nba",
        )
        data.add_argument("--simulated", action="store_true", help="polls of a simulated provider")
        data.add_argument("--tables", type=Path, metavar="FOLDER", help="a recording's tables instead of the database")
        data.add_argument("--tables-name", metavar="NAME", help="what its files begin with, such as wnba_2026")
        data.add_argument("--start", type=options.moment, help="date or moment (ISO 8601, UTC): polls from then on")
        data.add_argument("--end", type=options.moment, help="polls before then")
        data.add_argument(
            "--step-seconds", "--step_seconds", type=options.whole, default=0, help="take polls at least so far apart"
        )
        how = parser.add_argument_group("settings")
        how.add_argument("--markets", type=_markets, default=tuple(Market), help="h2h,spreads,totals")
        how.add_argument(
            "--lookback-minutes", "--lookback_minutes", type=options.whole, help="of moves and key numbers"
        )
        how.add_argument(
            "--min-books", "--min_books", type=options.whole, help="families that a consensus is of, at least"
        )
        how.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any setting of the engine")
        parser.add_argument("--output-dir", "--output_dir", type=Path, default=Path(), metavar="FOLDER")
        parser.add_argument("--name", default="backtest", help="what the files' names begin with")
        parser.add_argument("--report", action="store_true", help="print the tables, timed and coarse apart as well")

    def handle(self, **given: Any) -> None:
        """Run; the exit code is 1 where there are no polls or a setting is wrong."""
        name = given["name"]
        if not name or not name.replace("-", "").replace("_", "").isalnum():
            raise CommandError("--name may have letters, digits, - and _.")
        data = _tables(given) if given["tables"] else _stored(given)
        try:
            chosen = _settings(data.sport, given)
            weights = book_weights(data.sport, before=data.first)
        except (BadSetting, BadWeights) as error:
            raise CommandError(str(error)) from error
        line = Line(self.stderr)
        told = line.told("polls")
        began = time.monotonic()
        found = run(
            data.polls,
            data.sport,
            starts=data.starts,
            settings=chosen,
            weights=weights,
            markets=given["markets"],
            step_s=given["step_seconds"],
            progress=lambda done, at: told(done, data.total),
        )
        line.clear()
        self._write(found, given["output_dir"], name)
        self.stdout.write(
            f"{found.polls:,} polls, {found.changes:,} changes and {len(found.events):,} events of {found.sport} in "
            f"{time.monotonic() - began:.1f} s: {len(found.tested):,} signals. Data {found.data_hash}."
        )
        self._print(found, apart=given["report"])

    def _write(self, found: Backtest, folder: Path, name: str) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file, text in (
                (folder / f"{name}_signals.csv", signals_csv(found)),
                (folder / f"{name}_summary.json", summary_json(found, version=settings.VERSION)),
            ):
                file.write_bytes(text.encode())
                self.stdout.write(str(file))
        except OSError as error:
            raise CommandError(f"{folder} cannot be written to: {error.strerror}.") from error

    def _print(self, found: Backtest, *, apart: bool) -> None:
        rows = [one.row for one in found.tested]
        rates = [rate for rate in rates_of(found) if apart or rate.timing is None]
        for each in ("", *rate_lines(rates), "", *card_lines(scorecards(rows))):
            self.stdout.write(each)
        if apart:
            for each in ("", *card_lines(scorecards(rows, by_timing=True))):
                self.stdout.write(each)


def _stored(given: Mapping[str, Any]) -> Data:
    """Polls of the database. Raises `CommandError`."""
    sport, simulated = given["sport"], given["simulated"]
    if not sport:
        known = ", ".join(report_queries.polled_sports(simulated=simulated))
        raise CommandError(f"--sport is needed; there are polls of {known}." if known else "There are no polls.")
    since = given["start"]
    until = None if given["end"] is None else given["end"] - timedelta(microseconds=1)
    first = report_queries.first_poll(sport, simulated=simulated, since=since, until=until)
    if first is None:
        raise CommandError(f"There are no polls of {sport} then.")
    return Data(
        sport,
        queries.polls_of(sport, simulated=simulated, since=since, until=until),
        queries.count_polls(sport, simulated=simulated, since=since, until=until),
        to_micros(first),
        report_queries.final_starts(sport, simulated=simulated),
    )


def _tables(given: Mapping[str, Any]) -> Data:
    """Polls of a recording's tables. Raises `CommandError`."""
    name = given["tables_name"]
    if not name:
        raise CommandError("--tables needs --tables-name.")
    try:
        tables = open_tables([given["tables"]], name)
    except recorded_tables.BadTables as error:
        raise CommandError(" ".join(error.problems)) from error
    if given["sport"] not in (None, tables.sport):
        raise CommandError(f"{name} is of {tables.sport}, not of {given['sport']}.")
    since = to_micros(given["start"]) if given["start"] else tables.snapshots[0].at
    until = to_micros(given["end"]) if given["end"] else tables.snapshots[-1].at + 1
    moments = [each.at for each in tables.snapshots if since <= each.at < until]
    if not moments:
        raise CommandError(f"There are no polls in {name} then.")
    polls = (poll for _, poll in tables.polls() if moments[0] <= poll.at <= moments[-1])
    starts = {event: game.last_start for event, game in tables.games.items()}
    return Data(tables.sport, polls, len(moments), moments[0], starts)


def _settings(sport: str, given: Mapping[str, Any]) -> Settings:
    """The site's settings of a sport, with those of the command line. Raises `BadSetting`."""
    changed: dict[str, Any] = {}
    if given["min_books"] is not None:
        changed["families_least"] = given["min_books"]
    if given["lookback_minutes"] is not None:
        window = 60 * given["lookback_minutes"]
        # A cool-down is at least as long as its window.
        rest = {"move.cooldown_s": max(window, 900), "key_cross.cooldown_s": max(window, 900)}
        changed |= rest | {"move.window_s": window, "key_cross.window_s": window}
    if len(given["set"]) > MOST_AT_ONCE:
        raise BadSetting(f"--set may be given {MOST_AT_ONCE} times.")
    for text in given["set"]:
        name, equals, value = text.partition("=")
        try:
            changed[name] = json.loads(value)
        except (ValueError, RecursionError):
            changed[name] = value  # a word, such as a method's name
        if not equals:
            raise BadSetting("--set needs NAME=VALUE, such as steam.movers_least=5.")
    return signal_settings(sport).changed(changed)


def _markets(text: str) -> tuple[Market, ...]:
    """Names of markets. Raises `ArgumentTypeError`."""
    try:
        return tuple(Market(name.strip()) for name in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"use names out of {','.join(Market)}.") from None
