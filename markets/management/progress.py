"""A line on the terminal that says how far a long command is."""

from collections.abc import Callable
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
