"""Reading the ledger: wallets, balances now and then, entries, currencies, adjustments. Nothing here writes or locks.

Lists are read by key and never by offset, so that a page deep into a long history costs what the first one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from ledger.adjustment_models import Adjustment as AdjustmentRow
from ledger.adjustment_models import AdjustmentStatus
from ledger.models import CurrencyRow, EntryRow, WalletRow
from ledger.money import Currency
from ledger.operations import Kind

ADJUSTMENT_STATUSES: Final = tuple(AdjustmentStatus.values)


class NoSuchWallet(LookupError):
    """There is no wallet of this id."""


class NoSuchVersion(LookupError):
    """The wallet has not come to this version yet; the text is for people."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet as it is now; amounts in minor units of its currency."""

    id: int
    owner: str
    currency: Currency
    kind: str
    shard: int
    available: int
    locked: int
    version: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class WalletPage:
    """Wallets in the order of their ids; `next_after` goes on where there are more."""

    wallets: tuple[Wallet, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a wallet had at a version, in minor units, and when it came to have it; version 0 is the empty start."""

    available: int
    locked: int
    version: int
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of a wallet: by how much, and what it had then. Amounts in minor units."""

    wallet_id: int
    version: int
    kind: Kind
    d_available: int
    d_locked: int
    available_after: int
    locked_after: int
    client_id: UUID | None
    ref_type: str
    ref_id: str
    reason: str
    journal_no: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Entries of one wallet in the order that was asked for; `next_version` is where the next page begins behind."""

    entries: tuple[Entry, ...]
    next_version: int | None


# --- Currencies and wallets -------------------------------------------------------------------------


def currencies() -> tuple[Currency, ...]:
    """Every currency of the ledger, by code."""
    return tuple(_currency(row) for row in CurrencyRow.objects.order_by("code"))


def find_currency(code: str) -> Currency | None:
    """The currency of this code, or None."""
    row = CurrencyRow.objects.filter(pk=code).first()
    return None if row is None else _currency(row)


def find_wallet(wallet_id: int) -> Wallet:
    """One wallet as it is now. Raises `NoSuchWallet`."""
    row = WalletRow.objects.select_related("currency").filter(pk=wallet_id).first()
    if row is None:
        raise NoSuchWallet(f"There is no wallet {wallet_id}.")
    return _wallet(row)


def wallets(*, owner: str = "", currency: str = "", kind: str = "", after: int = 0, limit: int = 100) -> WalletPage:
    """Wallets with an id above `after`; of this owner, currency and kind where they are given."""
    rows = WalletRow.objects.select_related("currency").filter(pk__gt=after)
    wanted = {"owner": owner, "currency_id": currency, "kind": kind}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    found = list(rows.order_by("pk")[: limit + 1])
    page = tuple(_wallet(row) for row in found[:limit])
    return WalletPage(page, page[-1].id if len(found) > limit else None)


def _wallet(row: WalletRow) -> Wallet:
    return Wallet(
        id=row.pk,
        owner=row.owner,
        currency=_currency(row.currency),
        kind=row.kind,
        shard=row.shard,
        available=row.available,
        locked=row.locked,
        version=row.version,
        opened_at=row.opened_at,
    )


def _currency(row: CurrencyRow) -> Currency:
    return Currency(row.code, row.scale, row.least, row.most)


# --- What a wallet had ------------------------------------------------------------------------------

# Versions are dense and recorded one after the other, so the last one of a moment is found by halving, over the primary
# key alone: twenty probes in a history of a million.
_VERSION_AT = """
WITH RECURSIVE halved (low, high) AS (
    SELECT 0::bigint, %(version)s::bigint
    UNION ALL
    SELECT CASE WHEN early THEN middle ELSE low END, CASE WHEN early THEN high ELSE middle - 1 END
    FROM (
        SELECT low, high, middle, (
            SELECT j.recorded_at <= %(at)s FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id
            WHERE e.wallet_id = %(wallet)s AND e.version = middle) AS early
        FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM halved WHERE low < high) AS h
    ) AS probed
)
SELECT low FROM halved WHERE low = high
"""


def balance_at_version(wallet: Wallet, version: int) -> Balance:
    """What the wallet had after its entry of this version. Raises `NoSuchVersion` for one that is still to come."""
    if version == 0:
        return Balance(0, 0, 0, None)
    entry = _entries(wallet.id).filter(version=version).first()
    if entry is None:
        raise NoSuchVersion(f"The wallet is at version {wallet.version}.")
    return Balance(entry.available_after, entry.locked_after, entry.version, entry.journal.recorded_at)


def balance_at_time(wallet: Wallet, at: datetime) -> Balance:
    """What the wallet had at a moment: after the last entry that was recorded by then."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION_AT, {"wallet": wallet.id, "version": wallet.version, "at": at})
        row = cursor.fetchone()
    assert row is not None
    return balance_at_version(wallet, row[0])


def entries(wallet_id: int, *, after_version: int = 0, limit: int = 100) -> EntryPage:
    """A wallet's entries behind a version, oldest first."""
    rows = _entries(wallet_id).filter(version__gt=after_version).order_by("version")
    return _entry_page(rows, limit)


def latest_entries(wallet_id: int, *, before_version: int | None = None, limit: int = 100) -> EntryPage:
    """A wallet's entries before a version (None: all of them), newest first."""
    rows = _entries(wallet_id).order_by("-version")
    return _entry_page(rows if before_version is None else rows.filter(version__lt=before_version), limit)


def _entries(wallet_id: int) -> "QuerySet[EntryRow]":
    return EntryRow.objects.filter(wallet_id=wallet_id).select_related("journal")


def _entry_page(rows: "QuerySet[EntryRow]", limit: int) -> EntryPage:
    found: Sequence[Any] = list(rows[: limit + 1])
    page = tuple(_entry(row) for row in found[:limit])
    return EntryPage(page, page[-1].version if len(found) > limit else None)


def _entry(row: EntryRow) -> Entry:
    return Entry(
        wallet_id=row.wallet_id,
        version=row.version,
        kind=Kind(row.kind),
        d_available=row.d_available,
        d_locked=row.d_locked,
        available_after=row.available_after,
        locked_after=row.locked_after,
        client_id=row.client_id,
        ref_type=row.ref_type,
        ref_id=row.ref_id,
        reason=row.reason,
        journal_no=row.journal.no,
        recorded_at=row.journal.recorded_at,
    )


# --- Adjustments ------------------------------------------------------------------------------------


class NoSuchAdjustment(LookupError):
    """There is no adjustment of this id; the text is for people."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A correction that was asked for, and who decided; the amount in minor units, below zero where it takes away."""

    id: UUID
    wallet_id: int
    owner: str
    currency: Currency
    amount: int
    reason: str
    status: str
    asked_by: str
    asked_by_kind: str
    asked_at: datetime
    decided_by: str
    decided_by_kind: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class AdjustmentPage:
    """Adjustments, newest first; `next_after` goes on where there are more."""

    adjustments: tuple[Adjustment, ...]
    next_after: UUID | None


def find_adjustment(adjustment_id: UUID) -> Adjustment:
    """One adjustment. Raises `NoSuchAdjustment`."""
    row = _adjustments().filter(pk=adjustment_id).first()
    if row is None:
        raise NoSuchAdjustment(f"There is no adjustment {adjustment_id}.")
    return _adjustment(row)


def adjustments(
    *, status: str = "", wallet_id: int | None = None, after: UUID | None = None, limit: int = 100
) -> AdjustmentPage:
    """Adjustments asked for before that of id `after`, of this status and wallet where they are given.

    Raises `NoSuchAdjustment` for an `after` that is none.
    """
    rows = _adjustments().order_by("-asked_at", "-pk")
    if status:
        rows = rows.filter(status=status)
    if wallet_id is not None:
        rows = rows.filter(wallet_id=wallet_id)
    if after is not None:
        last = find_adjustment(after)
        rows = rows.filter(Q(asked_at__lt=last.asked_at) | Q(asked_at=last.asked_at, pk__lt=after))
    found = list(rows[: limit + 1])
    page = tuple(_adjustment(row) for row in found[:limit])
    return AdjustmentPage(page, page[-1].id if len(found) > limit else None)


def _adjustments() -> "QuerySet[AdjustmentRow]":
    return AdjustmentRow.objects.select_related("wallet__currency")


def _adjustment(row: AdjustmentRow) -> Adjustment:
    return Adjustment(
        id=row.pk,
        wallet_id=row.wallet_id,
        owner=row.wallet.owner,
        currency=_currency(row.wallet.currency),
        amount=row.amount,
        reason=row.reason,
        status=row.status,
        asked_by=row.asked_by,
        asked_by_kind=row.asked_by_kind,
        asked_at=row.asked_at,
        decided_by=row.decided_by,
        decided_by_kind=row.decided_by_kind,
        decided_at=row.decided_at,
    )
