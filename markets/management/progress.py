"""What long commands share: a line on the terminal that says how far they are, and fewer looks for garbage."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Line:
    """One line, written over and over; nothing where there is no terminal."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._shown = bool(getattr(stream, "isatty", lambda: False)())

    def told(self, what: str) -> Callable[[int, int], None]:
        """A function that shows how many of how many are done."""

        def show(done: int, of: int) -> None:
            if self._shown:
                share = f" ({done / of:.0%})" if of else ""
                self._stream.write(f"\r\033[K{done:,} of {of:,} {what}{share}", ending="")
                self._stream.flush()

        return show

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\033[K", ending="")
            self._stream.flush()


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for cycles less often: what is read are hundreds of thousands of tuples without any."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
