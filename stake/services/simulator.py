"""Trying it out: the simulator started, an account of play money, a session with it, and a first bet."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import httpx
from django.conf import settings

from accounts.audit import By
from stake import guard, hosts, refusals
from stake.models import BetIntent, StakeSession
from stake.services import balances, betting, limits, sessions
from stake.services.betting import Wanted
from stake.simulator import address
from stake.simulator.control import PREFIX
from stake.values import Order

START_SECONDS: Final = 8.0  # a process with Django in it has to start
LOOK_SECONDS: Final = 0.1
LABEL: Final = "Simulator"
FIRST_BET: Final = Order("pump", Decimal("0.001"), "btc", {"difficulty": "easy", "pumps": 1})
# Wide enough to play with, and there: a session without limits cannot go live.
LIMITS: Final = guard.Limits(max_wager=Decimal("0.1"), daily_loss=Decimal(1), confirm_above=Decimal("0.05"))


class NotRunning(refusals.Refused):
    """The simulator was asked for, and does not answer."""

    code = "simulator_not_running"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "The simulator does not answer yet. `make run` starts it by itself; otherwise run "
            "`manage.py stake_simulator` beside the server, and try again."
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """A session with the simulator, and the bet placed with it."""

    session_id: UUID
    intent: BetIntent


def try_it(*, by: By, now: Callable[[], datetime]) -> Tried:
    """Start the simulator, store a session of play money, go live with it and place a first bet.

    A session with the simulator that is there already is used again. Raises `Refused`, and what the venue raises.
    """
    start()
    session = _usable_session() or _new_session(by=by, now=now)
    wanted = Wanted(session.pk, FIRST_BET, client_ref=f"first bet {uuid4()}")
    intent = betting.place(wanted, by=by, now=now)
    balances.refresh(session_id=session.pk, now=now)  # what it has after the bet
    return Tried(session.pk, intent)


def start(*, sleep: Callable[[float], None] = time.sleep) -> None:
    """Have the simulator run, and wait until it answers. Raises `NotRunning`."""
    home = Path(settings.STAKEPRO_HOME)
    if address.is_listening(home):
        return
    address.ask_for_it(home)
    until = time.monotonic() + START_SECONDS
    while not address.is_listening(home):
        if time.monotonic() > until:
            raise NotRunning
        sleep(LOOK_SECONDS)


def _usable_session() -> StakeSession | None:
    return (
        StakeSession.objects.filter(simulated=True, live=True, removed_at=None, currency="btc", last_error_kind="")
        .order_by("-created_at")
        .first()
    )


def _new_session(*, by: By, now: Callable[[], datetime]) -> StakeSession:
    entered = sessions.Entered(label=LABEL, host=hosts.SIMULATOR, currency="btc", token=_new_account())
    session = sessions.store(entered, by=by, now=now)
    limits.set_limits(session_id=session.pk, currency="btc", values=LIMITS, by=by, at=now())
    sessions.set_live(session.pk, live=True, by=by, at=now())
    return sessions.verify(session.pk, by=by, now=now)


def _new_account() -> str:
    """The token of a new account of play money."""
    port = address.registered_port(Path(settings.STAKEPRO_HOME))
    if port is None:
        raise NotRunning
    url = f"http://127.0.0.1:{port}{PREFIX}accounts"
    try:
        answer = httpx.post(url, json={}, timeout=5, trust_env=False)
        answer.raise_for_status()
        return str(answer.json()["token"])
    except (httpx.HTTPError, ValueError, KeyError):
        # None of what was asked or answered: it holds a token.
        raise NotRunning from None
