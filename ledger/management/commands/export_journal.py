"""`manage.py export_journal FILE`: the journal as a signed file that anybody can check offline."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ledger import export, signing


class Command(BaseCommand):
    """Write the file, and say how to check it."""

    help = (
        "Write the journal with all entries, hashes and seals to a signed file (JSON Lines, gzipped where the name "
        "ends in .gz). scripts/verify_journal.py checks it offline."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to, and which journals."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--from", dest="first", type=int, default=1, metavar="NO", help="the first (default 1)")
        parser.add_argument("--to", dest="last", type=int, metavar="NO", help="the last (default the newest)")

    def handle(self, *, file: Path, first: int, last: int | None, **options: Any) -> None:
        """Export, telling how far it is where somebody watches."""
        try:
            done = export.export(file, at=timezone.now(), first=first, last=last, told=self._tell)
        except (export.CannotExport, signing.NoSigningKey) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{file.name} cannot be written: {error.strerror}.") from error
        self._clear()
        self.stdout.write(
            f"{file.name}: journals {done.first} to {done.last}, {done.entries:,} entries, {done.seals} seals,"
            f" SHA-256 {done.sha256}"
        )
        self.stdout.write(f"python3 scripts/verify_journal.py {file} --public-key {signing.public_key().hex()}")

    def _tell(self, no: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\rjournal {no:,}", ending="")
            self.stderr.flush()

    def _clear(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
