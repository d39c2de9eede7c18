"""Kernel file locks: they end with their process, so a dead owner never blocks a live one."""

import errno
import fcntl
import os
import time
from pathlib import Path

from stakepro.embedded.errors import EmbeddedError

POLL_SECONDS = 0.02


class FileLock:
    """One `flock` on one file, which is made (mode 0600) where it is missing and never removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def try_exclusive(self) -> bool:
        """Take the lock for us alone, if nobody else has it."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take the lock beside other sharers, if nobody has it alone."""
        return self._try(fcntl.LOCK_SH)

    def wait_exclusive(self, *, seconds: float) -> None:
        """Take the lock for us alone, waiting that long at most."""
        until = time.monotonic() + seconds
        while not self.try_exclusive():
            if time.monotonic() > until:
                raise EmbeddedError(f"Another process has been starting or stopping PostgreSQL for long ({self.path}).")
            time.sleep(POLL_SECONDS)

    def close(self) -> None:
        """Let go of the lock and the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def note_pid(self) -> None:
        """Write our process id into the file, for the sentence another process prints."""
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def noted_pid(self) -> int | None:
        """The process id in the file, if there is one."""
        text = os.pread(self._fd, 32, 0).decode("ascii", "replace").strip()
        return int(text) if text.isdigit() else None

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._fd, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                return False
            raise
        return True
