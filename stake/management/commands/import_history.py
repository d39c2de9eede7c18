"""`manage.py import_history`: bring an account's bets from the venue into their streams."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from stake import queries, refusals
from stake.errors import VenueError
from stake.services import history


class Command(BaseCommand):
    """Ask the venue page by page, and say what came of it."""

    help = "Read the account's newest bets from the venue into their streams; safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which session, and how far back."""
        parser.add_argument("session", help="the session's id, or its label")
        parser.add_argument(
            "--pages", type=int, default=history.PAGES_DEFAULT, help="pages of 50 bets, newest first (default 4)"
        )

    def handle(self, *args: Any, session: str, pages: int, **options: Any) -> None:
        """Import, and report."""
        try:
            found = history.import_history(session_id=_session_id(session), pages=pages, now=timezone.now)
        except (refusals.Refused, VenueError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{found.seen} bets seen: {found.new} new, {found.known} known, {found.conflicts} conflicts, "
            f"{found.left_out} left out; {'the end was reached' if found.whole else 'there are more'}."
        )


def _session_id(text: str) -> UUID:
    """The session of this id or label."""
    try:
        return UUID(text)
    except ValueError:
        pass
    labelled = [row.id for row in queries.sessions(at=timezone.now()) if row.label == text]
    if len(labelled) != 1:
        raise CommandError(f"{'No session has' if not labelled else 'Several sessions have'} the label “{text}”.")
    return labelled[0]
