"""Requests go to the engine in groups, and the event loop is woken once for what the engine answers together."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from uuid import UUID

import pytest

from ledger.engine import BATCH_MAX
from ledger.operations import Answer, Code, Done, Kind, Op, Refused
from stakepro.gateway.relay import Relay


class Slow:
    """Stands in for the engine: keeps what it is given until it is told to answer, from a thread of its own."""

    def __init__(self) -> None:
        self.groups: list[tuple[list[Op], Future[list[Answer]]]] = []

    def submit(self, ops: Sequence[Op]) -> "Future[list[Answer]]":
        self.groups.append((list(ops), Future()))
        return self.groups[-1][1]

    def answer(self) -> None:
        groups, self.groups = self.groups, []

        def answer_all() -> None:
            for ops, answered in groups:
                answered.set_result([Done(op.wallet_id, op.client_id, op.amount, 0, 1) for op in ops])

        thread = threading.Thread(target=answer_all)
        thread.start()
        thread.join()


def place(number: int) -> Op:
    return Op(Kind.PLACE, 1, UUID(int=number), number)


def amounts(answers: Sequence[Answer]) -> list[int]:
    return [answer.available for answer in answers if isinstance(answer, Done)]


def test_one_turn_of_the_loop_is_one_group_and_each_gets_its_own_answers() -> None:
    async def scenario() -> None:
        engine = Slow()
        relay = Relay(engine.submit)
        asked = [relay.post([place(n), place(n + 100)]) for n in range(50)]
        await asyncio.sleep(0)
        assert [len(ops) for ops, _ in engine.groups] == [100]
        engine.answer()
        assert [amounts(answers) for answers in await asyncio.gather(*asked)] == [[n, n + 100] for n in range(50)]

    asyncio.run(scenario())


def test_the_loop_is_woken_once_for_what_comes_together(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        engine = Slow()
        relay = Relay(engine.submit)
        asked = []
        for n in range(10):
            asked.append(relay.post([place(n)]))
            await asyncio.sleep(0)
        assert len(engine.groups) == 10
        woken: list[object] = []
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda call, *args: (woken.append(call), wake(call, *args)))
        engine.answer()
        assert [amounts(answers) for answers in await asyncio.gather(*asked)] == [[n] for n in range(10)]
        assert len(woken) == 1

    asyncio.run(scenario())


def test_a_group_is_no_larger_than_the_engine_takes() -> None:
    async def scenario() -> None:
        engine = Slow()
        relay = Relay(engine.submit)
        asked = [relay.post([place(n)] * 1_000) for n in range(7)]
        await asyncio.sleep(0)
        assert [len(ops) for ops, _ in engine.groups] == [BATCH_MAX, 2_000]
        engine.answer()
        assert [len(answers) for answers in await asyncio.gather(*asked)] == [1_000] * 7

    asyncio.run(scenario())


def test_who_is_gone_takes_nothing_from_the_others() -> None:
    async def scenario() -> None:
        engine = Slow()
        relay = Relay(engine.submit)
        gone, stays = relay.post([place(1)]), relay.post([place(2)])
        await asyncio.sleep(0)
        gone.cancel()
        engine.answer()
        assert amounts(await stays) == [2]

    asyncio.run(scenario())


def test_who_waits_too_long_is_told_so_and_a_late_answer_is_no_error() -> None:
    async def scenario() -> None:
        engine = Slow()
        relay = Relay(engine.submit, answer_seconds=0.0)
        asked = relay.post([place(1)])
        await asyncio.sleep(0)
        relay.give_up_old()
        assert await asked == [Refused(1, UUID(int=1), Code.UNAVAILABLE)]
        engine.answer()
        await asyncio.sleep(0)

    asyncio.run(scenario())


def test_an_engine_that_cannot_be_asked_fails_those_who_asked() -> None:
    def submit(ops: Sequence[Op]) -> "Future[list[Answer]]":
        raise RuntimeError("no engine")

    async def scenario() -> None:
        asked = Relay(submit).post([place(1)])
        with pytest.raises(RuntimeError, match="no engine"):
            await asked

    asyncio.run(scenario())
