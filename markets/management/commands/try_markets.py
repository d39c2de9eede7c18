"""`manage.py try_markets`: a simulated day of odds through the poller, with what it showed."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from statistics import median
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone

from markets import demonstration
from markets.management.progress import Line
from markets.models import Cycle, Grade, Signal
from markets.place import Place
from markets.quotes import Market, Side, line_text

SHOWN: Final = 5
WORDS: Final = {side.value: side.name.lower() for side in Side}
HOURS_MOST: Final = 14 * 24
SPEED_MOST: Final = 3_600


class Command(BaseCommand):
    """Start a simulated provider, poll it, and show the strongest signals and how the close judged them."""

    help = (
        "Poll a simulated odds provider on this machine for a simulated day that passes in a minute or two."
        " No price in it is a real offer; everything is stored as simulated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which games, and how fast."""
        parser.add_argument("--sport", default="basketball_nba", help="the provider's key")
        parser.add_argument("--seed", type=int, default=7, help="the same seed plays the same games")
        parser.add_argument("--games", type=int, default=6, help="a day")
        parser.add_argument("--hours", type=float, default=24.0, help="of simulated time")
        parser.add_argument("--speed", type=float, default=900.0, help="simulated seconds a second")

    def handle(self, *, sport: str, seed: int, games: int, hours: float, speed: float, **options: Any) -> None:
        """Run to the end of the simulated time."""
        if not 0 < hours <= HOURS_MOST:
            raise CommandError(f"--hours must be above 0, and at most {HOURS_MOST}.")
        if not 1 <= speed <= SPEED_MOST:
            raise CommandError(f"--speed must be from 1 to {SPEED_MOST:,}.")
        with Place() as place:
            if not place.take():
                raise CommandError("Another process is polling; one at a time does.")
            try:
                self._run(sport, seed=seed, games=games, hours=hours, speed=speed)
            except ValueError as error:
                raise CommandError(str(error)) from error

    def _run(self, sport: str, **wanted: Any) -> None:
        line = Line(self.stderr)
        with demonstration.running(sport, at=timezone.now(), **wanted) as (begins, turn):
            self.stdout.write(f"Simulated {sport} from {begins:%Y-%m-%d %H:%M} UTC on. No price here is a real offer.")
            told = line.told("simulated minutes")
            while (now := turn()).at < now.ends:
                told(int((now.at - begins).total_seconds() // 60), int((now.ends - begins).total_seconds() // 60))
        line.clear()
        self._show(sport, begins)

    def _show(self, sport: str, begins: datetime) -> None:
        cycles = Cycle.objects.filter(is_simulated=True, begun_at__gte=begins)
        polls = sum(cycles.values_list("polls", flat=True))
        credits_spent = sum(cycles.values_list("credits", flat=True))
        signals = Signal.objects.filter(event__sport=sport, event__is_simulated=True, at__gte=begins)
        kinds = Counter(dict(signals.values_list("kind").annotate(Count("id"))))
        self.stdout.write(
            f"{polls} polls for {credits_spent} credits, {kinds.total()} signals: "
            + (", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none")
        )
        for signal in signals.select_related("event").order_by("-strength", "id")[:SHOWN]:
            entry = signal.body["entry"]
            offer = "" if entry is None else f"; {_offer(entry, Market(signal.market))}"
            self.stdout.write(
                f"  {signal.at:%d %b %H:%M}  {signal.kind} {signal.market} towards {WORDS[signal.body['towards']]},"
                f" strength {signal.strength}{offer}  ({signal.event})"
            )
        graded = Grade.objects.filter(signal__in=signals, ungraded="").values_list("clv", "confirmed")
        values = [clv for clv, _ in graded if clv is not None]
        if values:
            confirmed = sum(1 for _, moved_on in graded if moved_on)
            self.stdout.write(
                f"Graded at the close: {len(values)}; median closing line value {100 * median(values):+.2f} %,"
                f" {confirmed} confirmed. All of it simulated."
            )


def _offer(entry: Mapping[str, Any], market: Market) -> str:
    """A book's side as people write it: home +3.5 at 1.909 from betus."""
    line = line_text(market, entry["point"])
    return f"{WORDS[entry['side']]}{' ' if line else ''}{line} at {entry['price']:.3f} from {entry['book']}"
