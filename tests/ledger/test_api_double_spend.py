"""The same money spent many times at the same moment, through the front door: it is spent as often as it is there.

Balances kept in a cache, or read before they are locked, let several wagers through on money for one; a version that is
checked outside of the lock does so too.
"""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from ledger import checks
from tests.ledger.client import Answer, Api

Opener = Callable[..., int]


def at_once(api: Api, path: str, bodies: list[dict[str, Any]]) -> list[Answer]:
    """The answers to requests that are sent by as many threads, which wait for one another first."""
    gate = threading.Barrier(len(bodies))

    def send(body: dict[str, Any]) -> Answer:
        gate.wait()
        try:
            return api.post(path, body)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(bodies)) as threads:
        return list(threads.map(send, bodies))


@pytest.fixture
def api(ledger: None) -> Api:
    return Api("ledger", "read")


@pytest.mark.parametrize(
    ("has", "wager", "sent", "taken", "versions"),
    [("10", "10", 5, 1, False), ("10", "10", 5, 1, True), ("150", "100", 50, 1, False), ("150", "50", 8, 3, False)],
)
def test_wagers_at_the_same_moment(
    api: Api, wallet: Opener, has: str, wager: str, sent: int, taken: int, versions: bool
) -> None:
    path = f"wallets/{wallet('ann', 'BTC')}"
    api.ask(f"{path}/deposits", amount=has)
    expected = {"expected_version": 1} if versions else {}
    bodies = [{"client_id": str(uuid4()), "amount": wager, **expected} for _ in range(sent)]
    answers = at_once(api, f"{path}/holds", bodies)
    refused = "VERSION_CONFLICT" if versions else "INSUFFICIENT_FUNDS"
    codes = Counter("taken" if answer.status == 200 else answer.code for answer in answers)
    assert codes == {"taken": taken, refused: sent - taken}
    after = api.get(path).body
    assert (after["version"], after["locked"]) == (1 + taken, f"{taken * int(wager)}.00000000")
    # Every one of them sent again is answered as before, and nothing moves.
    again = [api.post(f"{path}/holds", body) for body in bodies]
    assert [each.body for each in again] == [{**each.body, "replayed": True} for each in answers]
    assert api.get(path).body == after
    assert checks.check() == []


def test_one_request_sent_many_times_at_the_same_moment_is_done_once(api: Api, wallet: Opener) -> None:
    path = f"wallets/{wallet('ann')}"
    body = {"client_id": str(uuid4()), "amount": "1"}
    answers = at_once(api, f"{path}/deposits", [body] * 8)
    assert sorted(answer.body.pop("replayed") for answer in answers) == [False] + [True] * 7
    assert all(answer.body == answers[0].body for answer in answers)
    assert api.get(path).body["available"] == "1.00"


def test_a_hold_that_is_won_and_lost_at_the_same_moment_ends_once(api: Api, wallet: Opener) -> None:
    path = f"wallets/{wallet('ann')}"
    hold = str(uuid4())
    api.ask(f"{path}/deposits", amount="5")
    api.ask(f"{path}/holds", client_id=hold, amount="5")
    answers = at_once(api, f"{path}/holds/{hold}/win", [{"client_id": str(uuid4()), "payout": "9"} for _ in range(4)])
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert api.get(path).body["available"] == "9.00"


@pytest.mark.django_db(transaction=True)
def test_the_demonstration_runs_again_and_again(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        call_command("try_double_spend")
        said = capsys.readouterr().out
        assert said.count("INSUFFICIENT_FUNDS: This needs 10.00 PLY; 0.00 PLY is available.") == 4
        assert said.count("replayed: false") == said.count("replayed: true") == 1
        assert said.endswith("Taken once, and the books are in order.\n")
