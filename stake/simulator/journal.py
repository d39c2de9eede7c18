"""Facts in a file, one JSON object a line, so that a restarted simulator goes on where it was.

A line is written before its fact counts. What a killed process left half-written at the end never counted, and is cut
off when the file is next opened. The file holds access tokens and unrevealed seeds (of play money), so it is its
user's alone.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "journal.ndjson"


class JournalDamaged(Exception):
    """A line before the last one cannot be read; the message names it."""


class Journal:
    """An append-only file of facts. One process at a time: whoever opens it sees to that."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / NAME
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.fchmod(self._file, 0o600)

    def read(self) -> Iterator[dict[str, Any]]:
        """Every fact, in order; a broken end is cut off. Raises `JournalDamaged`."""
        whole = 0  # bytes of lines that were read well
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                fact = _fact(line)
                if fact is None and (not line.endswith(b"\n") or not lines.peek(1)):
                    break
                if fact is None:
                    raise JournalDamaged(f"line {number} of {self.path.name} is not a fact")
                yield fact
                whole += len(line)
        os.ftruncate(self._file, whole)

    def write(self, fact: dict[str, Any]) -> None:
        """Append a fact. Raises OSError; then nothing of it stays in the file."""
        line = json.dumps(fact, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        before = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, line)
            if written != len(line):
                raise OSError("the journal's disk is full")
        except OSError:
            os.ftruncate(self._file, before)
            raise

    def close(self) -> None:
        """Close the file; writing is over."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _fact(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
