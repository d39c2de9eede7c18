"""`manage.py poll_odds`: polls the odds provider and stores what it says."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from markets.asking import spool, talk
from markets.close_capture import after_cycle
from markets.configured import book_weights
from markets.place import Place
from markets.poller import Poller
from markets.provider.client import Provider
from markets.provider.clock import Clock
from markets.quotes import to_micros
from markets.stopping import Stopping
from markets.weights import BadWeights

WAIT_FOR_PLACE: Final = 5.0  # seconds between two looks whether the other poller has ended
ONCE_TURNS: Final = 4  # of one cycle each: what is due may only be known from the free lists of events


class Command(BaseCommand):
    """Poll until a signal."""

    help = "Poll the odds provider, as often as starts and budget allow; one process at a time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Once, or for ever."""
        parser.add_argument("--once", action="store_true", help="make the polls that are due now, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        """Return after a signal, or with --once when nothing is due."""
        if not settings.ODDS.key:
            raise CommandError(
                "There is no key to poll with: set ODDS_API_KEY. To try it without one, run "
                "`manage.py odds_simulator` and set the two variables that it names."
            )
        _check_weights()
        with Stopping() as stopping, Place() as place:
            if self._take(place, stopping, once=once):
                self._poll(place, stopping, once=once)

    def heard(self, provider: Provider) -> Provider:
        """The provider to ask; `record_polls` listens to it."""
        return provider

    def _take(self, place: Place, stopping: Stopping, *, once: bool) -> bool:
        said = False
        while not place.take():
            if once:
                raise CommandError("Another process is polling; one at a time does.")
            if not said:
                self.stderr.write("Another process is polling; this one waits until that ends.")
                said = True
            stopping.wait(WAIT_FOR_PLACE)
            if stopping():
                return False
        return True

    def _poll(self, place: Place, stopping: Stopping, *, once: bool) -> None:
        clock = Clock(lambda: datetime.now(UTC), time.monotonic)
        provider, ledger = talk(
            settings.ODDS, now=clock.now, sleep=stopping.sleep, daily=settings.ODDS.cadence.daily_credits
        )
        provider = self.heard(provider)
        poller = Poller(settings.ODDS, provider, ledger, clock, spool(), closing=after_cycle, stopping=stopping)
        turns = 0
        try:
            while not stopping():
                if not place.is_held():
                    raise CommandError("The connection that holds the poller's place is gone; start it again.")
                pause = poller.turn()
                turns += 1
                if once and (pause > 0 or turns == ONCE_TURNS):
                    return
                stopping.wait(pause)
        finally:
            provider.close()


def _check_weights() -> None:
    """Raises `CommandError` for a file of weights that cannot be used: at the start, and not at the first poll."""
    now = to_micros(datetime.now(UTC))
    try:
        for sport in settings.ODDS.sports:
            book_weights(sport, before=now)
    except BadWeights as error:
        raise CommandError(str(error)) from None
