"""`manage.py odds_simulator`: an odds provider of our own on this machine."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loopback import until
from markets.quotes import SECOND
from markets.simulator import Account, BadRecording, Clock, Generated, Provider, Recorded, Simulator
from markets.simulator.account import CALLS_A_SECOND, CREDITS
from markets.simulator.generator import BEGINS, CADENCE
from markets.simulator.source import Source
from markets.simulator.sports import SPORTS


class Command(BaseCommand):
    """Run the simulator until a signal."""

    help = "Run an odds provider on loopback, from recorded polls or made up from a seed. Nothing here is a real price."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is served, how fast, and to whom."""
        parser.add_argument("--file", type=Path, action="append", help="recorded polls (JSON lines); may be repeated")
        parser.add_argument("--seed", type=int, default=1, help="what the markets are made from (default: 1)")
        parser.add_argument("--sport", action="append", choices=list(SPORTS), help="a sport to make; may be repeated")
        parser.add_argument("--games", type=int, default=None, help="games a day and sport (default: the sport's own)")
        parser.add_argument("--start", default=None, help=f"where time starts: 'now', or a moment like {BEGINS:%FT%TZ}")
        parser.add_argument(
            "--every",
            type=int,
            default=CADENCE // SECOND,
            help="seconds between made-up polls, where time goes by steps",
        )
        parser.add_argument(
            "--speed",
            type=float,
            default=1.0,
            help="simulated seconds a second; 0: a poll further at each call of /odds",
        )
        parser.add_argument("--hold", action="store_true", help="with --speed 0: only the control path moves time")
        parser.add_argument("--host", default="127.0.0.1", help="127.0.0.1; the simulator listens nowhere else")
        parser.add_argument("--port", type=int, default=0, help="0 lets the system choose one")
        parser.add_argument("--credits", type=int, default=CREDITS, help=f"what can be spent (default: {CREDITS})")
        parser.add_argument("--key", default="simulation", help="the key to call with (default: simulation)")
        parser.add_argument("--free-plan", action="store_true", help="without historical data")

    def handle(self, *args: Any, **options: Any) -> None:
        """Return only when the simulator has stopped."""
        _check_host(options["host"])
        if not 0 <= options["port"] < 2**16:
            raise CommandError("--port must be from 0 to 65535.")
        stopping = until.at_signal()
        parent = until.named_parent()
        try:
            with Simulator(_provider(options), port=options["port"]) as simulator:
                for sport in simulator.provider.desk.sports:
                    simulator.provider.desk.poll(sport)  # Made before anybody waits for it.
                self._announce(simulator, options["key"])
                until.wait(stopping, parent)
        except OSError as error:
            raise CommandError(f"The simulator cannot run: {error.strerror or error}.") from None

    def _announce(self, simulator: Simulator, key: str) -> None:
        sports = ", ".join(simulator.provider.desk.sports)
        self.stdout.write(f"Simulated odds provider on {simulator.address}: {sports}. No price here is a real offer.")
        self.stdout.write(f"ODDS_API_BASE_URL={simulator.base_url}")
        self.stdout.write(f"ODDS_API_KEY={key}")
        self.stdout.flush()


def _check_host(host: str) -> None:
    """Raises `CommandError` for an address that others may reach."""
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise CommandError("--host must be 127.0.0.1: the simulator is for this machine only.")


def _provider(options: dict[str, Any]) -> Provider:
    try:
        source = _source(options)
        clock = Clock(source.begins, options["speed"])
        account = Account(
            options["key"],
            options["credits"],
            free_plan=options["free_plan"],
            calls_a_second=None if clock.stands else CALLS_A_SECOND,
        )
    except (ValueError, BadRecording) as error:
        raise CommandError(str(error)) from None
    return Provider(source, clock=clock, account=account, steps=not options["hold"])


def _source(options: dict[str, Any]) -> Source:
    """The recordings or the generator. Raises `BadRecording` and `ValueError`."""
    if options["file"]:
        if options["sport"] or options["start"]:
            raise CommandError("--sport and --start are for made-up markets; recordings have their own.")
        return Recorded(options["file"])
    begins = BEGINS
    if options["start"] == "now":
        begins = datetime.now(tz=UTC)
    elif options["start"]:
        try:
            begins = datetime.fromisoformat(options["start"])
        except ValueError:
            raise CommandError(f"--start must be 'now' or a moment like {BEGINS:%FT%TZ}.") from None
        if begins.tzinfo is None:
            raise CommandError("--start needs a time zone: a Z at its end.")
    sports = options["sport"] or ["basketball_nba"]
    return Generated(options["seed"], sports, begins=begins, games=options["games"], cadence=options["every"] * SECOND)
