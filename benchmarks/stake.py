"""Bets through our own door at the simulated venue, and the same bets at the venue without us."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from benchmarks.load import Timing
from benchmarks.served import Served
from stake.simulator import address

BETS = 500
WARM_UP = 50
START_SECONDS = 30.0


def bets(server: Served) -> dict[str, Any]:
    """One session, one bet after the other: committed as an intent, sent, stored in its stream, answered with it."""
    venue = _simulator(server)
    token = server.manage("create_token", "stake", *(f"--scope={each}" for each in ("read", "bet", "sessions")))
    account = venue.post("/_simulator/accounts", json={}).json()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30, trust_env=False) as ours:
        ours.headers["Authorization"] = f"Bearer {token}"
        session = _live_session(ours, account["token"])
        timing = _timed(lambda number: ours.post("/stake/bet", json=_wanted(session, number)), expected=201)
    alone = _timed(lambda number: venue.post(**_straight(account["token"], number)), expected=200)
    venue.close()
    return {
        "figure": round(timing.requests / timing.seconds, 1),
        "unit": "bets/s, one session",
        "p50_ms": timing.quantile_ms(0.5),
        "p99_ms": timing.quantile_ms(0.99),
        "venue_alone": round(alone.requests / alone.seconds, 1),
        "venue_alone_p50_ms": alone.quantile_ms(0.5),
    }


def _simulator(server: Served) -> httpx.Client:
    address.ask_for_it(server.home)
    deadline = time.monotonic() + START_SECONDS
    while not address.is_listening(server.home):
        if time.monotonic() > deadline:
            raise RuntimeError("The simulator does not start.")
        time.sleep(0.05)
    port = address.registered_port(server.home)
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)


def _live_session(ours: httpx.Client, token: str) -> str:
    entered = {"label": "benchmark", "host": "simulator", "currency": "btc", "token": token}
    session: str = ours.post("/stake/session", json=entered).raise_for_status().json()["id"]
    ours.put("/stake/limits", json={"session": session, "currency": "btc", "daily_loss": 1}).raise_for_status()
    ours.put(f"/stake/session/{session}/live").raise_for_status()
    return session


def _wanted(session: str, number: int) -> dict[str, Any]:
    order = {"game": "limbo", "amount": "0.00000001", "currency": "btc", "options": {"target": 2}}
    return {"session": session, "client_ref": f"bet {number}", **order}


def _straight(token: str, number: int) -> dict[str, Any]:
    body = {"amount": 0.00000001, "currency": "btc", "multiplierTarget": 2, "identifier": f"straight-{number}"}
    return {"url": "/_api/casino/limbo/bet", "json": body, "headers": {"x-access-token": token}}


def _timed(ask: Callable[[int], httpx.Response], *, expected: int) -> Timing:
    for number in range(WARM_UP):
        _expect(ask(number), expected)
    latencies = []
    begun = time.perf_counter()
    for number in range(WARM_UP, WARM_UP + BETS):
        at = time.perf_counter()
        _expect(ask(number), expected)
        latencies.append(time.perf_counter() - at)
    return Timing(time.perf_counter() - begun, tuple(latencies), {expected: BETS})


def _expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        raise RuntimeError(f"expected {status}, got {answer.status_code}: {answer.text[:300]}")
