"""Import bets from files: archives, dumps, logs, exports and tables."""

import time
from argparse import BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone

from accounts.garbage import rare_collections
from streams.importing import FIELDS, Counts, Defaults, Import, Progress, Refused, Rejected
from streams.importing.columns import parse_mapping
from streams.ingest import StreamsBusy

BAR_WIDTH = 24


class Command(BaseCommand):
    help = (
        "Import bets from files: Stake archives and GraphQL dumps, NDJSON, what StakePro exports, and CSV. "
        "Importing a file again stores nothing twice; an interrupted import goes on where it stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="a file, also packed with gzip")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            dest="mapping",
            metavar="FIELD=COLUMN",
            help=f"which column of a CSV is what, by heading or number; repeat. Fields: {', '.join(FIELDS)}",
        )
        parser.add_argument("--server-seed-hash", metavar="HASH", help="for rows that name none")
        parser.add_argument("--client-seed", metavar="SEED", help="for rows that name none")
        parser.add_argument("--currency", help="for rows that name none")
        parser.add_argument("--game", help="for rows that name none")
        parser.add_argument("--delimiter", help="of a CSV, where the guess is wrong")
        parser.add_argument("--dry-run", action="store_true", help="read and check the files, store nothing")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="default: <file>.rejects.csv")
        parser.add_argument(
            "--resume", action=BooleanOptionalAction, default=True, help="go on where an import stopped (default)"
        )
        parser.add_argument("--restart", action="store_false", dest="resume", help="the same as --no-resume")
        parser.add_argument("--quiet", action="store_true", help="no progress, only the result")

    def handle(self, *, files: list[Path], rejects: Path | None, quiet: bool, **options: Any) -> None:
        if rejects is not None and len(files) > 1:
            raise CommandError("--rejects names one file; give it with one FILE, or leave it out.")
        if options["delimiter"] is not None and len(options["delimiter"]) != 1:
            raise CommandError("--delimiter must be one character.")
        total = Counts()
        with rare_collections():
            for path in files:
                total.add(self._import(path, rejects or path.with_name(f"{path.name}.rejects.csv"), quiet, options))
        if len(files) > 1:
            self.stdout.write(f"Together: {_sentence(total, dry_run=options['dry_run'])}")

    def _import(self, path: Path, rejects: Path, quiet: bool, options: dict[str, Any]) -> Counts:
        line = _Line(self.stdout, path.name, shown=not quiet)
        try:
            run = Import(
                path=path,
                rejects_path=rejects,
                home=Path(settings.STAKEPRO_HOME) / "imports",
                defaults=Defaults(
                    **{name: options[name] for name in ("server_seed_hash", "client_seed", "currency", "game")}
                ),
                mapping=parse_mapping(options["mapping"]),
                delimiter=options["delimiter"],
                dry_run=options["dry_run"],
            )
            counts = run.run(restart=not options["resume"], now=timezone.now, report=line)
        except (Refused, Rejected, StreamsBusy) as error:
            line.clear()
            raise CommandError(f"{path.name}: {error}") from error
        except OperationalError as error:
            line.clear()
            raise CommandError(f"{path.name}: the database went away; the same command goes on from here.") from error
        except KeyboardInterrupt:
            line.clear()
            raise CommandError(f"{path.name}: interrupted; the same command goes on from here.") from None
        line.clear()
        resumed = f" Went on behind row {run.resumed_at}." if run.resumed_at else ""
        self.stdout.write(f"{path.name}: {_sentence(counts, dry_run=options['dry_run'])}{resumed}")
        if counts.rejected:
            self.stdout.write(f"{path.name}: the rejected rows and why are in {rejects}")
        return counts


def _sentence(counts: Counts, *, dry_run: bool) -> str:
    if dry_run:
        good = counts.rows - counts.rejected
        return f"{counts.rows} rows, {good} could be imported, {counts.rejected} rejected. Nothing was stored."
    return (
        f"{counts.rows} rows, {counts.stored} stored, {counts.known} already known, {counts.conflicts} conflicts, "
        f"{counts.rejected} rejected."
    )


class _Line:
    """Progress: a bar on a terminal, else a plain line every ten seconds."""

    def __init__(self, out: Any, name: str, *, shown: bool) -> None:
        self._out = out
        self._name = name
        self._shown = shown
        self._terminal = bool(out.isatty())
        self._started = time.monotonic()
        self._last = self._started
        self._first_rows: int | None = None

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if self._first_rows is None:
            self._first_rows = progress.counts.rows
        if not self._shown or now - self._last < (0.2 if self._terminal else 10):
            return
        self._last = now
        share = min(progress.read_bytes / progress.size, 1) if progress.size else 1
        rate = (progress.counts.rows - self._first_rows) / (now - self._started)
        text = f"{self._name}: {share:4.0%}, {progress.counts.rows:,} rows, {rate:,.0f} rows/s"
        if self._terminal:
            done = round(share * BAR_WIDTH)
            self._out.write(f"\r[{'#' * done}{' ' * (BAR_WIDTH - done)}] {text}\x1b[K", ending="")
            self._out.flush()
        else:
            self._out.write(text)

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown and self._terminal:
            self._out.write("\r\x1b[K", ending="")
