"""Two posters over real rows, driven by Hypothesis against the simulator's model, interleaved down to their commits.

`tests/ledger/test_decide.py` does the same to the pure rules. Here every look-up is one of the database: replays, holds
and reversals of earlier batches, whoever posted them.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.transaction import Transaction

from ledger import checks, services
from ledger.models import EntryRow, WalletRow
from ledger.operations import Answer, Kind, Op
from ledger.poster import Poster
from ledger.simulation.model import Model
from tests.ledger.conftest import AT, BTC, POINTS, connect

SECONDS = 60
_names = itertools.count()


class Waiting(psycopg.Connection[Any]):
    """A connection that stops before its next commit, with everything decided, written and locked."""

    stopped: threading.Event | None = None
    go: threading.Event

    @contextmanager
    def transaction(self, savepoint_name: str | None = None, force_rollback: bool = False) -> Iterator[Transaction]:
        with super().transaction(savepoint_name, force_rollback) as transaction:
            yield transaction
            if self.stopped is not None:
                stopped, self.stopped = self.stopped, None
                stopped.set()
                assert self.go.wait(SECONDS)


class Worker:
    """A poster, and its connection."""

    def __init__(self, connecting: Callable[[], Waiting], shard: int) -> None:
        self.connecting, self.shard = connecting, shard
        self.start()

    def start(self) -> None:
        self.raw = self.connecting()
        self.poster = Poster(lambda: self.raw, shard=self.shard)
        self.poster.post([Op(Kind.VOID, 10**15, UUID(int=0))], at=AT)  # prepares its connection; nobody's wallet

    def restart(self) -> None:
        self.poster.close()
        self.start()


ids = st.integers(1, 9).map(lambda number: UUID(int=number))
requests = st.lists(
    st.tuples(
        st.sampled_from([kind for kind in Kind if kind != Kind.COUNTERPART]),
        st.integers(0, 2),  # which wallet
        ids,
        st.sampled_from([1, 2, 5, 40, 60, 0, -5, 1_000, 1_001]),
        st.none() | st.none() | st.integers(0, 6),  # the version expected
        ids,  # the hold that is ended, or what is undone
        st.integers(0, 3),  # the other wallet; one that is nobody's
    ),
    min_size=1,
    max_size=6,
)
workers = st.integers(0, 1)


class Ledger(RuleBasedStateMachine):
    """Three wallets, two of them of one currency."""

    connecting: Callable[[], Waiting]

    @initialize()
    def open(self) -> None:
        number = next(_names)
        self.wallets = [
            services.open_wallet(owner=f"machine {number} {name}", currency=currency.code, at=AT)
            for name, currency in (("ann", POINTS), ("ben", POINTS), ("ann", BTC))
        ]
        self.model = Model(dict(zip(self.wallets, (POINTS, POINTS, BTC), strict=True)))
        self.workers = [Worker(self.connecting, shard) for shard in range(2)]
        self.answered: list[Op] = []
        self.post(0, [Op(Kind.DEPOSIT, wallet, UUID(int=100 + wallet), 100) for wallet in self.wallets])

    def op(self, drawn: tuple[Kind, int, UUID, int, int | None, UUID, int]) -> Op:
        kind, wallet, client_id, amount, version, other_id, other = drawn
        amount = max(amount, 0) if kind == Kind.WIN else amount or (kind == Kind.ADJUST)
        return Op(
            kind,
            self.wallets[wallet],
            client_id,
            amount,
            expected_version=version,
            hold=other_id,
            undone=other_id if kind == Kind.REVERSE else None,
            other_wallet_id=[*self.wallets, 10**15][other] if kind == Kind.TRANSFER else None,
        )

    def expect(self, ops: Sequence[Op], answers: Sequence[Answer]) -> None:
        for op, answer in zip(ops, answers, strict=True):
            assert answer == self.model.answer(op), op
        self.answered += ops

    def post(self, worker: int, ops: list[Op]) -> None:
        self.expect(ops, self.workers[worker].poster.post(ops, at=AT))

    @rule(worker=workers, drawn=requests)
    def new(self, worker: int, drawn: list[Any]) -> None:
        self.post(worker, [self.op(each) for each in drawn])

    @rule(worker=workers, data=st.data())
    def again(self, worker: int, data: st.DataObject) -> None:
        self.post(worker, data.draw(st.lists(st.sampled_from(self.answered), min_size=1, max_size=4)))

    @rule(worker=workers)
    def restart(self, worker: int) -> None:
        self.workers[worker].restart()

    @rule(drawn=requests, later=requests)
    def at_once(self, drawn: list[Any], later: list[Any]) -> None:
        """The second batch begins when all of the first is written, and not committed."""
        first, second = self.workers
        ops, raw = [self.op(each) for each in drawn], first.raw
        then = [self.op(each) for each in later]
        told: dict[str, list[Answer]] = {}
        raw.stopped, raw.go = threading.Event(), threading.Event()
        stopped = raw.stopped
        one = threading.Thread(target=lambda: told.update(one=first.poster.post(ops, at=AT)))
        two = threading.Thread(target=lambda: told.update(two=second.poster.post(then, at=AT)))
        one.start()
        assert stopped.wait(SECONDS)
        two.start()
        two.join(0.005)  # it waits for a wallet, or it is done without
        raw.go.set()
        one.join(SECONDS)
        two.join(SECONDS)
        self.expect(ops, told["one"])
        self.expect(then, told["two"])

    @invariant()
    def balances_are_the_models(self) -> None:
        if not hasattr(self, "model"):
            return
        for row in WalletRow.objects.filter(pk__in=self.wallets):
            assert row.available == self.model.free[row.pk] >= 0
            assert row.locked == self.model.locked[row.pk] >= 0
            assert row.version == self.model.version[row.pk]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT FROM ledger_wallet GROUP BY currency"
                " HAVING sum(available + locked) <> 0) AS uneven"
            )
            assert cursor.fetchone() == (0,)

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        for worker in self.workers:
            worker.poster.close()
        names = ("wallet_id", "version", "kind", "client_id", "available_after", "locked_after")
        rows = EntryRow.objects.filter(wallet__in=self.wallets).values_list(*names)
        assert {row[:2]: row[2:] for row in rows} == self.model.lines


def breaches_after(examples: int, steps: int) -> list[checks.Breach]:
    """Run so many programs against the model, each step compared; what the books say in the end."""
    with closing(connect()) as usual:
        parameters: dict[str, Any] = usual.info.get_parameters()
        password = usual.info.password

    class Machine(Ledger):
        connecting = staticmethod(lambda: Waiting.connect(**parameters, password=password, autocommit=True))

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return checks.check()


def test_whatever_two_posters_do_the_model_did_it(ledger: None) -> None:
    assert breaches_after(examples=12, steps=12) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_whatever_two_posters_do_for_long(ledger: None) -> None:
    assert breaches_after(examples=150, steps=30) == []
