"""What the pages of the ledger read, as frozen values. Amounts are minor units of the currency beside them.

Lists go on behind a key (an id, a version, a number in the chain), never behind a count of rows: what is added
meanwhile neither repeats nor hides a row.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from ledger import queries
from ledger.models import EntryRow, HoldRow, Journal, WalletKind, WalletRow
from ledger.money import Currency
from ledger.operations import Kind
from ledger.queries import Entry, Wallet

ROWS: Final = 50  # of a list
NEW_ROWS: Final = 200  # of one poll
HOLDS_SHOWN: Final = 50
ID_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class KindTotal:
    """What all wallets of one kind have in a currency."""

    kind: WalletKind
    wallets: int
    available: int
    locked: int

    @property
    def total(self) -> int:
        """Available and locked together."""
        return self.available + self.locked


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """All wallets of a currency, by kind."""

    currency: Currency
    kinds: tuple[KindTotal, ...]

    @property
    def total(self) -> int:
        """What must be 0: everything that anybody has came from the world, which owes it."""
        return sum(each.total for each in self.kinds)

    @property
    def locked(self) -> int:
        """What is held in all wallets together."""
        return sum(each.locked for each in self.kinds)


class WalletFilter(NamedTuple):
    """Which wallets; what is empty does not narrow."""

    owner: str = ""  # a part of it, in any case of letters
    currency: str = ""
    kind: str = ""


class Wallets(NamedTuple):
    """A page of wallets, newest first; `next_before` asks for the next one, None at the end."""

    rows: tuple[Wallet, ...]
    next_before: int | None


def totals() -> tuple[CurrencyTotals, ...]:
    """What everybody has, by currency and kind of wallet; two queries, whatever the number of wallets."""
    rows = (
        WalletRow.objects.values_list("currency_id", "kind")
        .annotate(Count("pk"), Sum("available"), Sum("locked"))
        .order_by("currency_id")
    )
    by_currency: dict[str, dict[str, KindTotal]] = {}
    for code, kind, wallets, available, locked in rows:
        found = KindTotal(WalletKind(kind), wallets, int(available), int(locked))
        by_currency.setdefault(code, {})[kind] = found
    return tuple(
        CurrencyTotals(each, tuple(kinds[kind] for kind in WalletKind.values if kind in kinds))
        for each in queries.currencies()
        for kinds in (by_currency.get(each.code, {}),)
    )


# --- Wallets ------------------------------------------------------------------------------------------


_WALLET: Final = (
    *("id", "owner", "kind", "shard", "currency__code", "currency__scale", "currency__least", "currency__most"),
    *("available", "locked", "version", "opened_at"),
)


def _wallet(row: tuple[Any, ...]) -> Wallet:
    number, owner, kind, shard, *coin, available, locked, version, opened_at = row
    return Wallet(number, owner, Currency(*coin), kind, shard, available, locked, version, opened_at)


def wallets(wanted: WalletFilter, *, before: int | None = None, limit: int = ROWS) -> Wallets:
    """Wallets, newest first, with ids below `before`.

    Parts of the house that never moved are left out unless its wallets are asked for: each currency has sixteen.
    """
    found = WalletRow.objects.order_by("-pk")
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    else:
        found = found.exclude(kind=WalletKind.HOUSE, version=0, shard__gt=0)
    if wanted.currency:
        found = found.filter(currency_id=wanted.currency)
    if wanted.owner:
        found = found.filter(owner__icontains=wanted.owner)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = [_wallet(row) for row in found.values_list(*_WALLET)[: limit + 1]]
    return Wallets(tuple(rows[:limit]), rows[limit - 1].id if len(rows) > limit else None)


def has_people() -> bool:
    """Whether there is a wallet that is somebody's own."""
    return WalletRow.objects.exclude(kind__in=(WalletKind.HOUSE, WalletKind.WORLD)).exists()


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A part of a wallet that is held; `at` is when it began."""

    client_id: UUID
    kind: Kind
    amount: int
    ref_type: str
    ref_id: str
    version: int
    at: datetime | None


class OpenHolds(NamedTuple):
    """The newest open holds of a wallet, and whether there are more."""

    rows: tuple[OpenHold, ...]
    more: bool


def open_holds(wallet: Wallet, *, limit: int = HOLDS_SHOWN) -> OpenHolds:
    """What is held of the wallet, newest first; not asked for where nothing is locked."""
    if wallet.locked == 0:
        return OpenHolds((), more=False)
    names = ("client_id", "kind", "amount", "ref_type", "ref_id", "version")
    found = HoldRow.objects.filter(wallet_id=wallet.id, status="open").order_by("-version")
    rows = list(found.values_list(*names)[: limit + 1])
    began = EntryRow.objects.filter(wallet_id=wallet.id, version__in=[row[-1] for row in rows])
    at = dict(began.values_list("version", "journal__recorded_at"))
    holds = (OpenHold(row[0], Kind(row[1]), row[2], row[3], row[4], row[5], at.get(row[5])) for row in rows[:limit])
    return OpenHolds(tuple(holds), more=len(rows) > limit)


# --- Entries -------------------------------------------------------------------------------------------


class Entries(NamedTuple):
    """Entries of a wallet, newest first; `next_before` asks for older ones, None where there are none."""

    rows: tuple[Entry, ...]
    next_before: int | None


_ENTRY: Final = (
    *("wallet_id", "version", "kind", "d_available", "d_locked", "available_after", "locked_after"),
    *("client_id", "ref_type", "ref_id", "reason", "journal__no", "journal__recorded_at"),
)


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(row[0], row[1], Kind(row[2]), *row[3:])


def statement(wallet_id: int, *, kind: int | None = None, before: int | None = None, limit: int = ROWS) -> Entries:
    """Entries of the wallet, newest first, of versions below `before`; of one kind, or of all."""
    found = _entries(wallet_id, kind).order_by("-version")
    if before is not None:
        found = found.filter(version__lt=before)
    rows = [_entry(row) for row in found.values_list(*_ENTRY)[: limit + 1]]
    return Entries(tuple(rows[:limit]), rows[limit - 1].version if len(rows) > limit else None)


class NewEntries(NamedTuple):
    """What came behind a version, newest first; the reader has then seen all up to `last_version`."""

    rows: tuple[Entry, ...]
    last_version: int
    more: bool


def entries_since(wallet: Wallet, *, since: int, kind: int | None = None, limit: int = NEW_ROWS) -> NewEntries:
    """The entries behind version `since` of a wallet that was read before, the oldest of them where there are many."""
    found = _entries(wallet.id, kind).filter(version__gt=since, version__lte=wallet.version).order_by("version")
    rows = [_entry(row) for row in found.values_list(*_ENTRY)[: limit + 1]]
    more = len(rows) > limit
    kept = rows[:limit]
    # Entries of other kinds are passed over, and count as seen.
    return NewEntries(tuple(reversed(kept)), kept[-1].version if more else max(wallet.version, since), more)


def _entries(wallet_id: int, kind: int | None) -> "QuerySet[EntryRow]":
    found = EntryRow.objects.filter(wallet_id=wallet_id)
    return found if kind is None else found.filter(kind=kind)


# --- The chain -------------------------------------------------------------------------------------------


class JournalLine(NamedTuple):
    """One committed batch, and its link in the chain."""

    id: int
    no: int
    recorded_at: datetime
    operations: int
    entries: int
    digest: str  # hexadecimal, as the hashes
    hash_before: str
    hash: str


class Journals(NamedTuple):
    """Journals, newest first; `next_before` asks for older ones, None at the beginning."""

    rows: tuple[JournalLine, ...]
    next_before: int | None


def journals(*, before: int | None = None, limit: int = ROWS) -> Journals:
    """The chain from its end, or from below number `before`."""
    found = Journal.objects.order_by("-no")
    if before is not None:
        found = found.filter(no__lt=before)
    rows = [_journal_line(row) for row in found.values_list(*JournalLine._fields)[: limit + 1]]
    return Journals(tuple(rows[:limit]), rows[limit - 1].no if len(rows) > limit else None)


def journal(no: int) -> JournalLine | None:
    """The journal of this number in the chain."""
    row = Journal.objects.filter(no=no).values_list(*JournalLine._fields).first()
    return None if row is None else _journal_line(row)


def _journal_line(row: tuple[Any, ...]) -> JournalLine:
    return JournalLine(*row[:5], *(bytes(each).hex() for each in row[5:]))


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """A journal's link, computed anew: from its entries to its digest, from the journal before it to its hash."""

    recomputed: str  # the digest of the stored entries
    digest_holds: bool
    hash_holds: bool
    before_holds: bool

    @property
    def holds(self) -> bool:
        """Whether all three do."""
        return self.digest_holds and self.hash_holds and self.before_holds


_RECOMPUTED: Final = """
SELECT ledger_digest(j.id), (SELECT p.hash FROM ledger_journal p WHERE p.no = j.no - 1)
FROM ledger_journal j WHERE j.id = %s
"""


def check_link(line: JournalLine) -> LinkCheck:
    """Compute the link anew from the stored rows, now."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOMPUTED, [line.id])
        recomputed, before = cursor.fetchone()
    linked = hashlib.sha256(bytes.fromhex(line.hash_before + line.digest)).hexdigest()
    expected = bytes(32).hex() if line.no == 1 else (bytes(before).hex() if before is not None else "")
    found = bytes(recomputed).hex()
    return LinkCheck(found, found == line.digest, linked == line.hash, expected == line.hash_before)


class JournalEntry(NamedTuple):
    """An entry of a journal, with whose wallet it is."""

    entry: Entry
    owner: str
    wallet_kind: WalletKind
    currency: Currency


class JournalEntries(NamedTuple):
    """Entries of a journal by wallet and version; `next_after` asks for those behind, empty at the end."""

    rows: tuple[JournalEntry, ...]
    next_after: str


class Moved(NamedTuple):
    """What the entries of a journal change in one currency, which adds up to 0."""

    currency: Currency
    entries: int
    total: int


def journal_entries(line: JournalLine, *, after: tuple[int, int] | None = None, limit: int = ROWS) -> JournalEntries:
    """Entries of a journal behind a wallet and version."""
    found = EntryRow.objects.filter(journal_id=line.id).order_by("wallet_id", "version")
    if after is not None:
        found = found.filter(Q(wallet_id__gt=after[0]) | Q(wallet_id=after[0], version__gt=after[1]))
    names = (*_ENTRY, "wallet__owner", "wallet__kind", *(f"wallet__{name}" for name in _WALLET[4:8]))
    rows = [_journal_entry(row) for row in found.values_list(*names)[: limit + 1]]
    last = rows[limit - 1].entry if len(rows) > limit else None
    return JournalEntries(tuple(rows[:limit]), f"{last.wallet_id}-{last.version}" if last else "")


def _journal_entry(row: tuple[Any, ...]) -> JournalEntry:
    size = len(_ENTRY)
    owner, kind, *coin = row[size:]
    return JournalEntry(_entry(row[:size]), owner, WalletKind(kind), Currency(*coin))


def journal_sums(line: JournalLine) -> tuple[Moved, ...]:
    """What the journal changes in all, by currency."""
    rows = (
        EntryRow.objects.filter(journal_id=line.id)
        .values_list(*(f"wallet__{name}" for name in _WALLET[4:8]))
        .annotate(Count("version"), Sum("d_available"), Sum("d_locked"))
        .order_by("wallet__currency__code")
    )
    return tuple(Moved(Currency(*coin), entries, int(a) + int(b)) for *coin, entries, a, b in rows)
