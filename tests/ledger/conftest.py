"""A ledger with two currencies, and a poster on a connection of its own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from accounts.audit import By
from ledger import posting, services
from ledger.money import Currency
from ledger.poster import Poster
from ledger.posting import connect

AT = datetime(2026, 11, 21, 12, 0, 0, 123_456, tzinfo=UTC)
POINTS = Currency("PTS", 2, least=1, most=1_000)
BTC = Currency("BTC", 8)
__all__ = ["AT", "BTC", "POINTS", "connect"]


@pytest.fixture
def ledger(transactional_db: None) -> Iterator[None]:
    for currency in (POINTS, BTC):
        services.add_currency(currency, by=By.command_line(), at=AT)
    yield
    posting.close()


@pytest.fixture
def wallet(ledger: None) -> Callable[..., int]:
    """Opens a wallet of this owner."""
    return lambda owner, currency="PTS": services.open_wallet(owner=owner, currency=currency, at=AT)


@pytest.fixture
def poster(ledger: None) -> Iterator[Poster]:
    made = Poster(connect)
    yield made
    made.close()
