"""`manage.py simulate_ledger`: a seeded run of everything that can go wrong, held against a model."""

import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ledger.models import HOUSE_SHARDS
from ledger.simulation import Difference, simulate

SEED_BELOW = 10**9
STEPS = 10_000


class Command(BaseCommand):
    """Simulate; exit with 1 and name the first difference where there is one."""

    help = (
        "Draw random requests from a seed, with duplicates, stale versions and processes that die, post them with the"
        " engine's own code in a schema that is removed afterwards, and hold every answer against a model."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The run is the same for the same three numbers."""
        parser.add_argument("--seed", type=int, help="whole number; a random one where none is given")
        parser.add_argument("--steps", type=int, default=STEPS, help=f"requests to draw (default {STEPS})")
        parser.add_argument("--workers", type=int, default=3, help="processes to imitate (default 3)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run once and tell."""
        seed = options["seed"] if options["seed"] is not None else secrets.randbelow(SEED_BELOW)
        steps, workers = max(1, options["steps"]), min(max(1, options["workers"]), HOUSE_SHARDS)
        again = f"manage.py simulate_ledger --seed {seed} --steps {steps} --workers {workers}"
        try:
            report = simulate(seed=seed, steps=steps, workers=workers)
        except Difference as difference:
            self.stderr.write(f"The ledger did what it must not: {difference}")
            self.stderr.write(f"Again: {again}")
            sys.exit(1)
        self.stdout.write(f"seed {seed}: {steps} requests in {report.delivered} deliveries, {report.batches} batches")
        for name, count in sorted(report.answers.items()):
            self.stdout.write(f"{count:10} answered {name}")
        for name, count in sorted(report.ends.items()):
            self.stdout.write(f"{count:10} ended: {name}")
        self.stdout.write(f"Every answer, entry and balance is the model's ({report.digest}).")
        self.stdout.write(f"Again: {again}")
