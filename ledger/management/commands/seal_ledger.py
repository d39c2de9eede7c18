"""`manage.py seal_ledger`: signs the state of the books, once a UTC day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ledger import seals, signing


class Command(BaseCommand):
    """Make today's seal, or look at all of them."""

    help = (
        "Sign the state of the books with the installation's key, at most once a UTC day (the worker does so by "
        "itself), and print the seal and the public key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to look at them."""
        parser.add_argument("--verify", action="store_true", help="check every seal instead of making one")

    def handle(self, *args: Any, verify: bool, **options: Any) -> None:
        """Make or check."""
        if verify:
            self._verify()
            return
        try:
            sealed, is_new = seals.seal(at=timezone.now())
        except signing.NoSigningKey as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{'Sealed' if is_new else 'Already sealed'}: {sealed.day}, journal {sealed.journal_no}")
        self.stdout.write(f"hash        {bytes(sealed.hash).hex()}")
        self.stdout.write(f"signature   {bytes(sealed.signature).hex()}")
        self.stdout.write(f"public key  {bytes(sealed.public_key).hex()}")
        self.stdout.write(f"statement   {sealed.statement}")

    def _verify(self) -> None:
        found = seals.problems()
        for text in found:
            self.stderr.write(text)
        if found:
            raise CommandError(f"{len(found)} of what the seals say is not so.")
        self.stdout.write("Every seal is signed, names the one before it, and seals the journal that is there.")
