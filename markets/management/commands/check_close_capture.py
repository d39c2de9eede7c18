"""`manage.py check_close_capture`: whether closes and grades are made as they should be, and what is missing."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from markets import report_queries
from markets.board_text import counts_lines
from markets.close_capture import capture_and_grade
from markets.management import options
from markets.models import Cycle
from markets.report_queries import Chosen, CloseState


class Command(BaseCommand):
    """Look, and with --capture do what is missing."""

    help = (
        "Print the settings of close capture, the poller's last round, the age of closes and what is missing. The exit "
        "code is 1 where something is missing that could be there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which events, and whether to do it."""
        parser.add_argument("--sport", type=options.sport, help="the provider's key; default: all")
        parser.add_argument(
            "--days", type=options.whole, default=7, help="events that started so many days ago at most"
        )
        parser.add_argument("--simulated", action="store_true", help="events of a simulated provider")
        parser.add_argument("--capture", action="store_true", help="capture and grade what is missing first")
        parser.add_argument("--again", action="store_true", help="with --capture: make what is there once more")

    def handle(self, **given: Any) -> None:
        """Print; exit with 1 where something is missing."""
        at, back = datetime.now(UTC), timedelta(days=given["days"])
        chosen = Chosen(given["simulated"], given["sport"], at - back)
        if given["capture"]:
            self._capture(at, back, given)
        cadence = settings.ODDS.cadence
        self.stdout.write("Settings:")
        self.stdout.write(f"  after each round: {'yes' if cadence.close_capture else 'no'}")
        self.stdout.write(f"  events in a round, at most: {cadence.closes_per_cycle}")
        self.stdout.write(_cycle(report_queries.last_cycle(simulated=given["simulated"])))
        state = report_queries.close_state(chosen, at)
        self.stdout.write(f"Closes of {state.started:,} events that started in {given['days']} days:")
        for line in counts_lines(report_queries.close_grades(chosen, at), share=True):
            self.stdout.write(line)
        missing = self._state(state)
        if missing:
            self.stdout.write("Missing: " + "; ".join(missing) + ".")
            sys.exit(1)
        self.stdout.write("Nothing is missing that could be there.")

    def _capture(self, at: datetime, back: timedelta, given: dict[str, Any]) -> None:
        sports = None if given["sport"] is None else [given["sport"]]
        done = capture_and_grade(at, simulated=given["simulated"], sports=sports, lookback=back, again=given["again"])
        self.stdout.write(
            f"Captured {done.closes:,} closes of {done.events:,} events and graded {done.graded:,} signals; "
            f"{sum(done.ungraded.values()):,} cannot be graded."
        )

    def _state(self, state: CloseState) -> list[str]:
        self.stdout.write(f"  with a fair price      {state.priced:>10,} of {state.closed:,} that closed")
        self.stdout.write(f"  never quoted before    {state.never_quoted:>10,}")
        self.stdout.write(f"Signals graded: {state.grades:,}; not gradeable:")
        for line in counts_lines(state.reasons):
            self.stdout.write(line)
        found = {
            "events without a close": state.waiting,
            "events whose start moved after the close was made": state.moved,
            "signals not looked at": state.ungraded_signals,
        }
        return [f"{count:,} {name}" for name, count in found.items() if count]


def _cycle(last: Cycle | None) -> str:
    if last is None:
        return "Last round of the poller: none yet."
    trouble = f", degraded: {last.error or 'see its notes'}" if last.degraded else ""
    return (
        f"Last round of the poller: {last.begun_at:%Y-%m-%d %H:%M:%S} UTC, {last.polls} polls, {last.closes} closes, "
        f"{last.grades} grades, next after {last.next_seconds} s{trouble}."
    )
