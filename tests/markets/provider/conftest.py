"""A simulated provider on a real socket, and pollers of it. Its clock stands until a test moves it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from markets.asking import talk
from markets.poller import Poller
from markets.provider.clock import Clock
from markets.provider.configuration import Odds, read
from markets.quotes import MINUTE, to_micros
from markets.simulator import Account, Generated, Provider, Simulator
from markets.simulator import Clock as SimulatedClock
from markets.spool import Spool
from tests.markets.provider.test_configuration import DEFAULTS

KEY = "5ecre7" * 5
NBA = "basketball_nba"


@pytest.fixture(scope="session")
def generated() -> Generated:
    """One sport, three games a day."""
    return Generated(7, (NBA,), games=3)


def first_start(generated: Generated) -> int:
    """When its first game starts, as it is told then."""
    snapshot = generated.snapshot(NBA, generated.begins)
    assert snapshot is not None
    starts = sorted(to_micros(datetime.fromisoformat(event["commence_time"])) for event in snapshot.events)
    return next(start for start in starts if start > generated.begins + 60 * MINUTE)


@dataclass
class World:
    """The simulator, and what pollers of it are made with."""

    simulator: Simulator
    spool: Spool
    slept: list[float] = field(default_factory=list)
    clients: list[Any] = field(default_factory=list)

    @property
    def provider(self) -> Provider:
        return self.simulator.provider

    def odds(self, **settings: Any) -> Odds:
        """The checked settings."""
        mine = {
            "ODDS_API_KEY": KEY,
            "ODDS_API_BASE_URL": self.simulator.base_url,
            "ODDS_API_SPORT_KEYS": NBA,
            "ODDS_API_LOW_CREDIT_THRESHOLD": "0",
        }
        return read({**DEFAULTS, **mine, **settings})

    def poller(self, *, closing: Any = None, deadline: float | None = None, **settings: Any) -> Poller:
        """A poller that just began."""
        odds = self.odds(**settings)
        # The simulator's time stands, so ours does.
        clock = Clock(lambda: datetime.now(UTC), lambda: 0.0)
        provider, ledger = talk(odds, now=clock.now, sleep=self.slept.append, daily=odds.cadence.daily_credits)
        self.clients.append(provider)
        if deadline is not None:
            provider._deadline = deadline
        return Poller(odds, provider, ledger, clock, self.spool, closing=closing)

    def calls(self, operation: str) -> int:
        """How many requests of a kind came."""
        return sum(call.operation == operation for call in self.provider.calls)

    def forward(self, minutes: float) -> None:
        """Time goes on."""
        clock = self.provider.clock
        clock.advance(clock.now() + round(minutes * MINUTE))


@pytest.fixture
def world(generated: Generated, tmp_path: Path) -> Iterator[World]:
    """Half an hour before the first start."""
    clock = SimulatedClock(first_start(generated) - 30 * MINUTE, 0)
    provider = Provider(generated, clock=clock, account=Account(KEY, 500, calls_a_second=None), steps=False)
    with Simulator(provider) as running:
        made = World(running, Spool(tmp_path / "answers"))
        yield made
        for client in made.clients:
            client.close()


def turns(poller: Poller, most: int = 5) -> float:
    """Let a poller do all that is due; the pause that it wants then."""
    for _ in range(most):
        pause = poller.turn()
        if pause > 0:
            return pause
    raise AssertionError(f"something was due {most} times in a row")


def wait_until(happened: Callable[[], bool], seconds: float = 30) -> None:
    """Until something has happened."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
