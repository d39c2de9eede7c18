"""Kill switches: what begins is paused, what was begun ends, and nothing is committed after the switch was turned."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest

from accounts import switches
from accounts.audit import By
from ledger.engine import Engine
from ledger.models import EntryRow
from ledger.operations import Code, Done, Kind, Op, Refused
from ledger.poster import Poster
from tests.ledger.conftest import AT, connect

Opener = Callable[..., int]
BY = By.command_line()


def turn(name: str, on: bool) -> None:
    switches.turn(name, on, by=BY, at=AT)


@pytest.mark.parametrize(
    ("switch", "kind", "called"),
    [
        (switches.WAGERS_PAUSED, Kind.PLACE, "Wagers"),
        (switches.DEPOSITS_PAUSED, Kind.DEPOSIT, "Deposits"),
        (switches.WITHDRAWALS_PAUSED, Kind.WITHDRAW, "Withdrawals"),
    ],
)
def test_a_kind_is_paused_and_goes_on_later(
    wallet: Opener, poster: Poster, switch: str, kind: Kind, called: str
) -> None:
    ann = wallet("ann")
    poster.post([Op(Kind.DEPOSIT, ann, uuid4(), 100)], at=AT)
    turn(switch, True)
    op = Op(kind, ann, uuid4(), 10)
    others = [Op(each, ann, uuid4(), 1) for each in (Kind.PLACE, Kind.DEPOSIT, Kind.WITHDRAW) if each != kind]
    refused, *done = poster.post([op, *others], at=AT)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.which) == (Code.UNAVAILABLE, called)
    assert all(isinstance(each, Done) for each in done)
    turn(switch, False)
    (now,) = poster.post([op], at=AT)
    assert isinstance(now, Done)
    assert not now.replayed


def test_what_was_begun_ends_and_is_replayed_while_it_is_paused(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    bet, out = Op(Kind.PLACE, ann, uuid4(), 10), Op(Kind.WITHDRAW, ann, uuid4(), 10)
    poster.post([Op(Kind.DEPOSIT, ann, uuid4(), 100), bet, out], at=AT)
    for switch in (switches.WAGERS_PAUSED, switches.DEPOSITS_PAUSED, switches.WITHDRAWALS_PAUSED):
        turn(switch, True)
    again, won, left = poster.post(
        [
            bet,
            Op(Kind.WIN, ann, uuid4(), 15, hold=bet.client_id),
            Op(Kind.SETTLE_WITHDRAWAL, ann, uuid4(), hold=out.client_id),
        ],
        at=AT,
    )
    assert isinstance(again, Done)
    assert again.replayed
    assert isinstance(won, Done)
    assert isinstance(left, Done)
    assert (left.available, left.locked) == (95, 0)


def test_nothing_is_committed_after_the_switch_was_turned(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    poster.post([Op(Kind.DEPOSIT, ann, uuid4(), 1_000)], at=AT)
    engine = Engine(connect, now=lambda: AT)
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            engine.submit([Op(Kind.PLACE, ann, uuid4(), 1)]).result(10)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    turn(switches.WAGERS_PAUSED, True)
    count = EntryRow.objects.filter(wallet_id=ann).count()
    (answer,) = engine.submit([Op(Kind.PLACE, ann, uuid4(), 1)]).result(10)
    stop.set()
    for thread in threads:
        thread.join()
    engine.close()
    assert isinstance(answer, Refused)
    assert EntryRow.objects.filter(wallet_id=ann).count() == count
