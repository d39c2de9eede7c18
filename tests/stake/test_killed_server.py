"""A whole installation whose web server is killed while a bet is in flight: the bet is found, and never sent again."""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from stake.simulator import address
from tests.stakepro.installation import Installation, installed

SECONDS = 90


def until(holds: Callable[[], Any], *, every: float = 0.1) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (found := holds()):
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(every)
    return found


@pytest.mark.slow  # a sender counts as gone only after every socket of its request must be closed
@pytest.mark.timeout(240)
def test_a_bet_in_flight_when_the_server_is_killed_is_found() -> None:
    with installed() as installation:
        installation.start_up()
        words = ("--scope", "read", "--scope", "bet", "--scope", "sessions")
        token = installation.manage("create_token", "bets", *words).stdout.strip()
        with client_of(installation, token) as client, simulator_of(installation) as simulator:
            account = simulator.post("/_simulator/accounts", json={}).json()
            session = live_session(client, account["token"])
            lost = bet_while_the_server_is_killed(installation, client, simulator, session, account["id"])
            installation.start_up()
            until(lambda: address.is_listening(installation.home))
            found = until(lambda: intent_if_decided(client))
            with simulator_of(installation) as restarted:
                (booked,) = restarted.get("/_simulator/state", params={"account": account["id"]}).json()["bets"]
    assert not lost, "the answer came before the kill"
    assert (found["state"], found["provider_bet_id"], found["nonce"]) == ("recorded", booked["id"], 1)


def client_of(installation: Installation, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"http://127.0.0.1:{installation.port}", headers=headers, timeout=30, trust_env=False)


def simulator_of(installation: Installation) -> httpx.Client:
    address.ask_for_it(installation.home)
    until(lambda: address.is_listening(installation.home))
    port = address.registered_port(installation.home)
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)


def live_session(client: httpx.Client, token: str) -> str:
    entered = {"label": "Simulator", "host": "simulator", "currency": "btc", "token": token}
    answer = client.post("/stake/session", json=entered)
    assert answer.status_code == 201, answer.text
    session: str = answer.json()["id"]
    limits = {"session": session, "currency": "btc", "max_wager": 1}
    assert client.put("/stake/limits", json=limits).status_code == 200
    assert client.put(f"/stake/session/{session}/live").status_code == 200
    return session


def bet_while_the_server_is_killed(
    installation: Installation, client: httpx.Client, simulator: httpx.Client, session: str, account: str
) -> list[httpx.Response]:
    """Place a bet that is booked and not answered yet when the web server dies; the answers that came, so none."""
    fault = {"kind": "late", "operation": "place", "seconds": 20, "booked": True}
    assert simulator.post("/_simulator/faults", json=fault).status_code == 200
    wanted = {
        "session": session,
        "game": "limbo",
        "amount": 0.01,
        "currency": "btc",
        "options": {"target": 2},
        "client_ref": "in flight",
    }
    answers: list[httpx.Response] = []

    def post() -> None:
        with suppress(httpx.TransportError):
            answers.append(client.post("/stake/bet", json=wanted))

    posting = threading.Thread(target=post)
    posting.start()
    until(lambda: simulator.get("/_simulator/state", params={"account": account}).json()["bets"])
    installation.end(signal.SIGKILL)
    posting.join(30)
    return answers


def intent_if_decided(client: httpx.Client) -> dict[str, Any] | None:
    with suppress(httpx.TransportError):
        (intent,) = client.get("/stake/bet").json()["intents"]
        return intent if intent["state"] not in ("in_flight", "unknown") else None
    return None
