"""What the event loop must not wait for itself: wallets' currencies, and who calls."""

import asyncio
import logging
import threading
from collections.abc import Collection
from typing import Any

import pytest

from accounts.http import Actor, ApiError, Unauthenticated
from ledger.directory import Directory
from ledger.money import Currency
from stakepro.gateway import identity
from stakepro.gateway.identity import Identity
from stakepro.gateway.lookups import Lookups
from stakepro.gateway.threads import Threads
from tests.stakepro.gateway.direct import EURO

KEY: Any = (False, ((b"authorization", b"Bearer x"),))
ACTOR = Actor("token", "x", 1, None, frozenset({"ledger"}), "token:1")


def run(scenario: Any) -> None:
    async def with_threads() -> None:
        threads = Threads(2)
        try:
            await scenario(threads)
        finally:
            threads.close()

    asyncio.run(with_threads())


def test_wallets_that_are_asked_for_at_once_are_one_query() -> None:
    asked: list[set[int]] = []

    def look_up(wallet_ids: Collection[int]) -> dict[int, Currency]:
        asked.append(set(wallet_ids))
        return {each: EURO for each in wallet_ids if each < 10}

    async def scenario(threads: Threads) -> None:
        lookups = Lookups(Directory(look_up), threads)
        found = await asyncio.gather(*[lookups.currencies([each, 20 + each]) for each in range(1, 8)])
        assert found == [{each: EURO} for each in range(1, 8)]
        assert asked == [set(range(1, 8)) | set(range(21, 28))]
        assert await lookups.currencies(range(1, 8)) == dict.fromkeys(range(1, 8), EURO)
        assert len(asked) == 1

    run(scenario)


def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    asked, answer = threading.Event(), threading.Event()

    def look_up(wallet_ids: Collection[int]) -> dict[int, Currency]:
        asked.set()
        assert answer.wait(30)
        return dict.fromkeys(wallet_ids, EURO)

    async def scenario(threads: Threads) -> None:
        lookups = Lookups(Directory(look_up), threads)
        goes, stays = (asyncio.create_task(lookups.currencies([7])) for _ in range(2))
        await asyncio.get_running_loop().run_in_executor(None, asked.wait, 30)
        goes.cancel()
        answer.set()
        assert await stays == {7: EURO}

    run(scenario)


def test_a_caller_is_looked_up_once_and_again_when_the_belief_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(identity, "_authenticate", lambda key: asked.append(key) or ACTOR)
    clock = [100.0]
    monkeypatch.setattr(identity, "monotonic", lambda: clock[0])

    async def scenario(threads: Threads) -> None:
        callers = Identity(threads)
        assert await asyncio.gather(*[callers.find(KEY) for _ in range(20)]) == [ACTOR] * 20
        assert callers.known(KEY) == await callers.find(KEY) == ACTOR
        assert asked == [KEY]
        clock[0] += 1.0
        assert callers.known(KEY) is None
        assert await callers.find(KEY) == ACTOR
        assert asked == [KEY, KEY]

    run(scenario)


def test_a_refusal_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    refuses = [True]

    def authenticate(key: object) -> Actor:
        if refuses[0]:
            raise Unauthenticated("Who are you?")
        return ACTOR

    monkeypatch.setattr(identity, "_authenticate", authenticate)

    async def scenario(threads: Threads) -> None:
        callers = Identity(threads)
        with pytest.raises(Unauthenticated):
            await callers.find(KEY)
        refuses[0] = False
        assert await callers.find(KEY) == ACTOR

    run(scenario)


def test_only_so_many_are_looked_up_at_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    go_on = threading.Event()

    def authenticate(key: object) -> Actor:
        assert go_on.wait(30)
        raise Unauthenticated("Who are you?")

    monkeypatch.setattr(identity, "_authenticate", authenticate)
    monkeypatch.setattr(identity, "LOOK_UPS_MAX", 3)

    async def scenario(threads: Threads) -> None:
        callers = Identity(threads)
        tasks = [asyncio.create_task(callers.find((False, ((b"cookie", b"%d" % n),)))) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(ApiError, match="Too many callers"):
            await callers.find(KEY)
        for task in tasks:
            task.cancel()  # nobody waits for the refusals any more
        go_on.set()

    with caplog.at_level(logging.WARNING):
        run(scenario)
    assert caplog.records == []
