"""Processes that end with their parent, however that ended: `kill -9` of `up` must not leave its children behind."""

import os
import signal
import threading
import time

PARENT_VARIABLE = "STAKEPRO_PARENT"
POLL_SECONDS = 0.5
GRACE_SECONDS = 10


def environment_for_children() -> dict[str, str]:
    """What a child of ours finds in its environment, so that `follow_parent` knows whom to follow."""
    return {**os.environ, PARENT_VARIABLE: str(os.getpid())}


def follow_named_parent() -> None:
    """End with the process that started us through `environment_for_children`; without one, do nothing."""
    # Taken out, because our own children have another parent.
    named = os.environ.pop(PARENT_VARIABLE, "")
    if named.isdigit():
        follow(int(named))


def follow(parent: int) -> None:
    """End soon after `parent` stopped being our parent: politely first, then at once."""
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    # Polling works on every Unix; the kernel's own notice of a parent's death is Linux's alone, and tied to a thread.
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
