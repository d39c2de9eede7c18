"""Single posts that arrive together share a commit.

A durable commit costs a disk flush and a stream's lock, whether it holds one bet or a hundred. So the first request
to come commits for itself, and those that come meanwhile queue up; when it is done, the first of them commits all that
are waiting in one transaction, and so on. Nobody waits for company: a lone request commits at once. An answer is given
only after its row is durable.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from streams.decide import Outcome
from streams.ingest import Refused, ingest
from streams.wire import Message

DRAIN_MAX = 1000


def _closed_gate() -> threading.Lock:
    gate = threading.Lock()
    gate.acquire()
    return gate


@dataclass(slots=True, eq=False)
class _Waiting:
    message: Message
    at: datetime
    # Opened when the answer is there, or when it is this one's turn to commit for all that wait.
    gate: threading.Lock = field(default_factory=_closed_gate)
    outcome: Outcome | Refused | None = None
    error: BaseException | None = None


class Committer:
    """The queue of one process; `submit` may be called from any number of threads."""

    def __init__(self, commit: Callable[..., Sequence[Outcome | Refused]] = ingest) -> None:
        self._commit = commit
        self._lock = threading.Lock()  # of the two below
        self._queue: list[_Waiting] = []
        self._somebody_commits = False

    def submit(self, message: Message, *, at: datetime) -> Outcome | Refused:
        """Store one message durably, together with whatever else is waiting; raises what `ingest` raises."""
        waiting = _Waiting(message, at)
        with self._lock:
            self._queue.append(waiting)
            our_turn = not self._somebody_commits
            self._somebody_commits = True
        if not our_turn:
            waiting.gate.acquire()
        if waiting.outcome is None and waiting.error is None:
            # Ours is the first in the queue, so it is among those this commits.
            self._commit_what_waits()
        if waiting.error is not None:
            raise waiting.error
        assert waiting.outcome is not None
        return waiting.outcome

    def _commit_what_waits(self) -> None:
        with self._lock:
            taken = self._queue[:DRAIN_MAX]
            del self._queue[:DRAIN_MAX]
        try:
            # The latest arrival dates the batch: nothing in it is called received before it was.
            outcomes = self._commit([waiting.message for waiting in taken], at=max(waiting.at for waiting in taken))
            for waiting, outcome in zip(taken, outcomes, strict=True):
                waiting.outcome = outcome
        except BaseException as error:
            for waiting in taken:
                waiting.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._pass_the_turn()
            for waiting in taken:
                waiting.gate.release()

    def _pass_the_turn(self) -> None:
        with self._lock:
            self._somebody_commits = bool(self._queue)
            if self._queue:
                self._queue[0].gate.release()


committer = Committer()
