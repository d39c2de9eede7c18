"""Many callers at once: no nonce is skipped or given twice, and no money appears or is lost."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx

from stake.simulator import Simulator
from stake.simulator.facts import Account
from stake.simulator.money import PLAY_MONEY
from tests.stake.simulator.wire import NO_TLS, Caller

THREADS = 20
BETS_EACH = 10
GAMES = ("dice", "limbo", "pump", "plinko", "bars")


def test_twenty_callers_and_a_second_actor(simulator: Simulator, account: Account, control: Callable[..., Any]) -> None:
    refused: list[str] = []
    failed: list[BaseException] = []

    def bet(number: int) -> None:
        try:
            with httpx.Client(
                verify=NO_TLS, base_url=simulator.base_url, headers={"x-access-token": account.token}, timeout=30
            ) as client:
                placed = 0
                while placed < BETS_EACH:
                    answer = Caller(client).place(GAMES[number % len(GAMES)], amount=0.37).json()
                    placed += "errors" not in answer
                    refused.extend(error["errorType"] for error in answer.get("errors", ()))
        except BaseException as error:
            failed.append(error)

    def act() -> None:
        try:
            for _ in range(5):
                control("actor", account=account.id, do="rotate")
                control("balance", account=account.id, currency="usdt", amount="0.00000001")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=bet, args=(number,)) for number in range(THREADS)]
    threads.append(threading.Thread(target=act))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failed == []
    assert set(refused) <= {"parallelCasinoBet"}
    bets = account.bets
    assert len(bets) == THREADS * BETS_EACH
    assert len({bet.id for bet in bets}) == len(bets)
    for pair in (*account.retired, account.pair):
        nonces = [bet.nonce for bet in bets if bet.pair is pair]
        assert nonces == list(range(1, pair.nonce + 1))
    moved = sum((bet.payout - bet.amount for bet in bets), Decimal(0)) + 5 * Decimal("0.00000001")
    assert account.available["usdt"] == PLAY_MONEY["usdt"] + moved
