"""Refuse a token from now on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import queries, services
from accounts.models import Token


class Command(BaseCommand):
    help = "Refuse a token from now on; running servers follow within a second."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("token", metavar="LABEL_OR_ID", help="the token's label, or its number")

    def handle(self, *, token: str, **options: Any) -> None:
        found = _find(token)
        services.revoke_token(token=found, by=None, at=timezone.now())
        self.stdout.write(f"Revoked token {found.pk} “{found.label}” (…{found.hint}).")


def _find(label_or_id: str) -> Token:
    labelled = queries.usable_tokens_labelled(label_or_id)
    if len(labelled) > 1:
        numbers = ", ".join(str(token.pk) for token in labelled)
        raise CommandError(f"Several tokens are labelled “{label_or_id}”; name one by its number: {numbers}.")
    if labelled:
        return labelled[0]
    numbered = queries.token_with_id(int(label_or_id)) if _is_number(label_or_id) else None
    if numbered is None or numbered.revoked_at is not None:
        raise CommandError(f"There is no usable token labelled or numbered “{label_or_id}”.")
    return numbered


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
