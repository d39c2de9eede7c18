"""Programs with tokens, a simulator on a real socket, and a clock that both follow."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts import ratelimit, services, tokens
from stake.models import StakeSession
from stake.simulator.server import Simulator
from streams import sql
from tests.stake.conftest import START, Clock, live_session
from tests.streams.api.client import Answer, Api

LIMBO: dict[str, Any] = {"game": "limbo", "amount": "0.01", "currency": "btc", "options": {"target": "2"}}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    for forget in (sql.forget_streams, tokens.cache.clear, ratelimit.limiter.clear):
        forget()
    yield
    for forget in (sql.forget_streams, tokens.cache.clear, ratelimit.limiter.clear):
        forget()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the views call now; the simulator's clock is the same."""
    clock = Clock(START)
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def with_scopes(db: None) -> Callable[..., Api]:
    def make(*scopes: str) -> Api:
        return Api(services.create_token(label=" ".join(scopes), scopes=scopes, by=None, at=START)[1])

    return make


@pytest.fixture
def api(with_scopes: Callable[..., Api]) -> Api:
    """A program that may bet, look and manage sessions, each by a scope of its own."""
    return with_scopes("read", "bet", "sessions")


@pytest.fixture
def session(account: Any, clock: Clock, db: None) -> StakeSession:
    """A verified session that is live, with wide limits; all in the test's own transaction."""
    return live_session(account, clock)


@pytest.fixture
def played(api: Api, session: StakeSession) -> dict[str, Any]:
    """The answer to a bet that was placed."""
    return bet(api, session, "first").body


def bet(api: Api, session: StakeSession, ref: str, **changes: Any) -> Answer:
    """Place a bet on Limbo, or what the changes make of it."""
    return api.post("/stake/bet", {"session": str(session.pk), "client_ref": ref, **LIMBO, **changes})


def truth(simulator: Simulator, account: Any) -> list[Any]:
    """The bets that the venue has, newest first."""
    return list(simulator.world.history(account.id, limit=50, offset=0))


def stored(account: Any, **changes: Any) -> dict[str, Any]:
    """The body that stores a session with this account."""
    return {"label": "Mine", "host": "simulator", "currency": "btc", "token": account.token, **changes}


def other_account(simulator: Simulator) -> Any:
    return simulator.world.open_account("somebody", balances={"btc": Decimal(3)})
