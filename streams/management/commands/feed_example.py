"""Post the recorded example to a running server, like a bot, so that there is something real to watch."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fairness.draws import NONCE_MAX
from streams import example

RATE_MAX = 1000


class Command(BaseCommand):
    help = (
        "Post recomputed rounds of a real, revealed seed pair to a running StakePro, like a bot. "
        "Without a token it makes one and revokes it at the end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rate", type=float, default=20, help="rounds a second (default 20)")
        parser.add_argument("--from", type=int, default=example.FIRST_NONCE, dest="first", help="first nonce")
        parser.add_argument("--count", type=int, default=600, help="rounds (default 600); 0 goes on until Ctrl-C")
        parser.add_argument("--url", help="where StakePro runs (default: on this machine, at PORT)")
        parser.add_argument("--token", help="a token with the scope ingest (better: in STAKEPRO_FEED_TOKEN)")

    def handle(
        self, *, rate: float, first: int, count: int, url: str | None, token: str | None, **options: Any
    ) -> None:
        _check(rate=rate, first=first, count=count)
        url = url or f"http://127.0.0.1:{settings.PORT}"
        last = min(first + count - 1, NONCE_MAX) if count else NONCE_MAX
        line = example.ProgressLine(self.stdout, is_terminal=self.stdout.isatty(), clock=time.monotonic)
        given = token or os.environ.get("STAKEPRO_FEED_TOKEN", "")
        ended = "Done"
        own = nullcontext(given) if given else example.temporary_token(now=timezone.now, warn=self.stderr.write)
        with _termination_as_interrupt(), own as secret:
            try:
                with example.client(url, token=secret) as http:
                    feed = example.Feed(http, now=timezone.now, clock=time.monotonic, sleep=time.sleep, report=line)
                    feed.run(range(first, last + 1), rate=rate)
            except KeyboardInterrupt:
                ended = "Stopped"
            except example.FeedRefused as refusal:
                raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{line.clear()}{ended}: {line.last}.")


def _check(*, rate: float, first: int, count: int) -> None:
    if not 0 < rate <= RATE_MAX:
        raise CommandError(f"--rate must be above 0 and at most {RATE_MAX}.")
    if not 0 <= first <= NONCE_MAX:
        raise CommandError(f"--from must be from 0 to {NONCE_MAX}.")
    if count < 0:
        raise CommandError("--count must not be negative.")


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """End on SIGTERM as on Ctrl-C, so that the token is revoked."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
