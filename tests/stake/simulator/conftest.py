"""A simulator on loopback with one account, and clients that know nothing of it but its address."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from stake.simulator import Simulator, World
from stake.simulator.facts import Account
from tests.stake.simulator.wire import NO_TLS, Caller


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A running simulator that draws the same every time."""
    with Simulator(world=World(seed=7)) as running:
        yield running


@pytest.fixture
def account(simulator: Simulator) -> Account:
    """A person with play money."""
    return simulator.world.open_account("ada")


@pytest.fixture
def call(simulator: Simulator, account: Account) -> Iterator[Caller]:
    """The venue as `account` calls it."""
    with httpx.Client(
        verify=NO_TLS, base_url=simulator.base_url, headers={"x-access-token": account.token}, timeout=10
    ) as client:
        yield Caller(client)


@pytest.fixture
def control(simulator: Simulator) -> Iterator[Callable[..., Any]]:
    """The control path: `control("actor", account=…)` posts, and gives back the answer's JSON."""
    with httpx.Client(verify=NO_TLS, base_url=simulator.base_url, timeout=30) as client:

        def post(path: str, **given: Any) -> Any:
            answer = client.post(f"/_simulator/{path}", json=given)
            assert answer.status_code == 200, answer.text
            return answer.json()

        yield post
