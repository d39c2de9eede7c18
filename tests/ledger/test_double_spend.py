"""The same money cannot go two ways: wagers, withdrawals, transfers and corrections that race for it, whatever wins.

Wagers alone, from threads and processes at once, are in `test_concurrency.py`; in one batch in `test_decide.py`.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from ledger import checks
from ledger.engine import Engine
from ledger.models import WalletRow
from ledger.operations import Answer, Code, Done, Kind, Op, Refused
from tests.ledger.conftest import AT, connect

Opener = Callable[..., int]
SECONDS = 60


@pytest.fixture
def engines(ledger: None) -> Iterator[list[Engine]]:
    """As three processes have them."""
    made = [Engine(connect, now=lambda: AT, shard=shard) for shard in range(3)]
    yield made
    for each in made:
        each.close()


def all_at_once(engines: list[Engine], ops: list[Op]) -> list[Answer]:
    """Each request from a thread of its own, through one engine or another."""
    gate = threading.Barrier(len(ops))
    found: dict[int, Answer] = {}

    def send(number: int) -> None:
        gate.wait(SECONDS)
        (found[number],) = engines[number % len(engines)].submit([ops[number]]).result(timeout=SECONDS)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(ops))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    return [found[number] for number in range(len(ops))]


def has(wallet: int) -> tuple[int, int]:
    row = WalletRow.objects.get(pk=wallet)
    return row.available, row.locked


def codes(answers: list[Answer]) -> Counter[str]:
    return Counter("done" if isinstance(answer, Done) else answer.code.value for answer in answers)


def test_every_way_out_races_for_the_same_money(wallet: Opener, engines: list[Engine]) -> None:
    ann, ben = wallet("ann"), wallet("ben")
    given = Op(Kind.DEPOSIT, ann, uuid4(), 100)
    all_at_once(engines, [given])
    ways = [
        Op(Kind.PLACE, ann, uuid4(), 100),
        Op(Kind.WITHDRAW, ann, uuid4(), 100),
        Op(Kind.TRANSFER, ann, uuid4(), 100, other_wallet_id=ben),
        Op(Kind.ADJUST, ann, uuid4(), -100, reason="given by mistake"),
        Op(Kind.REVERSE, ann, uuid4(), undone=given.client_id),
    ]
    answers = all_at_once(engines, ways)
    assert codes(answers) == {"done": 1, "INSUFFICIENT_FUNDS": 4}
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert {(answer.need, answer.have) for answer in refused} == {(100, 0)}
    won = ways[[isinstance(answer, Done) for answer in answers].index(True)]
    assert has(ann) == ((0, 100) if won.kind in (Kind.PLACE, Kind.WITHDRAW) else (0, 0))
    assert has(ben) == ((100, 0) if won.kind == Kind.TRANSFER else (0, 0))
    assert checks.check() == []


def test_a_hold_is_ended_one_way_and_pays_once(wallet: Opener, engines: list[Engine]) -> None:
    ann = wallet("ann")
    bet = Op(Kind.PLACE, ann, uuid4(), 100)
    engines[0].submit([Op(Kind.DEPOSIT, ann, uuid4(), 100), bet]).result(timeout=SECONDS)
    won = Op(Kind.WIN, ann, uuid4(), 250, hold=bet.client_id)
    ends = [
        *(replace(won, client_id=uuid4()) for _ in range(4)),  # the same button pressed again: new ids
        Op(Kind.LOSE, ann, uuid4(), hold=bet.client_id),
        Op(Kind.VOID, ann, uuid4(), hold=bet.client_id),
    ]
    answers = all_at_once(engines, ends)
    assert codes(answers) == {"done": 1, "HOLD_CLOSED": 5}
    ended = ends[[isinstance(answer, Done) for answer in answers].index(True)]
    assert has(ann) == ({Kind.WIN: 250, Kind.LOSE: 0, Kind.VOID: 100}[ended.kind], 0)
    assert checks.check() == []


def test_one_click_sent_by_everybody_is_one_wager(wallet: Opener, engines: list[Engine]) -> None:
    ann = wallet("ann")
    bet = Op(Kind.PLACE, ann, uuid4(), 10, expected_version=1)
    engines[0].submit([Op(Kind.DEPOSIT, ann, uuid4(), 100)]).result(timeout=SECONDS)
    answers = all_at_once(engines, [bet] * 9)
    assert codes(answers) == {"done": 9}
    assert Counter(answer.replayed for answer in answers) == {False: 1, True: 8}
    assert {(answer.available, answer.version) for answer in answers if isinstance(answer, Done)} == {(90, 2)}
    assert has(ann) == (90, 10)


def test_money_is_not_given_on_before_it_is_there(wallet: Opener, engines: list[Engine]) -> None:
    """A ring of transfers, each of all that its sender had: none can be made of money that only comes by another."""
    ring = [wallet(f"ring {number}") for number in range(4)]
    engines[0].submit([Op(Kind.DEPOSIT, ring[0], uuid4(), 60)]).result(timeout=SECONDS)
    moves = [Op(Kind.TRANSFER, ring[n % 4], uuid4(), 60, other_wallet_id=ring[(n + 1) % 4]) for n in range(12)]
    answers = all_at_once(engines, moves)
    assert set(codes(answers)) <= {"done", Code.INSUFFICIENT_FUNDS.value}
    assert isinstance(answers[0], Done) or isinstance(answers[4], Done) or isinstance(answers[8], Done)
    assert sorted(has(each) for each in ring) == [(0, 0), (0, 0), (0, 0), (60, 0)]
    assert checks.check() == []
