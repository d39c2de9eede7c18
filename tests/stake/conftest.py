"""A simulated venue on a real socket, and a session with it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.audit import By
from stake import guard
from stake.breaker import Breakers
from stake.models import StakeSession
from stake.services import limits, sessions, venues
from stake.simulator import address
from stake.simulator.server import Simulator
from stake.simulator.world import World
from stake.values import Order

BY = By(name="tester", kind="user")
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(tmp_path: Path, settings: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A venue that is registered as the simulator of this installation; its clock is the test's."""
    settings.STAKEPRO_HOME = tmp_path
    monkeypatch.setattr(venues, "BREAKERS", Breakers())
    monkeypatch.setattr(venues, "WAIT", lambda seconds: None)
    with Simulator(world=World(seed=7, clock=clock)) as running:
        address.write(tmp_path, port=running.port, started_at="now")
        yield running


@pytest.fixture
def account(simulator: Simulator) -> Any:
    return simulator.world.open_account("player", balances={"btc": Decimal(10), "usdt": Decimal(1000)})


@pytest.fixture
def session(account: Any, clock: Clock, db: None) -> StakeSession:
    """A verified session that is live, with wide limits."""
    return live_session(account, clock)


def live_session(account: Any, now: Callable[[], datetime], **limit_values: Any) -> StakeSession:
    entered = sessions.Entered(label="Simulator", host="simulator", currency="btc", token=account.token)
    stored = sessions.store(entered, by=BY, now=now)
    limits.set_limits(
        session_id=stored.pk,
        currency="btc",
        values=guard.Limits(**{"max_wager": Decimal(1), **limit_values}),
        by=BY,
        at=now(),
    )
    sessions.set_live(stored.pk, live=True, by=BY, at=now())
    stored.refresh_from_db()
    return stored


def limbo(amount: str = "0.01", target: str = "2") -> Order:
    return Order("limbo", Decimal(amount), "btc", {"target": Decimal(target)})


def pump(amount: str = "0.01", pumps: int = 1, difficulty: str = "easy") -> Order:
    return Order("pump", Decimal(amount), "btc", {"difficulty": difficulty, "pumps": pumps})


def dice(amount: str = "0.01", target: str = "50.5", condition: str = "above") -> Order:
    return Order("dice", Decimal(amount), "btc", {"target": Decimal(target), "condition": condition})


def somebody(simulator: Simulator, account: Any, do: str = "bet", **given: Any) -> list[dict[str, Any]]:
    """What another program does on the same account; options under the venue's names. The bets it placed."""
    body = {"account": account.id, "do": do, **given}
    answer = httpx.post(f"{simulator.base_url}/_simulator/actor", json=body, trust_env=False)
    assert answer.status_code == 200, answer.text
    bets: list[dict[str, Any]] = answer.json()["bets"]
    return bets


def somebody_bets_limbo(
    simulator: Simulator, account: Any, amount: float = 0.01, target: float = 2, times: int = 1
) -> list[dict[str, Any]]:
    return somebody(
        simulator,
        account,
        game="limbo",
        amount=amount,
        currency="btc",
        options={"multiplierTarget": target},
        times=times,
    )
