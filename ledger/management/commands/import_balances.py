"""`manage.py import_balances FILE`: existing balances become wallets with deposits, once."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ledger.importing import KINDS, BadFile, Import, Stopped, Totals
from ledger.money import show


class Command(BaseCommand):
    """Check, post, and print the totals before and after."""

    help = (
        "Bring balances in from a CSV with the columns owner, amount and perhaps reference: each becomes a deposit "
        "into the owner's wallet, opened where there is none. Run again with the same --source it adds nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file, from where, into which wallets."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--currency", required=True, metavar="CODE", help="of all amounts in the file")
        parser.add_argument(
            "--source",
            required=True,
            metavar="NAME",
            help="where the balances come from; one owner's is brought in once",
        )
        parser.add_argument("--kind", choices=KINDS, default="user", help="of the wallets (default user)")
        parser.add_argument("--dry-run", action="store_true", help="check and count, post nothing")

    def handle(self, *, file: Path, currency: str, source: str, kind: str, dry_run: bool, **options: Any) -> None:
        """Import; the exit code is 1 where the file is refused or the import stopped."""
        job = Import(file, currency=currency, source=source, kind=kind)
        try:
            totals = job.run(at=timezone.now(), dry_run=dry_run, told=self._tell)
        except BadFile as error:
            self._clear()
            for text in error.problems:
                self.stderr.write(text)
            more = error.count - len(error.problems)
            raise CommandError(
                f"{file.name}: nothing was posted; {error.count} wrong{f', {more} not shown' if more else ''}."
            ) from error
        except Stopped as error:
            self._clear()
            raise CommandError(f"{error} The same command again goes on.") from error
        except OSError as error:
            raise CommandError(f"{file.name} cannot be read: {error.strerror}.") from error
        self._clear()
        self._show(job, totals, dry_run=dry_run)

    def _show(self, job: Import, totals: Totals, *, dry_run: bool) -> None:
        def amount(minor: int) -> str:
            return f"{show(minor, job.money())} {job.currency}"

        fresh = totals.owners - totals.there
        for name, value in (
            (f"before, in {job.kind} wallets", amount(totals.before)),
            ("in the file", f"{amount(totals.amount)} of {totals.owners:,} owners"),
            (f"there already from {job.source}", f"{amount(totals.there_amount)} of {totals.there:,} owners"),
            ("to be added" if dry_run else "added", f"{amount(totals.added_amount)} of {fresh:,} owners"),
            (f"after, in {job.kind} wallets", amount(totals.after)),
        ):
            self.stdout.write(f"{name:40} {value}")
        if dry_run:
            self.stdout.write("This was a dry run: nothing was posted.")

    def _tell(self, what: str, line: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{what} up to line {line:,}", ending="")
            self.stderr.flush()

    def _clear(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
