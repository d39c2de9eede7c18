"""Between the event loop and the engine's thread: requests go over in groups, and so do their answers.

Requests that are read in one turn of the event loop are submitted together. The engine's thread leaves answered groups
in a queue and wakes the loop once for all of them: waking it for each would cost more than deciding does.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final, NamedTuple

from ledger.engine import BATCH_MAX
from ledger.operations import Answer, Code, Op, Refused

Submit = Callable[[Sequence[Op]], "Future[list[Answer]]"]

# How long a caller waits; what takes longer may still be done, and asking again tells.
ANSWER_SECONDS: Final = 30.0


class _Waiter(NamedTuple):
    """One request's operations, and where their answers go."""

    ops: Sequence[Op]
    answered: "asyncio.Future[list[Answer]]"
    until: float


class Relay:
    """Used on its event loop only, but for `_landed`."""

    def __init__(self, submit: Submit, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._submit = submit
        self._answer_seconds = answer_seconds
        self._loop = asyncio.get_running_loop()
        self._waiting: list[_Waiter] = []
        self._under_way: deque[_Waiter] = deque()  # in the order of `until`
        self._arrived: deque[tuple[list[_Waiter], Future[list[Answer]]]] = deque()
        self._woken = False

    def post(self, ops: Sequence[Op]) -> "asyncio.Future[list[Answer]]":
        """The answers to at most `BATCH_MAX` operations, in their order, once they are committed."""
        waiter = _Waiter(ops, self._loop.create_future(), self._loop.time() + self._answer_seconds)
        if not self._waiting:
            self._loop.call_soon(self._send)
        self._waiting.append(waiter)
        return waiter.answered

    def give_up_old(self) -> None:
        """Answer `UNAVAILABLE` to those who waited too long. To be called now and then."""
        now = self._loop.time()
        while self._under_way and (self._under_way[0].answered.done() or self._under_way[0].until <= now):
            waiter = self._under_way.popleft()
            if not waiter.answered.done():
                waiter.answered.set_result(_unavailable(waiter.ops))

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._under_way.extend(waiting)
        group: list[_Waiter] = []
        size = 0
        for waiter in waiting:
            if size + len(waiter.ops) > BATCH_MAX:
                self._submit_group(group)
                group, size = [], 0
            group.append(waiter)
            size += len(waiter.ops)
        self._submit_group(group)

    def _submit_group(self, group: list[_Waiter]) -> None:
        try:
            answered = self._submit([op for waiter in group for op in waiter.ops])
        except Exception as error:
            _fail(group, error)
        else:
            answered.add_done_callback(partial(self._landed, group))

    def _landed(self, group: list[_Waiter], answered: "Future[list[Answer]]") -> None:
        """Called in the engine's thread, and for what the engine does not take in ours."""
        self._arrived.append((group, answered))
        if not self._woken:
            # Before the queue is emptied this is set back: whoever sees it set is still in time for that.
            self._woken = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._woken = False
        while self._arrived:
            group, answered = self._arrived.popleft()
            error = answered.exception()
            if error is not None:
                _fail(group, error)
                continue
            answers = answered.result()
            place = 0
            for waiter in group:
                end = place + len(waiter.ops)
                if not waiter.answered.done():  # its caller may be gone
                    waiter.answered.set_result(answers[place:end])
                place = end
        while self._under_way and self._under_way[0].answered.done():
            self._under_way.popleft()


def _fail(group: list[_Waiter], error: BaseException) -> None:
    for waiter in group:
        if not waiter.answered.done():
            waiter.answered.set_exception(error)


def _unavailable(ops: Sequence[Op]) -> list[Answer]:
    return [Refused(op.wallet_id, op.client_id, Code.UNAVAILABLE) for op in ops]
