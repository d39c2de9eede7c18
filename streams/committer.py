"""Single posts that arrive together share a commit.

A durable commit costs a disk flush and a stream's lock, whether it holds one bet or a hundred. So a request puts its
message in this process's queue and then asks for the one turn there is: whoever gets it commits everything queued by
then in one transaction, and those who waited find their answer ready. Nobody waits for company: a lone request
commits at once. An answer is given only after its row is durable.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from streams.decide import Outcome
from streams.ingest import Refused, ingest
from streams.wire import Message

DRAIN_MAX = 1000


@dataclass(slots=True, eq=False)
class _Waiting:
    message: Message
    at: datetime
    outcome: Outcome | Refused | None = None
    error: Exception | None = None
    done: bool = False


class Committer:
    """The queue of one process; `submit` may be called from any number of threads."""

    def __init__(self, commit: Callable[..., Sequence[Outcome | Refused]] = ingest) -> None:
        self._commit = commit
        self._queue: list[_Waiting] = []
        self._queue_lock = threading.Lock()
        self._turn = threading.Lock()

    def submit(self, message: Message, *, at: datetime) -> Outcome | Refused:
        """Store one message durably, together with whatever else is waiting; raises what `ingest` raises."""
        waiting = _Waiting(message, at)
        with self._queue_lock:
            self._queue.append(waiting)
        # One drain may leave ours behind when more than DRAIN_MAX were queued before it.
        while not waiting.done:
            with self._turn:
                if not waiting.done:
                    self._drain()
        if waiting.error is not None:
            raise waiting.error
        assert waiting.outcome is not None
        return waiting.outcome

    def _drain(self) -> None:
        with self._queue_lock:
            taken = self._queue[:DRAIN_MAX]
            del self._queue[:DRAIN_MAX]
        try:
            # The latest arrival dates the batch: nothing in it is called received before it was.
            outcomes = self._commit([waiting.message for waiting in taken], at=max(waiting.at for waiting in taken))
            for waiting, outcome in zip(taken, outcomes, strict=True):
                waiting.outcome = outcome
        except Exception as error:
            for waiting in taken:
                waiting.error = error
        finally:
            for waiting in taken:
                waiting.done = True


committer = Committer()
