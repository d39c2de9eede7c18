"""Print a fresh one-time login link."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import links, queries, services


class Command(BaseCommand):
    help = "Print a link that signs a person in once, within ten minutes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", nargs="?", help="whom it signs in; the owner unless named")

    def handle(self, *, user: str | None, **options: Any) -> None:
        now = timezone.now()
        person = services.ensure_owner(at=now) if user is None else queries.active_person(user)
        if person is None:
            raise CommandError(f"There is no active person named “{user}”.")
        text = services.create_login_link(user=person, at=now)
        self.stderr.write(f"Signs in {person.get_username()} once, within ten minutes:")
        self.stdout.write(links.login_address(text, host=settings.HOST, port=settings.PORT, https=settings.HTTPS))
