"""Simulated odds through the real poller: a provider on loopback whose day passes in a minute or two.

Everything goes the way of real odds: HTTP, the credit ledger, the planner, the pipeline, closes and grades. What comes
of it is stored as simulated, beside real odds and never among them.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings

from markets import queries
from markets.asking import talk
from markets.close_capture import after_cycle
from markets.poller import Poller
from markets.provider.access import Key, read_base
from markets.provider.clock import Clock
from markets.provider.configuration import Odds
from markets.simulator import Account, Generated, Provider, Simulator
from markets.simulator import Clock as SimulatedClock
from markets.spool import Spool

KEY: Final = "simulation"
CREDITS: Final = 1_000_000
WAIT_MOST: Final = 0.5  # seconds between two looks at the clock
SECOND = timedelta(seconds=1)


class Turn(NamedTuple):
    """How far the simulated time is."""

    at: datetime
    ends: datetime


@contextmanager
def running(
    sport: str, *, seed: int, games: int, hours: float, speed: float, at: datetime
) -> Iterator[tuple[datetime, Callable[[], Turn]]]:
    """A provider and a poller of it; gives when its time begins, and what does the next turn of the poller.

    Time begins `hours` before `at`, or where an earlier demonstration ended, and passes `speed` times as fast as ours.
    Raises `ValueError` for a sport that cannot be simulated.
    """
    begins = at - timedelta(hours=hours)
    last = queries.newest(sport, simulated=True)
    if last is not None:
        begins = max(begins, last.at + SECOND)
    source = Generated(seed, [sport], begins=begins, games=games)
    clock = SimulatedClock(source.begins, speed)
    provider = Provider(source, clock=clock, account=Account(KEY, CREDITS, calls_a_second=None), steps=False)
    ends = begins + timedelta(hours=hours)
    with Simulator(provider) as simulator, tempfile.TemporaryDirectory() as folder:
        odds = replace(settings.ODDS, key=Key(KEY), base=read_base(simulator.base_url), sports=(sport,))
        with _poller(odds, Path(folder)) as (poller, told):

            def turn() -> Turn:
                time.sleep(min(poller.turn(), WAIT_MOST))
                return Turn(told.now(), ends)

            yield begins, turn


@contextmanager
def _poller(odds: Odds, folder: Path) -> Iterator[tuple[Poller, Clock]]:
    clock = Clock(lambda: datetime.now(UTC), time.monotonic)
    client, ledger = talk(odds, now=clock.now, sleep=lambda seconds: time.sleep(min(seconds, WAIT_MOST)), daily=None)
    try:
        yield Poller(odds, client, ledger, clock, Spool(folder), closing=after_cycle), clock
    finally:
        client.close()
