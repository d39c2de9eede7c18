"""`manage.py add_currency`: a currency that wallets can have, with the other sides of its money."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.audit import By
from ledger import services
from ledger.money import AMOUNT_MAX, BadAmount, Currency, parse, show


class Command(BaseCommand):
    """Add one, or change the limits of one that is there."""

    help = "Add a currency with its number of decimals, which it keeps for ever; again, to change its limits."

    def add_arguments(self, parser: CommandParser) -> None:
        """The code, the decimals, and what one operation may move."""
        parser.add_argument("code", help="2 to 10 capital letters and digits, such as USDT.")
        parser.add_argument("scale", type=int, help="How many decimals its amounts have: 6 for USDT, 8 for BTC.")
        parser.add_argument("--least", help="The least that one operation moves, such as 0.10; default: one unit.")
        parser.add_argument("--most", help="The most that one operation moves; default: no limit of its own.")

    def handle(self, *args: Any, code: str, scale: int, least: str | None, most: str | None, **options: Any) -> None:
        """Check what was given, add it, and say what is there now."""
        try:
            bare = Currency(code, scale)
            wanted = Currency(
                code,
                scale,
                least=1 if least is None else _minor("--least", least, bare),
                most=0 if most is None else _minor("--most", most, bare),
            )
            services.add_currency(wanted, by=By.command_line(), at=timezone.now())
        except (services.CurrencyDiffers, ValueError) as error:
            raise CommandError(str(error)) from error
        up_to = show(wanted.most or AMOUNT_MAX, wanted)
        self.stdout.write(
            f"{code} has {scale} decimals; one operation moves {show(wanted.least, wanted)} to {up_to} {code}."
        )


def _minor(option: str, text: str, currency: Currency) -> int:
    try:
        return parse(text, currency)
    except BadAmount as error:
        raise ValueError(f"{option} {error}") from error
