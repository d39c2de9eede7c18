"""Give the secrets in the vault a new key."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.vault import material, rotation

OF_THE_ENVIRONMENT = (
    "VAULT_KEYS is kept by you, so no key was made here. To rotate: make one with rotate_secrets --new-key, put it in "
    "front of VAULT_KEYS (newest first, separated by commas), restart every process, and run rotate_secrets --drop-old."
)


class Command(BaseCommand):
    """`manage.py rotate_secrets [--drop-old]`; `--new-key` prints a key for VAULT_KEYS."""

    help = "Encrypt every stored secret with a new key; may be run beside a running server, and again after a crash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drop-old", action="store_true", help="forget the old keys once every secret has the new")
        parser.add_argument("--batch", type=_rows, default=500, help="rows a transaction (default 500)")
        parser.add_argument(
            "--new-key", action="store_true", help="only print a new key, to put in front of VAULT_KEYS"
        )

    def handle(self, *, drop_old: bool, batch: int, new_key: bool, **options: Any) -> None:
        if new_key:
            self.stdout.write(material.new_key())
            return
        try:
            done = rotation.rotate(drop_old=drop_old, batch=batch, at=timezone.now())
        except (rotation.RotationRefused, material.KeyRefused) as refusal:
            raise CommandError(str(refusal)) from refusal
        for sentence in _sentences(done, drop_old=drop_old):
            self.stdout.write(sentence)


def _sentences(done: rotation.Rotated, *, drop_old: bool) -> list[str]:
    said = []
    if done.key_made:
        said.append(f"A new key is in front of {settings.VAULT_KEYS_FILE.name}; back the file up again.")
    if done.resumed:
        said.append("An earlier rotation was not finished; it was taken up with its key.")
    said.append(f"Encrypted anew: {done.sealed_anew}. Opened with the newest key: {done.verified}.")
    if done.unreadable:
        listed = ", ".join(done.unreadable[: rotation.UNREADABLE_LISTED_MAX])
        said.append(f"Cannot be read, and must be entered again: {len(done.unreadable)} ({listed}).")
    if done.under_old:
        said.append(f"Stored meanwhile under an old key: {done.under_old}; the next run takes them along.")
    if done.dropped and settings.VAULT_KEYS:
        said.append(
            f"The last {done.dropped} of VAULT_KEYS can be taken out now; nothing is stored under them any more."
        )
    elif done.dropped:
        said.append(f"Old keys dropped: {done.dropped}.")
    elif settings.VAULT_KEYS and len(settings.VAULT_KEYS) == 1:
        said.append(OF_THE_ENVIRONMENT)
    elif not drop_old:
        said.append("The old keys still read; rotate_secrets --drop-old forgets them.")
    return said


def _rows(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 10_000:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 10000.")
    return number
