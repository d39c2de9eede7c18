"""`manage.py stake_simulator`: a simulated venue on this machine."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from loopback import until
from stake.simulator.facts import BadFact
from stake.simulator.home import AlreadyRunning, run
from stake.simulator.journal import JournalDamaged


class Command(BaseCommand):
    """Run the simulator until a signal."""

    help = "Run a simulation of the venue on loopback: play money, really fair outcomes, nothing of Stake.com."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The port, and where its journal is kept."""
        parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the system choose one")
        parser.add_argument("--home", type=Path, default=None, help="the installation's home (default: STAKEPRO_HOME)")

    def handle(self, *args: Any, port: int, home: Path | None, **options: Any) -> None:
        """Return only when the simulator has stopped."""
        if not 0 <= port < 2**16:
            raise CommandError("--port must be from 0 to 65535.")
        stopping = until.at_signal()
        parent = until.named_parent()
        try:
            run(
                home or Path(settings.STAKEPRO_HOME),
                port=port,
                stopping=stopping,
                on_ready=self._announce,
                parent=parent,
            )
        except (AlreadyRunning, BadFact, JournalDamaged) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The simulator cannot run: {error.strerror or error}.") from None

    def _announce(self, base_url: str) -> None:
        self.stdout.write(f"Simulated venue on {base_url}: play money, nothing here is Stake.com.")
        self.stdout.flush()
