"""A provider from a seed, its clock standing, and a client that knows nothing of it but its address."""

from collections.abc import Iterator

import pytest

from loopback import server
from markets.simulator import Account, Generated, Provider, Simulator
from tests.markets.simulator.wire import KEY, Caller

SPORTS = ("basketball_nba", "soccer_epl")


@pytest.fixture(autouse=True)
def _quick_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts a server; its end should not be waited for."""
    monkeypatch.setattr(server, "POLL_SECONDS", 0.002)


@pytest.fixture(scope="session")
def generated() -> Generated:
    """Two sports, two games a day. Polls are functions of their moments, so tests can share it."""
    return Generated(7, SPORTS, games=2)


@pytest.fixture
def provider(generated: Generated) -> Provider:
    """Time goes a poll further at each call of `/odds`."""
    return Provider(generated, account=Account(KEY, 500, calls_a_second=None))


@pytest.fixture
def simulator(provider: Provider) -> Iterator[Simulator]:
    """It listens."""
    with Simulator(provider) as running:
        yield running


@pytest.fixture
def call(simulator: Simulator) -> Iterator[Caller]:
    """Who calls it."""
    caller = Caller(simulator)
    yield caller
    caller.client.close()
