"""Group commit: what arrives while a batch is being committed is the next batch, and its commit is everybody's answer.

One thread owns one connection. It takes whatever is queued, at most `BATCH_MAX`, posts it in one transaction
(`ledger.poster`), and then the requests are answered. There is no timer: a lone request commits at once, and under load
the batches grow. The queue is bounded: beyond it a request is answered `BUSY` without having been decided, and may be
sent again.

Several engines, in this process or others, are correct at once, since they lock rows in one order; they only wait for
each other where their wallets meet. A request that the database refuses, or that meets an error of ours, is found by
halving its batch and answered `INTERNAL` alone.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Final, NamedTuple

import psycopg

from ledger import metrics
from ledger.operations import Answer, Code, Done, Op, Refused
from ledger.poster import Connect, Poster

log = logging.getLogger(__name__)

BATCH_MAX: Final = 5_000
QUEUE_MAX: Final = 50_000
# A statement of ours takes milliseconds; one that waits for so long waits for something that is stuck.
STATEMENT_SECONDS: Final = 10
# Engines wait for each other for as long as a commit takes. A wallet that is held for longer is somebody else's doing,
# and is passed by.
LOCK_SECONDS: Final = 3


class Closed(Exception):
    """The engine takes no more requests."""


class _Group(NamedTuple):
    """Requests that were submitted together."""

    ops: Sequence[Op]
    answered: "Future[list[Answer]]"


class Engine:
    """The queue of one process and the thread that empties it; `submit` may be called from any thread."""

    def __init__(self, connect: Connect, *, now: Callable[[], datetime], shard: int = 0) -> None:
        self._poster = Poster(connect, shard=shard)
        self._now = now
        self._waiting: deque[_Group] = deque()
        self._ops_waiting = 0
        self._arrived = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="ledger engine", daemon=True)
        self._thread.start()

    def submit(self, ops: Sequence[Op]) -> "Future[list[Answer]]":
        """Queue requests, to be decided in this order; their answers come when they are committed.

        Together they may be at most `BATCH_MAX`. Each stands for itself: they are decided in one batch, unless one of
        them breaks it and is looked for. The future cannot be cancelled: what was taken is done. Where the queue has no
        room for all of them, none is taken and each is `BUSY`. Raises `Closed`.
        """
        if not 0 < len(ops) <= BATCH_MAX:
            raise ValueError(f"Submit 1 to {BATCH_MAX} requests at once.")
        group = _Group(tuple(ops), Future())
        group.answered.set_running_or_notify_cancel()
        with self._arrived:
            if self._closing:
                raise Closed
            if self._ops_waiting + len(ops) <= QUEUE_MAX:
                self._waiting.append(group)
                self._ops_waiting += len(ops)
                self._arrived.notify()
                return group.answered
        metrics.answered(Code.BUSY.value, len(ops))
        group.answered.set_result([Refused(op.wallet_id, op.client_id, Code.BUSY) for op in ops])
        return group.answered

    def close(self) -> None:
        """Take no more requests, answer all that were taken, and end."""
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        self._thread.join()
        self._poster.close()

    def _run(self) -> None:
        while groups := self._next_groups():
            ops = [op for group in groups for op in group.ops]
            begun = time.perf_counter()
            try:
                answers = self._answers(ops)
            except BaseException:  # whatever it is: everybody is answered, and the next batch has its turn
                log.exception("A batch of the ledger failed")
                # A part of it may be committed; asking again tells.
                answers = [Refused(op.wallet_id, op.client_id, Code.UNAVAILABLE) for op in ops]
            _count(answers, seconds=time.perf_counter() - begun)
            place = 0
            for group in groups:
                group.answered.set_result(answers[place : place + len(group.ops)])
                place += len(group.ops)
        metrics.queue(0)

    def _next_groups(self) -> "list[_Group]":
        """What waits, as soon as something does; nothing when the engine is closed and all is answered."""
        taken: list[_Group] = []
        size = 0
        with self._arrived:
            self._arrived.wait_for(lambda: self._waiting or self._closing)
            while self._waiting and size + len(self._waiting[0].ops) <= BATCH_MAX:
                taken.append(self._waiting.popleft())
                size += len(taken[-1].ops)
            self._ops_waiting -= size
            metrics.queue(self._ops_waiting)
        return taken

    def _answers(self, ops: list[Op]) -> list[Answer]:
        try:
            return self._poster.post(ops, at=self._now())
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._poster.close()
            log.warning("The ledger's database did not answer", extra={"reason": type(error).__name__})
            return [Refused(op.wallet_id, op.client_id, Code.UNAVAILABLE) for op in ops]
        except Exception:
            if len(ops) == 1:
                log.exception("A request of the ledger failed", extra={"kind": ops[0].kind.name.lower()})
                return [Refused(ops[0].wallet_id, ops[0].client_id, Code.INTERNAL)]
            half = len(ops) // 2
            return self._answers(ops[:half]) + self._answers(ops[half:])


def _count(answers: Sequence[Answer], *, seconds: float) -> None:
    metrics.batch(len(answers), seconds)
    codes = Counter("OK" if isinstance(answer, Done) else answer.code.value for answer in answers)
    for code, count in codes.items():
        metrics.answered(code, count)
    if again := sum(answer.replayed for answer in answers):
        metrics.replayed(again)
