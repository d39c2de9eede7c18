"""`GET /events`: one listener's stream of server-sent events, from what it missed to what happens now.

    id: 4711
    event: wallet.changed
    data: {"stream": "wallet:7", "prev": 4702, "at": "…", "body": {…}}

Who comes back with `Last-Event-ID` gets every event behind that number, in pages, and then joins the hub. Where events
behind it are not kept any more there comes one `snapshot` instead: the state of the wallets that were asked for, read
not before the number it names, and from there on the events again. A state may be newer than that number; a listener
keeps whichever of two states has the higher version.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Final

from accounts.http import Actor, ApiError
from events.queries import REPLAY_MAX
from stakepro.gateway.bodies import Receive
from stakepro.gateway.heads import Header, Key
from stakepro.gateway.hub import EVENTS_SENT, Client, Hub, frame_of
from stakepro.gateway.identity import Identity
from stakepro.gateway.reading import Wanted, check_may_read, read_wanted
from stakepro.gateway.threads import Threads

logger = logging.getLogger("stakepro.gateway")

Send = Callable[[dict[str, Any]], Awaitable[None]]

# A proxy closes what is silent for a minute; and by then at the latest a caller's leave is looked at again.
HEARTBEAT_SECONDS: Final = 15.0
HEARTBEAT: Final = b": still here\n\n"
HEADERS: Final[tuple[Header, ...]] = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
)


class Feed:
    """Answers listeners; used on one event loop."""

    def __init__(
        self, hub: Hub, threads: Threads, identity: Identity, *, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        self._hub, self._threads, self._identity = hub, threads, identity
        self._heartbeat_seconds = heartbeat_seconds

    def check(self, query: bytes, last_event_id: bytes | None, actor: Actor) -> Wanted:
        """What is asked for. Raises `ApiError` for what cannot be given."""
        wanted = read_wanted(query, last_event_id)
        check_may_read(actor, wanted.streams)
        if self._hub.is_full:
            raise ApiError(503, "busy", "Too many clients listen just now.", headers={"Retry-After": "5"})
        return wanted

    async def start_of(self, wanted: Wanted) -> int:
        """The number behind which it begins. Raises `DatabaseError`."""
        return await self._threads.run(self._hub.log.last_seq) if wanted.after is None else wanted.after

    async def serve(
        self, wanted: Wanted, receive: Receive, send: Send, *, after: int, key: Key, headers: Iterable[Header]
    ) -> None:
        """Tell everything behind `after`, until the client or its leave is gone, or it is too slow, or we end."""
        client = Client(wanted.streams)
        client.after = after
        with self._hub.place():
            try:
                await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, *headers]})
                await _first_of(
                    self._tell(client, send),
                    self._until_unwelcome(key),
                    _until_gone(receive),
                    client.dropped.wait(),
                )
            finally:
                self._hub.leave(client)

    async def _tell(self, client: Client, send: Send) -> None:
        # An id without data: whoever loses the line before the first event comes back to here.
        await _write(send, b"id: %d\n\n" % client.after)
        await self._catch_up(client, send)
        while True:
            try:
                async with asyncio.timeout(self._heartbeat_seconds):
                    frames = await client.take()
            except TimeoutError:
                await _write(send, HEARTBEAT)
                continue
            await _write(send, b"".join(frames))
            EVENTS_SENT.inc(len(frames))

    async def _catch_up(self, client: Client, send: Send) -> None:
        """Tell what is in the log already, until the hub tells the rest."""
        while True:
            page = await self._threads.run(self._hub.log.replay, client.streams, after=client.after, limit=REPLAY_MAX)
            if page.gone:
                await _write(send, await self._snapshot(client.streams, page.last_seq))
            elif page.events:
                await _write(send, b"".join([frame_of(event) for event in page.events]))
                EVENTS_SENT.inc(len(page.events))
            is_last = len(page.events) < REPLAY_MAX
            client.after = page.last_seq if is_last else page.events[-1].seq
            if is_last:
                if self._hub.join(client):
                    return
                await self._hub.between_readings()

    async def _snapshot(self, streams: frozenset[str], seq: int) -> bytes:
        data = {"seq": seq, "state": await self._threads.run(self._hub.log.states, streams)}
        return f"id: {seq}\nevent: snapshot\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()

    async def _until_unwelcome(self, key: Key) -> None:
        """Until the token is revoked, or the session has ended; raises what the caller would be refused with."""
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            actor = await self._identity.find(key)
            if not actor.can("read"):
                return


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _first_of(*parts: Coroutine[Any, Any, object]) -> None:
    """Run them together until one ends; the others end with it. What one raises ends it, and is told in the log."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        error = task.exception()
        if isinstance(error, ApiError):
            logger.info("A client may not listen any more", extra={"code": error.code})
        elif error is not None:
            logger.warning("A stream of events ended early", extra={"reason": type(error).__name__})
