"""What is set up before money moves: currencies with their other sides, and wallets."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.audit import By
from ledger.models import HOUSE_SHARDS, CurrencyRow, WalletKind, WalletRow
from ledger.money import Currency

# Owners of the wallets that are nobody's own.
HOUSE = "house"
WORLD = "world"


class CurrencyDiffers(Exception):
    """The currency exists with another scale; the text is for people."""


@transaction.atomic
def add_currency(currency: Currency, *, by: By, at: datetime) -> None:
    """Add a currency with the wallets of its house and its world; twice is as once, its limits may change.

    Raises `CurrencyDiffers`: amounts hang on the scale.
    """
    limits = {"least": currency.least, "most": currency.most}
    row, added = CurrencyRow.objects.get_or_create(code=currency.code, defaults={"scale": currency.scale, **limits})
    if row.scale != currency.scale:
        raise CurrencyDiffers(f"{currency.code} has {row.scale} decimals already, and keeps them.")
    changed = (row.least, row.most) != (currency.least, currency.most)
    if changed:
        CurrencyRow.objects.filter(pk=row.pk).update(**limits)
    if added or changed:
        action = "ledger.currency.added" if added else "ledger.currency.limits_changed"
        data = {"scale": currency.scale, **limits}
        audit.write(action=action, by=by, at=at, subject=currency.code, data=data)
    open_wallet(owner=WORLD, currency=currency.code, kind=WalletKind.WORLD, at=at)
    for shard in range(HOUSE_SHARDS):
        open_wallet(owner=HOUSE, currency=currency.code, kind=WalletKind.HOUSE, shard=shard, at=at)


def open_wallet(*, owner: str, currency: str, at: datetime, kind: str = WalletKind.USER, shard: int = 0) -> int:
    """The id of the owner's wallet in a currency, opened where there is none yet."""
    names = {"owner": owner, "currency_id": currency, "kind": kind, "shard": shard}
    WalletRow.objects.bulk_create([WalletRow(**names, opened_at=at)], ignore_conflicts=True)
    found = WalletRow.objects.filter(**names).values_list("pk", flat=True).first()
    assert found is not None
    return found
