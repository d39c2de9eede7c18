"""Runs a few child processes and ends with them: signals are passed on, a dead worker is started again."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

import structlog

from stakepro import lifeline
from stakepro.environment import CHECKOUT

log = structlog.get_logger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
STOP_SECONDS = 10
TICK_SECONDS = 1
BACK_OFF_SECONDS_MAX = 60
# A child that lived this long starts its next back-off from the beginning.
STEADY_SECONDS = 60


@dataclass(slots=True)
class Child:
    """One program to keep running."""

    name: str
    command: Sequence[str]
    vital: bool
    """When a vital child ends, so does everything; another is started again after a pause."""
    environment: Mapping[str, str] = field(default_factory=dict)
    wanted: Callable[[], bool] = lambda: True
    """Asked before each start of a child that is not vital; it is started once this says yes."""
    failures: int = 0
    started_at: float = 0
    next_start_at: float = 0
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it in our process group, told whose child it is."""
        # `-m` finds our modules below the current folder, wherever `manage.py` was called from.
        self.process = subprocess.Popen(
            self.command, cwd=CHECKOUT, env={**lifeline.environment_for_children(), **self.environment}
        )
        self.started_at = time.monotonic()

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Holds the children from the first start to the last wait."""

    def __init__(self) -> None:
        self.children: Sequence[Child] = ()
        self.each_second: Callable[[], None] = lambda: None
        self.stopping = False
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def listen(self) -> None:
        """From now on a stop signal is noted, and any of them (or a child's end) wakes us."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._note_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def run(self, children: Sequence[Child], *, on_ready: Callable[[], bool] = lambda: True) -> int:
        """Keep the children running until a signal or the end of a vital one; returns the exit code.

        `on_ready` is asked again and again until it says yes.
        """
        ready = False
        self.children = children
        try:
            for child in children:
                if child.vital or child.wanted():
                    child.start()
            while not self.stopping:
                ready = ready or on_ready()
                self._wait(TICK_SECONDS if ready else 0.05)
                for child in self.children:
                    if not child.is_alive() and not self.stopping:
                        if child.vital:
                            return self._vital_end(child)
                        self._revive(child)
                if ready:
                    self.each_second()
            return 0
        finally:
            self.stop_children()

    def close(self) -> None:
        """Let go of the pipe that wakes us; listening must have ended."""
        os.close(self._wake_read)
        os.close(self._wake_write)

    def stop_children(self) -> None:
        """Ask each child to end; kill those that do not."""
        alive = [child.process for child in self.children if child.process is not None and child.is_alive()]
        for process in alive:
            process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in alive:
            try:
                process.wait(max(0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _vital_end(self, child: Child) -> int:
        assert child.process is not None
        code = child.process.returncode
        log.error("A server ended by itself", child=child.name, exit_code=code)
        return code if code > 0 else 1

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            steady = now - child.started_at > STEADY_SECONDS
            child.failures = 1 if steady else child.failures + 1
            pause = min(2 ** (child.failures - 1), BACK_OFF_SECONDS_MAX)
            log.warning("A process ended; it is started again", child=child.name, pause_seconds=pause)
            child.process, child.next_start_at = None, now + pause
        if now >= child.next_start_at and child.wanted():
            child.start()

    def _wait(self, seconds: float) -> None:
        if select.select([self._wake_read], [], [], seconds)[0]:
            os.read(self._wake_read, 4096)

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
