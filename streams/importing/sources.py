"""What a file is, and its rows one after the other in flat memory, with their places for the list of rejects.

A JSON file may be one line, and one value: a list of a million rows inside a few wrappers. `_Document` therefore
walks into whatever is too large to be a row, and parses only rows.
"""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from streams import exactjson
from streams.importing.rows import holds_more, is_row, rows_of

ROW_BYTES_MAX = 4 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_BOM = codecs.BOM_UTF8
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Refused(Exception):
    """A file, or an option, with which an import cannot go on; the text is a sentence for people."""


class BadRow(NamedTuple):
    """A row that could not even be read."""

    reason: str


class Row(NamedTuple):
    """A record (or a `BadRow`), where it stood, and where reading can go on behind it.

    `place` is the line, or the number of the row in a JSON document; `resume` is a count of bytes, None where the
    row is one of several that stand together.
    """

    place: int
    value: Any
    resume: int | None


@dataclass(slots=True)
class Source:
    """An open file: `stream` gives its bytes, unpacked; `read_bytes` says how far the file on disk has been read."""

    stream: BinaryIO
    on_disk: BinaryIO
    size: int

    @property
    def read_bytes(self) -> int:
        return self.on_disk.tell()

    def close(self) -> None:
        self.stream.close()
        self.on_disk.close()


def open_source(path: Path) -> Source:
    """Open a file, gzip or plain; raises `Refused`."""
    try:
        on_disk = path.open("rb")
        size = path.stat().st_size
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror}.") from error
    packed = on_disk.read(2) == _GZIP
    on_disk.seek(0)
    stream: BinaryIO = io.BufferedReader(gzip.GzipFile(fileobj=on_disk)) if packed else on_disk
    return Source(stream, on_disk, size)


def detect(source: Source, name: str) -> str:
    """`lines` (a JSON value a line), `document` (one JSON value) or `table` (CSV); leaves the stream at its start."""
    first, second = _first_lines(source.stream)
    source.stream.seek(0)
    if first.startswith(_UTF_16):
        raise Refused(f"{name} is UTF-16; save it as UTF-8.")
    text = first.removeprefix(_BOM).strip()
    if not text:
        raise Refused(f"{name} is empty.")
    if text[:1] not in b"[{":
        return "table"
    # A broken first line must not make a document of a file of lines; one that leaves something open does.
    return "lines" if _is_json(text) or (text[-1:] == b"}" and _is_json(second)) else "document"


def _first_lines(stream: BinaryIO) -> tuple[bytes, bytes]:
    lines = (line for line in iter(lambda: stream.readline(ROW_BYTES_MAX), b"") if line.removeprefix(_BOM).strip())
    return next(lines, b""), next(lines, b"")


def _is_json(text: bytes) -> bool:
    try:
        exactjson.loads(text)
    except exactjson.NotJson:
        return False
    return True


class Lines:
    """A JSON value a line; one that cannot be read costs only its line."""

    def __init__(self, stream: BinaryIO, *, offset: int = 0, place: int = 0) -> None:
        self._stream = stream
        self._offset = offset
        self._place = place

    def __iter__(self) -> Iterator[Row]:
        while line := self._stream.readline(ROW_BYTES_MAX):
            self._place += 1
            self._offset += len(line)
            if len(line) == ROW_BYTES_MAX and not line.endswith(b"\n"):
                self._skip_line()
                yield Row(self._place, BadRow("The line is longer than any bet."), self._offset)
                continue
            if line.isspace():
                continue
            try:
                value = exactjson.loads(line)
            except exactjson.NotJson:
                yield Row(self._place, BadRow("The line is not valid JSON."), self._offset)
                continue
            if is_row(value):
                yield Row(self._place, value, self._offset)
            else:
                yield from _together([(self._place, row) for row in rows_of(value)], resume=self._offset)

    def _skip_line(self) -> None:
        while part := self._stream.readline(ROW_BYTES_MAX):
            self._offset += len(part)
            if part.endswith(b"\n"):
                return


def _together(rows: list[tuple[int, Any]], *, resume: int) -> Iterator[Row]:
    """Rows that stand in one piece of the file; only behind the last can reading go on."""
    for i, (place, value) in enumerate(rows, 1):
        yield Row(place, value, resume if i == len(rows) else None)


_SPACE = re.compile(r"[ \t\r\n]*")
_READ_BYTES = 256 * 1024
_INCOMPLETE_WITHIN = 16  # characters; a literal or escape that the end of the buffer has cut is shorter


class Document:
    """The rows of one JSON value (or of several), by number. Broken JSON ends it: what follows cannot be placed."""

    def __init__(self, stream: BinaryIO, *, offset: int = 0, place: int = 0) -> None:
        self._stream = stream
        # Bytes that are no UTF-8 survive as half characters, for the field's own check to refuse.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._offset = offset  # in bytes, of `_at`
        self._place = place
        self._after_key = False

    def __iter__(self) -> Iterator[Row]:
        # Behind a row, and so behind where a resumed import starts, lists are only separated and closed.
        while self._skip_to_value():
            values = list(self._values())
            first = self._place + 1
            self._place += len(values)
            yield from _together(list(enumerate(values, first)), resume=self._offset)

    def _values(self) -> Iterator[Any]:
        """The rows in the value at hand; a list, or an object too large for a row, is walked into."""
        is_of_key, self._after_key = self._after_key, False
        opens = self._buffer[self._at]
        if opens == "[":
            self._step(1)
            return
        value = self._parse()
        if value is _TOO_LARGE:
            if opens != "{":
                raise Refused(f"The JSON holds a value larger than any bet, at byte {self._offset}.")
            self._step(1)
        elif opens == '"' and self._peek() == ":":
            self._step(1)
            self._after_key = True
        elif not is_of_key or is_row(value) or holds_more(value):
            yield from rows_of(value)

    def _skip_to_value(self) -> bool:
        """Step over what separates, opens or closes; false at the end of the file."""
        while (char := self._peek()) and char in ",]}":
            self._step(1)
            self._after_key = False
        return bool(char)

    def _step(self, characters: int) -> None:
        end = self._at + characters
        self._offset += len(self._buffer[self._at : end].encode("utf-8", "surrogateescape"))
        self._at = end

    def _peek(self) -> str:
        """The next character that is not a blank; "" at the end."""
        while True:
            match = _SPACE.match(self._buffer, self._at)
            assert match is not None
            if match.end() > self._at:
                self._step(match.end() - self._at)
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._read_more():
                return ""

    def _parse(self) -> Any:
        while True:
            try:
                value, end = exactjson.parse_at(self._buffer, self._at)
                if end < len(self._buffer) or self._ended:
                    self._step(end - self._at)
                    return value
            except exactjson.NotJson as error:
                # It holds the whole buffer, so it must not outlive this block.
                if self._is_broken(error):
                    raise Refused(f"The JSON is broken at about byte {self._offset}: {error}") from error
            if len(self._buffer) - self._at > ROW_BYTES_MAX:
                return _TOO_LARGE
            if self._ended:
                raise Refused(f"The JSON ends in the middle of a value, at byte {self._offset}.")
            self._read_more()

    def _is_broken(self, error: exactjson.NotJson) -> bool:
        cause = error.__cause__
        position = getattr(cause, "pos", None)
        if position is None:
            return True
        return position < len(self._buffer) - _INCOMPLETE_WITHIN and not str(cause).startswith("Unterminated string")

    def _read_more(self) -> bool:
        if self._ended:
            return False
        data = self._stream.read(_READ_BYTES)
        self._ended = not data
        self._buffer = self._buffer[self._at :] + self._decoder.decode(data, final=self._ended)
        self._at = 0
        return not self._ended


_TOO_LARGE = object()


# Broken archives show in several ways.
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, OSError)
