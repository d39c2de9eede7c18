"""The provider's client with its credit ledger, as commands use them."""

from collections.abc import Callable
from datetime import datetime

import httpx
from django.conf import settings

from markets.credits import Ledger
from markets.provider.client import Provider
from markets.provider.configuration import Odds
from markets.spool import Spool


def talk(
    odds: Odds,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    daily: int | None = None,
    most: int | None = None,
    least_remaining: int = 0,
    transport: httpx.BaseTransport | None = None,
) -> tuple[Provider, Ledger]:
    """A client and the ledger that it writes every request to. `daily`, `most` and `least_remaining` are credits."""
    ledger = Ledger(
        is_simulated=odds.base.is_simulated, now=now, daily=daily, most=most, least_remaining=least_remaining
    )
    provider = Provider(odds.base, odds.key, ledger, retry=odds.retry, now=now, sleep=sleep, transport=transport)
    return provider, ledger


def spool() -> Spool:
    """Where answers wait that are not stored yet."""
    return Spool(settings.STAKEPRO_HOME / "markets" / "answers")
