"""Staff lists of the ledger: looked at here, changed by the engine and the pages alone.

Entries, holds and answers have keys of two columns, which Django's admin site cannot list; they are shown with their
wallet, the newest of each, and whole on the ledger's own pages.
"""

from collections.abc import Iterable

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.read_only_admin import ReadOnly
from ledger import present
from ledger.models import Adjustment, CheckRun, CurrencyRow, EntryRow, HoldRow, Journal, Result, Seal, WalletRow
from ledger.money import Currency

SHOWN = 25


def _lines(lines: Iterable[str]) -> SafeString:
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines)) or format_html("{}", "–")


def _coin(row: CurrencyRow) -> Currency:
    return Currency(row.code, row.scale, row.least, row.most)


@admin.register(CurrencyRow)
class CurrencyAdmin(ReadOnly):
    """Currencies are added, and their limits changed, on the ledger's pages."""

    list_display = ("code", "scale", "least", "most")
    search_fields = ("code",)
    ordering = ("code",)


@admin.register(WalletRow)
class WalletAdmin(ReadOnly):
    """What somebody has, with the newest entries, holds and answers."""

    list_display = ("owner", "currency", "kind", "shard", "balance", "held", "version", "opened_at")
    list_filter = ("kind", "currency")
    search_fields = ("owner", "id__exact")
    search_help_text = "Part of an owner's name, or a wallet's number"
    list_select_related = ("currency",)
    ordering = ("-pk",)
    readonly_fields = ("balance", "held", "page", "newest_entries", "newest_holds", "answers")
    exclude = ("available", "locked")

    @admin.display(description="available")
    def balance(self, wallet: WalletRow) -> str:
        """What is available, in the currency's decimals."""
        return present.grouped(wallet.available, _coin(wallet.currency))

    @admin.display(description="locked")
    def held(self, wallet: WalletRow) -> str:
        """What is locked, in the currency's decimals."""
        return present.grouped(wallet.locked, _coin(wallet.currency))

    @admin.display(description="statement")
    def page(self, wallet: WalletRow) -> SafeString:
        """Where all of it can be read."""
        return format_html('<a href="{}">The wallet\'s page</a>', reverse("ledger_wallet", args=[wallet.pk]))

    @admin.display(description="newest entries")
    def newest_entries(self, wallet: WalletRow) -> SafeString:
        """The newest entries, each with what the wallet had after it."""
        coin = _coin(wallet.currency)
        rows = EntryRow.objects.filter(wallet_id=wallet.pk).order_by("-version")[:SHOWN]
        return _lines(
            f"{row.version}: {present.kind_words(row.kind)}, available {present.signed(row.d_available, coin)}, locked"
            f" {present.signed(row.d_locked, coin)}; then {present.grouped(row.available_after, coin)} and"
            f" {present.grouped(row.locked_after, coin)}; client id {row.client_id or '–'}"
            for row in rows
        )

    @admin.display(description="newest holds")
    def newest_holds(self, wallet: WalletRow) -> SafeString:
        """The newest holds, open or ended."""
        coin = _coin(wallet.currency)
        rows = HoldRow.objects.filter(wallet_id=wallet.pk).order_by("-version")[:SHOWN]
        return _lines(
            f"{row.version}: {present.kind_words(row.kind)} of {present.grouped(row.amount, coin)}, {row.status},"
            f" paid {present.grouped(row.payout, coin)}; {row.ref_type} {row.ref_id}; client id {row.client_id}"
            for row in rows
        )

    @admin.display(description="answers that are remembered")
    def answers(self, wallet: WalletRow) -> SafeString:
        """Some of what was answered: done at a version, or refused with a code."""
        rows = Result.objects.filter(wallet_id=wallet.pk).order_by("client_id")[:SHOWN]
        return _lines(f"{row.client_id}: {row.code or f'done at version {row.version}'}" for row in rows)


@admin.register(Journal)
class JournalAdmin(ReadOnly):
    """The chain; a journal's entries are on its page."""

    list_display = ("no", "recorded_at", "operations", "entries", "short_hash")
    search_fields = ("no__exact",)
    search_help_text = "A journal's number in the chain"
    ordering = ("-no",)
    readonly_fields = ("page", "its_hash", "its_hash_before", "its_digest")
    exclude = ("digest", "hash_before", "hash")

    @admin.display(description="hash")
    def short_hash(self, journal: Journal) -> str:
        """How the hash begins."""
        return f"{bytes(journal.hash).hex()[:16]}…"

    @admin.display(description="hash")
    def its_hash(self, journal: Journal) -> str:
        """The hash, hexadecimal."""
        return bytes(journal.hash).hex()

    @admin.display(description="hash before")
    def its_hash_before(self, journal: Journal) -> str:
        """The hash of the journal before, hexadecimal."""
        return bytes(journal.hash_before).hex()

    @admin.display(description="digest")
    def its_digest(self, journal: Journal) -> str:
        """The digest of the content, hexadecimal."""
        return bytes(journal.digest).hex()

    @admin.display(description="entries and link")
    def page(self, journal: Journal) -> SafeString:
        """Where its entries are, and its link is computed anew."""
        return format_html('<a href="{}">The journal\'s page</a>', reverse("ledger_journal", args=[journal.no]))


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnly):
    """Adjustments are asked for and decided on the ledger's pages, where two people have to agree."""

    list_display = ("id", "wallet", "signed_amount", "status", "asked_by", "asked_at", "decided_by", "decided_at")
    list_filter = ("status", "wallet__currency")
    search_fields = ("wallet__owner", "reason", "asked_by", "decided_by")
    search_help_text = "Part of an owner's name, of a reason, or of who asked or decided"
    list_select_related = ("wallet__currency",)
    ordering = ("-asked_at", "-pk")

    @admin.display(description="amount")
    def signed_amount(self, row: Adjustment) -> str:
        """What comes in, or goes out, in the currency's decimals."""
        return present.signed(row.amount, _coin(row.wallet.currency))


@admin.register(CheckRun)
class CheckRunAdmin(ReadOnly):
    """Looks at the invariants, and what they found."""

    list_display = ("begun_at", "is_full", "after_no", "journal_no", "breaches", "milliseconds")
    list_filter = ("is_full",)
    ordering = ("-pk",)
    exclude = ("hash",)


@admin.register(Seal)
class SealAdmin(ReadOnly):
    """The books of each day, signed."""

    list_display = ("day", "sealed_at", "journal_no")
    ordering = ("-day",)
    readonly_fields = ("its_hash", "its_signature", "its_public_key")
    exclude = ("hash", "signature", "public_key")

    @admin.display(description="hash")
    def its_hash(self, seal: Seal) -> str:
        """The hash of the last journal, hexadecimal."""
        return bytes(seal.hash).hex()

    @admin.display(description="signature")
    def its_signature(self, seal: Seal) -> str:
        """The signature of the statement, hexadecimal."""
        return bytes(seal.signature).hex()

    @admin.display(description="public key")
    def its_public_key(self, seal: Seal) -> str:
        """What the signature is checked with, hexadecimal."""
        return bytes(seal.public_key).hex()
