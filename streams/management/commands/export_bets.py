"""Write a stream's bets to a file, or to standard output."""

import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict

from accounts.http import ApiError
from streams import exporting, queries
from streams.params import Params

# Option → the parameter of /bets that it is, and its help.
FILTERS = {
    "--min-multiplier": "results of at least this",
    "--max-multiplier": "results of at most this",
    "--nonce-from": "nonces from this one on",
    "--nonce-to": "nonces up to this one",
    "--received-from": "arrived at or after this time (ISO 8601)",
    "--received-to": "arrived at or before this time",
    "--game": "of this game",
    "--difficulty": "of this difficulty",
    "--cell": "of this cell (Pump: safe pumps)",
}


class Command(BaseCommand):
    help = "Write a stream's bets, in the order of nonces, as CSV, NDJSON (complete, can be imported again) or Parquet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("stream", help="the stream's id, or the beginning of its server seed hash")
        parser.add_argument("--format", choices=tuple(exporting.FORMATS), default="csv", dest="file_format")
        parser.add_argument("--columns", choices=("default", "full"), default="default", help="of a CSV")
        parser.add_argument("--out", metavar="FILE", help="- for standard output; default: a name made from the stream")
        parser.add_argument("--force", action="store_true", help="overwrite FILE if there is one")
        for option, text in FILTERS.items():
            parser.add_argument(option, help=text)
        parser.add_argument("--bookmarked", action="store_true", help="bookmarked ones only")

    def handle(
        self, *, stream: str, file_format: str, columns: str, out: str | None, force: bool, **options: Any
    ) -> None:
        try:
            found = queries.find_by_name(stream)
        except queries.NotFound as error:
            raise CommandError(str(error)) from error
        export = exporting.export(found, file_format=file_format, wanted=_filter(options), full=columns == "full")
        if out == "-":
            _write_to_standard_output(export)
            return
        path = Path(out or export.name)
        if path.exists() and not force:
            raise CommandError(f"{path} is there already; give --force to overwrite it.")
        _write_whole(export, path)
        self.stdout.write(f"{path}: {path.stat().st_size:,} bytes")


def _filter(options: dict[str, Any]) -> queries.BetFilter:
    """The filter that the same parameters make for /bets."""
    query = QueryDict(mutable=True)
    for option in FILTERS:
        name = option.removeprefix("--").replace("-", "_")
        if options[name] is not None:
            query[name] = options[name]
    query["bookmarked"] = "true" if options["bookmarked"] else "false"
    params = Params(query)
    wanted = params.bet_filter()
    try:
        params.check()
    except ApiError as error:
        raise CommandError(str(error)) from error
    return wanted


def _write(export: exporting.Export, file: BinaryIO) -> None:
    for chunk in export.chunks:
        file.write(chunk)
    file.flush()


def _write_to_standard_output(export: exporting.Export) -> None:
    try:
        _write(export, sys.stdout.buffer)
    except BrokenPipeError:
        # Whoever read has had enough. What Python flushes at its end must not fail over that again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_whole(export: exporting.Export, path: Path) -> None:
    """Write aside and move into place: a file of that name is whole, or is not there."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as file:
            _write(export, file)
        aside.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        aside.unlink(missing_ok=True)
