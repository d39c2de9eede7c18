"""CSV: which column is which field, by headings that we know, by what the user says, or by the older files' forms."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from streams.exporting import csv_file
from streams.importing.rows import FIELDS, PROVIDERS, Reader, field_of
from streams.importing.sources import BadRow, Refused, Row
from streams.wire import BetMessage

__all__ = ["FIELDS", "Columns", "Table", "detect_columns", "parse_mapping"]

_DELIMITERS = ",;\t|"
_LINE_BYTES_MAX = 1024 * 1024
# The line that Antebot's own documentation writes to a log: no heading, two numbers.
_HEADLESS = ("nonce", "payoutMultiplier")


def parse_mapping(texts: list[str]) -> dict[str, str]:
    """`field=column` from the command line, as a dictionary; raises `Refused`."""
    mapping: dict[str, str] = {}
    for text in texts:
        name, equals, column = text.partition("=")
        if not equals or name not in FIELDS or not column:
            raise Refused(f"--map {text}: write field=column, the field one of {', '.join(FIELDS)}.")
        if name in mapping:
            raise Refused(f"--map {text}: {name} is given twice.")
        mapping[name] = column
    return mapping


@dataclass(frozen=True, slots=True)
class Columns:
    """How to read each row: the column of each field, and the names of the others."""

    delimiter: str
    has_heading: bool
    fields: dict[int, str]
    others: dict[int, str]
    ours: bool

    def read(self, cells: list[str], reader: Reader) -> BetMessage:
        """The message of a row; raises `Rejected`."""
        if self.ours:
            cells = [csv_file.restored(cell) for cell in cells]
        fields: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for index, cell in enumerate(cells):
            if not cell:
                continue
            name = self.fields.get(index)
            if name is not None:
                fields[name] = cell
            else:
                extra[self.others.get(index, f"column {index + 1}")] = cell
        return reader.fields(fields, extra, provider=self._without_ours(fields, extra), as_is=self.ours)

    def _without_ours(self, fields: dict[str, Any], extra: dict[str, Any]) -> str:
        """The provider; takes out of `extra` what our own exports count anew."""
        if not self.ours:
            return "import"
        provider = str(extra.pop("provider", ""))
        for name in ("cell", "seq"):
            extra.pop(name, None)
        # The older servers' files have our older columns; there the arrival may be the only time that is known.
        if provider or "time" in fields:
            extra.pop("received_at", None)
        return provider if provider in PROVIDERS and "nonce" in fields else "import"


def detect_columns(first_line: str, *, delimiter: str | None, mapping: Mapping[str, str]) -> Columns:
    """The columns of a table by its first line and the user's mapping; raises `Refused`."""
    chosen = delimiter or max(_DELIMITERS, key=first_line.count)
    cells = next(csv.reader([first_line], delimiter=chosen), [])
    names = [cell.strip().strip("\ufeff") for cell in cells]
    ours = tuple(names) in (csv_file.COLUMNS, csv_file.FULL_COLUMNS)
    known = {index: found for index, name in enumerate(names) if (found := field_of(name)) is not None}
    has_heading = bool(known) or any(column in names and not column.isdigit() for column in mapping.values())
    if not has_heading and not mapping:
        if len(names) != 2 or not all(_is_number(name) for name in names):
            raise Refused(
                "The file has no column heading that is known; say which column is what with --map field=column "
                "(a column by its heading or its number)."
            )
        return Columns(chosen, False, {0: _HEADLESS[0]}, {1: _HEADLESS[1]}, ours=False)
    best: dict[str, tuple[int, int]] = {}
    for index, (name, rank) in known.items():
        if name not in best or rank < best[name][0]:
            best[name] = (rank, index)
    fields = {index: name for name, (_, index) in best.items()}
    for name, column in mapping.items():
        fields = {index: other for index, other in fields.items() if other != name}
        fields[_index(column, names, has_heading=has_heading)] = name
    others = {index: heading for index, heading in enumerate(names) if index not in fields} if has_heading else {}
    return Columns(chosen, has_heading, fields, others, ours and not mapping)


def _index(column: str, names: list[str], *, has_heading: bool) -> int:
    if has_heading and column in names:
        return names.index(column)
    if column.isascii() and column.isdigit() and 1 <= int(column) <= len(names):
        return int(column) - 1
    raise Refused(f"--map: there is no column {column}; the file has {', '.join(names)}.")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and text.isascii()


class Table:
    """The rows of a CSV by line; quoted cells may hold line breaks."""

    def __init__(
        self,
        stream: BinaryIO,
        *,
        delimiter: str | None,
        mapping: Mapping[str, str],
        offset: int = 0,
        place: int = 0,
    ) -> None:
        self._stream = stream
        self._offset = 0
        self._line = 0
        first = self._first_line()
        self.columns = detect_columns(first, delimiter=delimiter, mapping=mapping)
        if not self.columns.has_heading:
            self._stream.seek(0)
            self._offset = self._line = 0
        if offset:
            self._stream.seek(offset)
            self._offset, self._line = offset, place

    def _first_line(self) -> str:
        return next((line for line in self._lines() if line.strip()), "").removeprefix("\ufeff")

    def _lines(self) -> Iterator[str]:
        while line := self._stream.readline(_LINE_BYTES_MAX):
            self._offset += len(line)
            self._line += 1
            # Bytes that are no UTF-8 survive as half characters, for the field's own check to refuse.
            yield line.decode("utf-8", "surrogateescape")

    def __iter__(self) -> Iterator[Row]:
        reader = csv.reader(self._lines(), delimiter=self.columns.delimiter)
        while True:
            start = self._line + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(start, BadRow(f"The row cannot be read: {error}."), self._offset)
                continue
            if cells:
                yield Row(start, cells, self._offset)
