"""Answers that were paid for and are not stored yet, as files: a process that is killed in between loses none.

A file is written before its answer is stored and removed after that. What is found at a start is stored then; storing
it twice changes nothing. What cannot be stored is set aside, for somebody to look at.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from markets.quotes import to_micros

SUFFIX: Final = ".poll"
REFUSED: Final = "refused"
REFUSED_KEPT: Final = 20


class Kept(NamedTuple):
    """An answer, and what the pipeline has to know of it."""

    path: Path
    sport: str
    at: datetime
    is_simulated: bool
    credits: int | None
    body: bytes


class Spool:
    """The files of one installation. The folder is made on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, sport: str, at: datetime, body: bytes, *, is_simulated: bool, charged: int | None) -> Kept:
        """Write an answer down, whole or not at all, for the owner's eyes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{to_micros(at):020d}-{sport}-{os.getpid()}{SUFFIX}"
        about = {"sport": sport, "at": at.isoformat(), "is_simulated": is_simulated, "credits": charged}
        temporary = path.with_suffix(".part")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(json.dumps(about).encode() + b"\n" + body)
        temporary.replace(path)
        return Kept(path, sport, at, is_simulated, charged, body)

    def done(self, kept: Kept) -> None:
        """It is stored."""
        kept.path.unlink(missing_ok=True)

    def refuse(self, path: Path) -> None:
        """It cannot be stored: set it aside, and forget the oldest of those."""
        aside = self._folder / REFUSED
        aside.mkdir(mode=0o700, exist_ok=True)
        path.replace(aside / path.name)
        for old in sorted(aside.iterdir())[:-REFUSED_KEPT]:
            old.unlink(missing_ok=True)

    def left(self) -> Iterator[Kept]:
        """What an earlier process did not come to store, the oldest first. What is no such file is set aside."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            head, _newline, body = path.read_bytes().partition(b"\n")
            try:
                about = json.loads(head)
                at = datetime.fromisoformat(about["at"])
                yield Kept(path, str(about["sport"]), at, bool(about["is_simulated"]), about["credits"], body)
            except (ValueError, KeyError, TypeError):
                self.refuse(path)
