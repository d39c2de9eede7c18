"""Keeps every body that the provider answered, as `replay_polls` takes them back.

One line of JSON for a poll: {"fetched_at", "sport", "payload"}, the payload as the provider wrote it; what a simulated
provider answered says so. A file for each day (UTC) of the moments: `polls.jsonl.gz` becomes
`polls-2026-08-05.jsonl.gz`, each line packed by itself. A poll is on the disk when `on_body` returns. What a crash or a
full disk left half written is cut off before the next one is written.
"""

import fcntl
import gzip
import json
import os
import zlib
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

PIECE: Final = 1 << 20  # bytes
SUFFIXES: Final = (".jsonl.gz", ".jsonl")


class Unusable(Exception):
    """Nothing can be recorded there; the message is a sentence."""


class Recorder:
    """Appends polls to the files of `path`. Raises `Unusable` for a name that is none or a folder that is missing."""

    def __init__(self, path: Path, *, simulated: bool = False) -> None:
        suffix = next((each for each in SUFFIXES if path.name.endswith(each) and path.name != each), None)
        if suffix is None:
            raise Unusable(f"{path.name} must end in .jsonl or .jsonl.gz.")
        if not path.parent.is_dir():
            raise Unusable(f"{path.parent} is no folder.")
        self.polls = 0
        self._folder = path.parent
        self._stem, self._suffix = path.name.removesuffix(suffix), suffix
        self._simulated = simulated
        self._day = ""
        self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def on_body(self, at: datetime, sport: str, body: bytes) -> None:
        """Keep a poll's body. Raises `Unusable` for a file that another recorder has, `OSError` for a disk that fails,
        `ValueError` for what is no JSON.
        """
        json.loads(body)
        about: dict[str, object] = {"fetched_at": _moment(at), "sport": sport}
        if self._simulated:
            about["simulated"] = True
        # Outside of texts a line break is a space to JSON, and inside of them there is none.
        payload = body.replace(b"\r", b" ").replace(b"\n", b" ")
        line = json.dumps(about).encode()[:-1] + b', "payload": ' + payload + b"}\n"
        self._open(at.astimezone(UTC).date().isoformat())
        self._append(gzip.compress(line, mtime=0) if self._suffix.endswith(".gz") else line)
        self.polls += 1

    def close(self) -> None:
        """Close the file that is open."""
        if self._file >= 0:
            os.close(self._file)
            self._file, self._day = -1, ""

    def _open(self, day: str) -> None:
        if day == self._day:
            return
        self.close()
        path = self._folder / f"{self._stem}-{day}{self._suffix}"
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Unusable(f"{path.name} is being written by another process.") from None
            os.ftruncate(file, _whole(file, packed=self._suffix.endswith(".gz")))
            _sync_folder(self._folder)
        except BaseException:
            os.close(file)
            raise
        self._file, self._day = file, day

    def _append(self, content: bytes) -> None:
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(self._file, view) :]
            os.fsync(self._file)
        except BaseException:
            os.ftruncate(self._file, end)  # a half line would spoil the next one
            raise


def _whole(file: int, *, packed: bool) -> int:
    """How many bytes from the beginning are whole lines."""
    return _whole_members(file) if packed else _whole_lines(file)


def _whole_lines(file: int) -> int:
    end = os.lseek(file, 0, os.SEEK_END)
    while end > 0:
        begin = max(0, end - PIECE)
        place = os.pread(file, end - begin, begin).rfind(b"\n")
        if place >= 0:
            return begin + place + 1
        end = begin
    return 0


def _whole_members(file: int) -> int:
    whole = at = 0
    unpacker = zlib.decompressobj(wbits=31)
    while piece := os.pread(file, PIECE, at):
        at += len(piece)
        while piece:
            try:
                unpacker.decompress(piece)
            except zlib.error:
                return whole
            if not unpacker.eof:
                break
            piece = unpacker.unused_data
            whole = at - len(piece)
            unpacker = zlib.decompressobj(wbits=31)
    return whole


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
