"""One reader of the log for everybody who listens in this process.

When the bell rings, one query reads what is new on all streams that anybody listens to, at most about twenty times a
second, and each listener gets its part into a queue of its own. A queue that is full drops its listener: it comes back
and reads from where it stood, which costs us a query, where waiting for it would cost memory without end.

A listener first reads by itself what it missed, then joins. It may join only where the hub stands between two
readings and not behind what the listener has seen; then nothing lies between the two.
"""

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC
from typing import Any, Final, NamedTuple, Protocol

import psycopg
from django.db import DatabaseError
from prometheus_client import Counter, Gauge

from events.bell import Bell
from events.queries import REPLAY_MAX, Replay, last_seq, replay
from events.sources import EventRow
from stakepro.gateway.snapshots import wallet_states
from stakepro.gateway.threads import Threads

logger = logging.getLogger("stakepro.gateway")

# Between two readings: what happens meanwhile is read together.
ROUND_SECONDS: Final = 0.05
# Between two tries while the database is away.
AGAIN_SECONDS: Final = 1.0
# The bell's thread looks this often whether it is to end.
LOOK_SECONDS: Final = 0.5
QUEUE_MAX: Final = 1_000
CLIENTS_MAX: Final = 1_000

CLIENTS = Gauge(
    "stakepro_gateway_clients", "Clients that listen to streams of events just now.", multiprocess_mode="livesum"
)
EVENTS_SENT = Counter("stakepro_gateway_events_sent", "Events sent to clients, each client's counted.")
DROPPED = Counter("stakepro_gateway_clients_dropped", "Clients let go because they read too slowly.")


class Log(NamedTuple):
    """How the log of events is read: what came after a number, its newest number, and the state of streams."""

    replay: Callable[..., Replay] = replay
    last_seq: Callable[[], int] = last_seq
    states: Callable[[Iterable[str]], dict[str, dict[str, Any]]] = wallet_states


class Rings(Protocol):
    """What tells that the log has grown; `events.bell.Bell` is one."""

    def wait(self, *, after: int, timeout: float) -> int: ...

    def close(self) -> None: ...


class Client:
    """One listener: its streams, how far it has come, and what waits to be sent to it."""

    def __init__(self, streams: frozenset[str], *, queue_max: int = QUEUE_MAX) -> None:
        self.streams = streams
        self.after = 0
        self.dropped = asyncio.Event()
        self._queue_max = queue_max
        self._frames: list[bytes] = []
        self._waiting = asyncio.Event()

    def offer(self, seq: int, frame: bytes) -> bool:
        """Queue an event unless the client has it already; False where there is no room for it."""
        if seq <= self.after:
            return True
        if len(self._frames) >= self._queue_max:
            return False
        self.after = seq
        self._frames.append(frame)
        self._waiting.set()
        return True

    async def take(self) -> list[bytes]:
        """All that waits, as soon as something does."""
        await self._waiting.wait()
        self._waiting.clear()
        taken, self._frames = self._frames, []
        return taken


class Hub:
    """Listeners and the task that reads for them; used on one event loop."""

    def __init__(
        self,
        threads: Threads,
        *,
        log: Log | None = None,
        bell: Callable[[], Rings] = Bell,
        clients_max: int = CLIENTS_MAX,
    ) -> None:
        self._threads, self._make_bell = threads, bell
        self.log = log or Log()
        self._clients_max = clients_max
        self._loop = asyncio.get_running_loop()
        self._clients: set[Client] = set()
        self._by_stream: dict[str, set[Client]] = {}
        self._known = 0  # all clients, those that have not joined yet among them
        self._position = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._rung = asyncio.Event()
        self._stopping = threading.Event()
        self._bell: Rings | None = None
        self._listener: threading.Thread | None = None
        self._reader: asyncio.Task[None] | None = None

    # --- Coming and going --------------------------------------------------------------------------

    @property
    def is_full(self) -> bool:
        """Whether no further client is taken, because there are too many or we are ending."""
        return self._stopping.is_set() or self._known >= self._clients_max

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Count a client from its first byte to its last; the bell is listened to from the first client on."""
        self._known += 1
        CLIENTS.inc()
        try:
            self._listen()
            yield
        finally:
            self._known -= 1
            CLIENTS.dec()

    def join(self, client: Client) -> bool:
        """From now on offer the client what comes behind its `after`; False where it has to read on by itself first."""
        if self._stopping.is_set():
            client.dropped.set()
            return True
        if not self._clients:
            self._position = client.after
        elif not self._idle.is_set() or client.after < self._position:
            return False
        self._clients.add(client)
        for stream in client.streams:
            self._by_stream.setdefault(stream, set()).add(client)
        # What rang before may have been meant for it.
        self._rung.set()
        return True

    def leave(self, client: Client) -> None:
        """Offer it nothing more."""
        self._clients.discard(client)
        for stream in client.streams:
            listeners = self._by_stream.get(stream)
            if listeners is not None:
                listeners.discard(client)
                if not listeners:
                    del self._by_stream[stream]

    async def between_readings(self) -> None:
        """Wait until no reading is under way."""
        await self._idle.wait()

    # --- Beginning and end -------------------------------------------------------------------------

    def _listen(self) -> None:
        if self._listener is None and not self._stopping.is_set():
            self._bell = self._make_bell()
            self._listener = threading.Thread(target=self._hear, args=(self._bell,), name="gateway bell", daemon=True)
            self._listener.start()
            self._reader = self._loop.create_task(self._read_on())

    def stop(self) -> None:
        """Drop everybody, and take nobody more."""
        self._stopping.set()
        self._drop(list(self._clients))

    async def close(self) -> None:
        """Stop, and let go of the bell and its thread."""
        self.stop()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._bell is not None and self._listener is not None:
            await self._loop.run_in_executor(None, self._bell.close)
            await self._loop.run_in_executor(None, self._listener.join)

    def _hear(self, bell: Rings) -> None:
        """Runs in the listener's thread."""
        heard = 0
        while not self._stopping.is_set():
            last = bell.wait(after=heard, timeout=LOOK_SECONDS)
            if last > heard:
                heard = last
                self._loop.call_soon_threadsafe(self._rung.set)
                # Commits come by the hundred a second; the event loop need not wake for each.
                self._stopping.wait(ROUND_SECONDS)

    # --- Reading -----------------------------------------------------------------------------------

    async def _read_on(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            pause = ROUND_SECONDS
            self._idle.clear()
            try:
                await self._round()
            except (DatabaseError, psycopg.Error) as error:
                logger.warning("The log could not be read", extra={"reason": type(error).__name__})
                self._rung.set()
                pause = AGAIN_SECONDS
            except Exception:
                logger.exception("Reading the log failed")
                self._drop(list(self._clients))
            finally:
                self._idle.set()
            await asyncio.sleep(pause)

    async def _round(self) -> None:
        """Read all that is new, and hand it out."""
        while self._clients:
            streams = list(self._by_stream)
            page = await self._threads.run(self.log.replay, streams, after=self._position, limit=REPLAY_MAX)
            if page.gone:
                # We were away for longer than events are kept, or the log is another one now.
                self._drop(list(self._clients))
                return
            self._hand_out(page.events)
            if len(page.events) < REPLAY_MAX:
                self._position = page.last_seq
                return
            self._position = page.events[-1].seq

    def _hand_out(self, events: Collection[EventRow]) -> None:
        slow: set[Client] = set()
        for event in events:
            listeners = self._by_stream.get(event.stream)
            if listeners:
                frame = frame_of(event)
                slow.update(client for client in listeners if not client.offer(event.seq, frame))
        if slow:
            DROPPED.inc(len(slow))
            self._drop(slow)

    def _drop(self, clients: Collection[Client]) -> None:
        for client in clients:
            self.leave(client)
            client.dropped.set()


def frame_of(event: EventRow) -> bytes:
    """The event as it goes over the wire."""
    at = event.at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    data: dict[str, Any] = {"stream": event.stream, "prev": event.prev, "at": at, "body": event.body}
    text = json.dumps(data, separators=(",", ":"))
    return f"id: {event.seq}\nevent: {event.type}\ndata: {text}\n\n".encode()
