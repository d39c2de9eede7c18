"""Everything that the simulator does later: it can be waited for, hurried up, and called off."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Waits:
    """Delays of requests, and bookings that come after their answer was lost."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._wakes: set[threading.Event] = set()
        self._cancelled: set[threading.Event] = set()
        self._late: set[threading.Thread] = set()
        self._visits = 0
        self._over = False

    @property
    def pending(self) -> int:
        """How many late bookings and unanswered requests there are."""
        with self._changed:
            return len(self._late) + self._visits

    @contextmanager
    def visit(self) -> Iterator[None]:
        """A request that is being answered counts as pending."""
        with self._changed:
            self._visits += 1
        try:
            yield
        finally:
            with self._changed:
                self._visits -= 1
                self._changed.notify_all()

    def sleep(self, seconds: float) -> bool:
        """Wait; False when it was called off meanwhile, so that what was to come does not."""
        return self._sleep(seconds, self._wake())

    def _wake(self) -> threading.Event:
        wake = threading.Event()
        with self._changed:
            self._wakes.add(wake)
            if self._over:
                self._cancelled.add(wake)
                wake.set()
        return wake

    def _sleep(self, seconds: float, wake: threading.Event) -> bool:
        wake.wait(seconds)
        with self._changed:
            self._wakes.discard(wake)
            called_off = wake in self._cancelled
            self._cancelled.discard(wake)
        return not called_off

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something after a while, unless it is called off before."""
        wake = self._wake()

        def run() -> None:
            try:
                if self._sleep(seconds, wake):
                    action()
            finally:
                with self._changed:
                    self._late.discard(threading.current_thread())
                    self._changed.notify_all()

        thread = threading.Thread(target=run, name="late booking", daemon=True)
        with self._changed:
            self._late.add(thread)
        thread.start()

    def settle(self, *, now: bool = False, timeout: float = 30) -> bool:
        """Wait until nothing is pending; with `now` what is to come comes at once. False when time ran out."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._late or self._visits:
                if now:
                    for wake in self._wakes:
                        wake.set()
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                # A delay may begin after the others were hurried up, so look again now and then.
                self._changed.wait(min(left, 0.05) if now else left)
            return True

    def cancel(self) -> int:
        """Call off what has not happened yet; how many delays that were."""
        with self._changed:
            called_off = [wake for wake in self._wakes if not wake.is_set()]
            self._cancelled.update(called_off)
            for wake in called_off:
                wake.set()
            return len(called_off)

    def end(self) -> None:
        """Call off everything, and whatever would begin from now on."""
        with self._changed:
            self._over = True
        self.cancel()
