"""Setting up: currencies keep their scale, and whoever changes one is written down."""

import pytest

from accounts.audit import By
from accounts.models import AuditRow
from ledger.models import HOUSE_SHARDS, CurrencyRow, WalletRow
from ledger.money import Currency
from ledger.services import CurrencyDiffers, add_currency, open_wallet
from tests.ledger.conftest import AT

pytestmark = pytest.mark.django_db
BY = By("ann", "user")


def add(least: int = 1, most: int = 0, scale: int = 2) -> None:
    add_currency(Currency("EUR", scale, least, most), by=BY, at=AT)


def audited() -> list[tuple[str, str, str]]:
    return list(AuditRow.objects.order_by("pk").values_list("action", "actor_name", "subject"))


def test_a_currency_comes_with_its_other_sides() -> None:
    add()
    kinds = list(WalletRow.objects.order_by("kind", "shard").values_list("kind", "shard"))
    assert kinds == [*(("house", shard) for shard in range(HOUSE_SHARDS)), ("world", 0)]
    assert audited() == [("ledger.currency.added", "ann", "EUR")]


def test_twice_is_as_once_and_limits_may_change() -> None:
    add()
    add()
    add(least=10, most=500)
    row = CurrencyRow.objects.get()
    assert (row.least, row.most) == (10, 500)
    assert [action for action, _, _ in audited()] == ["ledger.currency.added", "ledger.currency.limits_changed"]


def test_the_scale_stays() -> None:
    add()
    with pytest.raises(CurrencyDiffers, match="2 decimals"):
        add(scale=3)
    assert len(audited()) == 1


def test_an_owner_has_one_wallet_of_a_kind_and_currency() -> None:
    add()
    first = open_wallet(owner="ben", currency="EUR", at=AT)
    assert open_wallet(owner="ben", currency="EUR", at=AT) == first
    assert open_wallet(owner="ben", currency="EUR", kind="agent", at=AT) != first
