"""Put away, or delete, the streams that nothing was heard of for long."""

import re
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from streams import queries, services
from streams.queries import StreamSummary

_AGE = re.compile(r"([1-9][0-9]{0,4})([hdw])", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Command(BaseCommand):
    help = (
        "Archive (or with --delete remove for good) the streams last seen longer ago than an age. "
        "Ingest of other streams goes on meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than", required=True, metavar="AGE", help="such as 12h, 90d or 26w")
        action = parser.add_mutually_exclusive_group()
        action.add_argument("--archive", action="store_true", help="out of the list, nothing is lost (default)")
        action.add_argument("--delete", action="store_true", help="bets, rounds, notes and bookmarks; for good")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *, older_than: str, delete: bool, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        found = queries.silent_streams(since=now - parse_age(older_than))
        chosen = [stream for stream in found if delete or stream.archived_at is None]
        verb = "deleted" if delete else "archived"
        for stream in chosen:
            if not dry_run:
                self._prune(stream, delete=delete, at=now)
            self.stdout.write(f"{'would be ' if dry_run else ''}{verb}: {_described(stream)}")
        if delete and not dry_run:
            rows = services.remove_deleted()
            self.stdout.write(f"{rows} rows removed")
        bets = sum(stream.bets for stream in chosen)
        self.stdout.write(f"{len(chosen)} streams with {bets} bets {'would be ' if dry_run else ''}{verb}.")

    def _prune(self, stream: StreamSummary, *, delete: bool, at: Any) -> None:
        try:
            if delete:
                services.delete(stream_id=stream.id, at=at)
            else:
                services.archive(stream_id=stream.id, at=at)
        except queries.NotFound:
            self.stderr.write(f"{stream.id} was deleted by somebody else meanwhile")


def parse_age(text: str) -> timedelta:
    """An age such as 12h, 90d or 26w; raises `CommandError`."""
    match = _AGE.fullmatch(text)
    if match is None:
        raise CommandError("--older-than must be a number with h, d or w, such as 12h, 90d or 26w.")
    return int(match[1]) * _UNITS[match[2]]


def _described(stream: StreamSummary) -> str:
    seed = stream.client_seed or "client seed unknown"
    seen = stream.last_seen_at.strftime("%Y-%m-%d %H:%M")
    return f"{stream.id} {stream.server_seed_hashed[:10]}… {ascii(seed)} {stream.bets} bets, last seen {seen}"
