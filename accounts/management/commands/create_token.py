"""Make a token for a program and print it, this once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import scopes, services
from accounts.permissions import TokenRefused


class Command(BaseCommand):
    help = "Make a token for a program. Prints the token alone on standard output; it cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("label", help="what the token is for, such as: antebot")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            dest="scopes",
            metavar="SCOPE",
            help=f"what it may do; repeat for more. One of: {', '.join(scopes.SCOPES)}",
        )

    def handle(self, *, label: str, scopes: list[str], **options: Any) -> None:
        try:
            token, text = services.create_token(label=label, scopes=scopes, by=None, at=timezone.now())
        except TokenRefused as refusal:
            raise CommandError(refusal.message) from refusal
        notice = f"Token {token.pk} “{token.label}” may: {', '.join(token.scopes)}. Keep it; it is shown only now."
        self.stderr.write(notice)
        self.stdout.write(text)
