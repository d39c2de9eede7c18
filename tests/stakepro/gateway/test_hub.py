"""Streams of events in this process: nothing missed, nothing twice, whatever happens meanwhile."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError

from events.queries import REPLAY_MAX, Replay
from events.sources import EventRow
from stakepro.gateway.app import Gateway
from stakepro.gateway.hub import Hub, Log
from stakepro.gateway.threads import Threads
from tests.stakepro.gateway.direct import TOKEN, Ledger, euro_wallets, let_in, scope, started

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECONDS = 30


class Memory:
    """A log in memory, with its bell."""

    def __init__(self) -> None:
        self.events: list[EventRow] = []
        self.first = 1
        self.away = 0  # how many readings fail from now on
        self.readings = 0
        self._grown = threading.Condition()
        self._closed = False

    def tell(self, *streams: str) -> None:
        """Events of one commit."""
        with self._grown:
            for stream in streams:
                prev = next((each.seq for each in reversed(self.events) if each.stream == stream), None)
                seq = len(self.events) + 1
                self.events.append(EventRow(seq, prev, stream, "wallet.changed", {"n": seq}, AT))
            self._grown.notify_all()

    def last_seq(self) -> int:
        return len(self.events)

    def replay(self, streams: Collection[str], *, after: int, limit: int = REPLAY_MAX) -> Replay:
        self.readings += 1
        if self.away:
            self.away -= 1
            raise OperationalError("away")
        last = len(self.events)
        if after + 1 < self.first or after > last:
            return Replay((), last, gone=True)
        found = [each for each in self.events[after:last] if each.stream in streams]
        return Replay(tuple(found[:limit]), last, gone=False)

    def states(self, streams: Collection[str]) -> dict[str, dict[str, Any]]:
        return {stream: {"version": self.last_seq()} for stream in streams}

    def wait(self, *, after: int, timeout: float) -> int:
        with self._grown:
            self._grown.wait_for(lambda: len(self.events) > after or self._closed, timeout)
            return len(self.events)

    def close(self) -> None:
        with self._grown:
            self._closed = True
            self._grown.notify_all()


class Listener:
    """One client of `/events`, and everything it was sent."""

    def __init__(self, gateway: Gateway, query: str, *headers: tuple[bytes, bytes]) -> None:
        self.gateway = gateway
        self.messages: list[dict[str, Any]] = []
        self.reads = asyncio.Event()  # cleared, the client reads no more
        self.reads.set()
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        asks = scope("GET", "/events", [TOKEN, *headers], query.encode())
        self.task = asyncio.create_task(gateway(asks, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        self.messages.append(message)
        self._news.set()

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()

    @property
    def told(self) -> list[dict[str, str]]:
        """The fields of each event, comments and bare ids left out."""
        blocks = [block for block in self.text.split("\n\n") if "data: " in block]
        return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]

    @property
    def seqs(self) -> list[int]:
        return [int(each["id"]) for each in self.told]

    async def until(self, holds: Any) -> None:
        async with asyncio.timeout(SECONDS):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def end(self) -> None:
        """The client leaves; everything of it must be gone."""
        self._gone.set()
        async with asyncio.timeout(SECONDS):
            await self.task


@asynccontextmanager
async def listening(memory: Memory, *, clients_max: int = 100) -> AsyncIterator[Gateway]:
    def make_hub(threads: Threads) -> Hub:
        log = Log(memory.replay, memory.last_seq, memory.states)
        return Hub(threads, log=log, bell=lambda: memory, clients_max=clients_max)

    async with started(Gateway(submit=Ledger().submit, wallets=euro_wallets(), make_hub=make_hub)) as gateway:
        yield gateway


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    let_in(monkeypatch, "read")
    return Memory()


def test_it_works(memory: Memory) -> None:
    async def scenario() -> None:
        memory.tell("wallet:7", "wallet:8", "wallet:7")
        async with listening(memory) as gateway:
            listener = Listener(gateway, "stream=wallet:7&after=0")
            await listener.until(lambda: listener.seqs == [1, 3])
            memory.tell("public", "wallet:7")
            await listener.until(lambda: listener.seqs == [1, 3, 5])
            await listener.end()
        first = listener.messages[0]
        assert (first["status"], dict(first["headers"])[b"content-type"]) == (200, b"text/event-stream; charset=utf-8")
        assert listener.text.startswith("id: 0\n\n")
        assert listener.told[2]["event"] == "wallet.changed"
        assert json.loads(listener.told[2]["data"]) == {
            "stream": "wallet:7",
            "prev": 3,
            "at": "2026-11-21T12:00:00Z",
            "body": {"n": 5},
        }

    asyncio.run(scenario())


def test_without_a_number_it_begins_now_and_says_where_that_is(memory: Memory) -> None:
    async def scenario() -> None:
        memory.tell("wallet:7")
        async with listening(memory) as gateway:
            listener = Listener(gateway, "stream=wallet:7")
            await listener.until(lambda: listener.text)
            assert listener.text == "id: 1\n\n"
            memory.tell("wallet:7")
            await listener.until(lambda: listener.seqs)
            await listener.end()
        assert listener.seqs == [2]

    asyncio.run(scenario())


def test_the_header_says_more_than_the_address(memory: Memory) -> None:
    async def scenario() -> None:
        memory.tell(*["wallet:7"] * 5)
        async with listening(memory) as gateway:
            listener = Listener(gateway, "stream=wallet:7&after=0", (b"last-event-id", b"3"))
            await listener.until(lambda: len(listener.seqs) == 2)
            await listener.end()
        assert listener.seqs == [4, 5]

    asyncio.run(scenario())


def test_every_cut_point_while_writers_write(memory: Memory) -> None:
    """Whatever a client has seen when it loses its line, the next one begins right behind it."""

    async def scenario() -> None:
        streams = [f"wallet:{number}" for number in range(4)]

        def write(count: int) -> None:
            for n in range(count):
                memory.tell(streams[n % 4], streams[n * n % 4])

        write(300)
        cuts = list(range(0, memory.last_seq(), 23))
        writer = threading.Thread(target=write, args=(600,))
        async with listening(memory) as gateway:
            writer.start()
            listeners = [Listener(gateway, "stream=wallet:0&stream=wallet:1", *_last(cut)) for cut in cuts]
            for listener in listeners[::3]:  # some leave in the midst, and come back with what they have
                await listener.until(lambda listener=listener: listener.seqs)
                await listener.end()
            again = [
                Listener(gateway, "stream=wallet:0&stream=wallet:1", *_last(each.seqs[-1])) for each in listeners[::3]
            ]
            await asyncio.get_running_loop().run_in_executor(None, writer.join)
            write(1)
            wanted = [each.seq for each in memory.events if each.stream in ("wallet:0", "wallet:1")]
            for listener in [*again, *(each for place, each in enumerate(listeners) if place % 3)]:
                await listener.until(lambda listener=listener: listener.seqs and listener.seqs[-1] == wanted[-1])
                await listener.end()
        for place, (cut, listener) in enumerate(zip(cuts, listeners, strict=True)):
            seen = listener.seqs + (again[place // 3].seqs if place % 3 == 0 else [])
            assert seen == [seq for seq in wanted if seq > cut]

    asyncio.run(scenario())


def _last(seq: int) -> list[tuple[bytes, bytes]]:
    return [(b"last-event-id", str(seq).encode())]


def test_more_than_a_page_is_read_in_pages(memory: Memory) -> None:
    async def scenario() -> None:
        memory.tell(*["wallet:7"] * (2 * REPLAY_MAX))
        async with listening(memory) as gateway:
            listener = Listener(gateway, "stream=wallet:7&after=0")
            await listener.until(lambda: len(listener.seqs) == 2 * REPLAY_MAX)
            memory.tell(*["wallet:7"] * (REPLAY_MAX + 1))
            await listener.until(lambda: len(listener.seqs) == 3 * REPLAY_MAX + 1)
            await listener.end()
        assert listener.seqs == list(range(1, 3 * REPLAY_MAX + 2))

    asyncio.run(scenario())


def test_many_clients_are_one_reading(memory: Memory) -> None:
    async def scenario() -> None:
        async with listening(memory) as gateway:
            listeners = [Listener(gateway, f"stream=wallet:{number % 7}&stream=public") for number in range(40)]
            for listener in listeners:
                await listener.until(lambda listener=listener: len(gateway._hub._clients) == 40 or listener.text)
            while len(gateway._hub._clients) < 40:
                await asyncio.sleep(0)
            before = memory.readings
            memory.tell("public")
            for listener in listeners:
                await listener.until(lambda listener=listener: listener.seqs == [1])
            assert memory.readings - before <= 2  # the one that reads it, and at most one whose bell rang before
            for listener in listeners:
                await listener.end()
            assert gateway._hub._by_stream == {}

    asyncio.run(scenario())


def test_a_slow_client_is_dropped_and_the_others_are_not(memory: Memory) -> None:
    async def scenario() -> None:
        async with listening(memory) as gateway:
            slow, quick = (Listener(gateway, "stream=wallet:7&after=0") for _ in range(2))
            for listener in (slow, quick):
                await listener.until(lambda listener=listener: listener.text)
            while len(gateway._hub._clients) < 2:
                await asyncio.sleep(0)
            slow.reads.clear()
            for _ in range(5):
                memory.tell(*["wallet:7"] * REPLAY_MAX)
                last = memory.last_seq()
                await quick.until(lambda last=last: quick.seqs and quick.seqs[-1] == last)
            async with asyncio.timeout(SECONDS):
                await slow.task  # its answer has ended, though it never left
            assert quick.seqs == list(range(1, 5 * REPLAY_MAX + 1))
            await quick.end()

    asyncio.run(scenario())


@pytest.mark.parametrize(("after", "first"), [(2, 5), (99, 1)])
def test_what_is_not_kept_any_more_is_a_snapshot(memory: Memory, after: int, first: int) -> None:
    async def scenario() -> None:
        memory.tell(*["wallet:7"] * 6)
        memory.first = first
        async with listening(memory) as gateway:
            listener = Listener(gateway, f"stream=wallet:7&after={after}")
            await listener.until(lambda: listener.seqs == [6])
            memory.tell("wallet:7")
            await listener.until(lambda: listener.seqs == [6, 7])
            await listener.end()
        assert [each["event"] for each in listener.told] == ["snapshot", "wallet.changed"]
        assert json.loads(listener.told[0]["data"]) == {"seq": 6, "state": {"wallet:7": {"version": 6}}}

    asyncio.run(scenario())


def test_a_database_that_is_away_is_waited_for(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stakepro.gateway.hub.AGAIN_SECONDS", 0.0)

    async def scenario() -> None:
        async with listening(memory) as gateway:
            listener = Listener(gateway, "stream=wallet:7&after=0")
            await listener.until(lambda: listener.text)
            while not gateway._hub._clients:
                await asyncio.sleep(0)
            memory.away = 3
            memory.tell("wallet:7")
            await listener.until(lambda: listener.seqs)
            await listener.end()
        assert (listener.seqs, memory.away) == ([1], 0)

    asyncio.run(scenario())


def test_the_end_ends_every_stream(memory: Memory) -> None:
    async def scenario() -> None:
        async with listening(memory) as gateway:
            listeners = [Listener(gateway, "stream=wallet:7") for _ in range(5)]
            for listener in listeners:
                await listener.until(lambda listener=listener: listener.text)
            gateway.stop_feeds()
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*[listener.task for listener in listeners])
            late = Listener(gateway, "stream=wallet:7")
            async with asyncio.timeout(SECONDS):
                await late.task
            assert late.messages[0]["status"] == 503

    asyncio.run(scenario())


def test_only_so_many_are_taken(memory: Memory) -> None:
    async def scenario() -> None:
        async with listening(memory, clients_max=1) as gateway:
            first = Listener(gateway, "stream=wallet:7")
            await first.until(lambda: first.text)
            second = Listener(gateway, "stream=wallet:7")
            await second.until(lambda: second.messages)
            assert second.messages[0]["status"] == 503
            await first.end()
            third = Listener(gateway, "stream=wallet:7")
            await third.until(lambda: third.text)
            assert third.messages[0]["status"] == 200
            await third.end()

    asyncio.run(scenario())


def test_silence_is_filled_and_who_may_no_longer_read_is_let_go(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with listening(memory) as gateway:
            gateway._feed._heartbeat_seconds = 0.01
            listener = Listener(gateway, "stream=wallet:7")
            await listener.until(lambda: ": still here\n\n" in listener.text)
            assert not listener.task.done()
            let_in(monkeypatch, "ledger")
            monkeypatch.setattr("accounts.tokens.BELIEVED_SECONDS", 0.0)
            async with asyncio.timeout(SECONDS):
                await listener.task

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("query", "headers", "field"),
    [
        ("", [], "stream"),
        ("stream=", [], "stream"),
        ("stream=Wallet:7", [], "stream"),
        ("stream=wallet:7%00", [], "stream"),
        ("stream=wallet:%FF", [], "stream"),
        ("stream=" + "a" * 101, [], "stream"),
        ("&".join(f"stream=wallet:{number}" for number in range(101)), [], "stream"),
        ("stream=public&after=x", [], "after"),
        ("stream=public&after=-1", [], "after"),
        (f"stream=public&after={2**63}", [], "after"),
        ("stream=public&after=" + "9" * 5_000, [], "after"),
        ("stream=public", [(b"last-event-id", b"x")], "Last-Event-ID"),
        ("stream=public&after=1", [(b"last-event-id", b"\xb2")], "Last-Event-ID"),
    ],
)
def test_it_rejects_what_it_cannot_tell(
    memory: Memory, query: str, headers: list[tuple[bytes, bytes]], field: str
) -> None:
    async def scenario() -> Listener:
        async with listening(memory) as gateway:
            listener = Listener(gateway, query, *headers)
            async with asyncio.timeout(SECONDS):
                await listener.task
        return listener

    listener = asyncio.run(scenario())
    assert listener.messages[0]["status"] == 422
    error = json.loads(listener.text)["error"]
    assert set(error["fields"]) == {field}
    assert error["message"].startswith(field)
