"""What tests ask for: the real, revealed pair whose rounds are known, and a few results of it."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from streams.runs import services
from streams.runs.wanted import read_body
from streams.runs.work import Worker

SERVER_SEED = "564e967b90f03d0153fdcb2d2d1cc5a5057e0df78163611fe3801d6498e681ca"
HASH = "f6ce15af76cf2a667778932a2c899b80f6153e8c056f1b07b3d0ee8926f916c3"
CLIENT_SEED = "zXv1upuFns"

# Of this pair: how many of the nonces 1 to 100,000 give exactly these in Pump expert.
KNOWN_COUNTS = {"1066.73": 65, "3200.18": 25, "11200.65": 9}


def body(**changes: Any) -> dict[str, Any]:
    """A body as old clients send it; None leaves a key out."""
    made: dict[str, Any] = {
        "server_seed": SERVER_SEED,
        "client_seed": CLIENT_SEED,
        "start": 1,
        "end": 6000,
        "difficulty": "expert",
        "targets": [1066.73, 3200.18, 11200.65],
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def make_run(*, by: User | None = None, **changes: Any) -> UUID:
    """A run that waits for a worker."""
    given = body(**changes)
    given["targets"] = [str(each) if isinstance(each, float) else each for each in given.get("targets", [])]
    return services.create(wanted=read_body(given, most=10**10), by=by, at=timezone.now())


def work(*, should_stop: Callable[[], bool] = lambda: False) -> None:
    """What the worker does."""
    Worker(now=timezone.now, clock=time.monotonic, should_stop=should_stop).work()


def finished_run(**changes: Any) -> UUID:
    """A run with what it found."""
    run_id = make_run(**changes)
    work()
    return run_id
