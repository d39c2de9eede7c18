"""Wallets and everything that ever changed them; the constraints that keep it true.

Rows are written by the engine (`ledger.engine`) alone, in batches of one transaction each. Amounts are whole minor
units of the wallet's currency. A batch has one `Journal` row; over its entries the changes of each currency add up to
zero, and its hash follows from the one before. Entries, journals and remembered results are only ever added: the
database refuses to change or remove them.
"""

from django.db import models
from django.db.models import F, Q

from ledger.money import AMOUNT_MAX, SCALE_MAX
from ledger.operations import HOLDING, REASON_MAX, REF_MAX, Code, Kind

CODE_MAX = 10
# Wallets of the house in each currency: processes that post share them out, and seldom wait for each other.
HOUSE_SHARDS = 16


class CurrencyRow(models.Model):
    """A currency: its decimals, and what one operation may move. Its scale is never changed: amounts hang on it."""

    code = models.CharField(max_length=CODE_MAX, primary_key=True)
    scale = models.PositiveSmallIntegerField()
    least = models.BigIntegerField(default=1)
    most = models.BigIntegerField(default=0, help_text="Minor units; 0 is no limit of its own.")

    class Meta:
        db_table = "ledger_currency"
        verbose_name = "currency"
        verbose_name_plural = "currencies"
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z][A-Z0-9]{1,9}$"), name="currency_code_is_one"),
            models.CheckConstraint(condition=Q(scale__lte=SCALE_MAX), name="currency_scale_in_range"),
            models.CheckConstraint(
                condition=Q(least__gte=1) & (Q(most=0) | Q(most__gte=F("least"), most__lte=AMOUNT_MAX)),
                name="currency_limits_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class WalletKind(models.TextChoices):
    USER = "user", "User"
    AGENT = "agent", "Agent"
    HOUSE = "house", "House"
    CHAIN = "chain", "Chain"
    WORLD = "world", "World"
    COMMISSION = "commission", "Commission"
    DUST = "dust", "Dust"


# Money comes from the world and goes back there, so the world owes what everybody has; the house may owe for a while.
MAY_OWE = (WalletKind.HOUSE, WalletKind.WORLD, WalletKind.CHAIN)


class WalletRow(models.Model):
    """What somebody has in one currency. `version` counts its changes; the entry of that version says the same."""

    id = models.BigAutoField(primary_key=True)
    owner = models.CharField(max_length=100, help_text="Whose it is, as the app that opened it calls them.")
    currency = models.ForeignKey(CurrencyRow, on_delete=models.PROTECT, db_column="currency", db_index=False)
    kind = models.CharField(max_length=10, choices=WalletKind.choices, default=WalletKind.USER)
    # The house has several rows of a currency where several processes post, so that they do not wait for each other.
    shard = models.PositiveSmallIntegerField(default=0)
    available = models.BigIntegerField(default=0)
    locked = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_wallet"
        verbose_name = "wallet"
        constraints = [
            models.UniqueConstraint(fields=["owner", "currency", "kind", "shard"], name="wallet_one_per_owner"),
            models.CheckConstraint(condition=~Q(owner=""), name="wallet_has_an_owner"),
            models.CheckConstraint(condition=Q(kind__in=WalletKind.values), name="wallet_kind_known"),
            models.CheckConstraint(condition=Q(locked__gte=0), name="wallet_locked_not_negative"),
            models.CheckConstraint(
                condition=Q(available__gte=0) | Q(kind__in=MAY_OWE), name="wallet_available_not_negative"
            ),
            models.CheckConstraint(condition=Q(version__gte=0), name="wallet_version_counts_up"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.currency_id} ({self.pk})"


class Journal(models.Model):
    """One committed batch. `no` is its place in the chain, given last of all, so chain order is commit order."""

    id = models.BigIntegerField(primary_key=True)
    no = models.BigIntegerField(unique=True)
    recorded_at = models.DateTimeField()
    operations = models.IntegerField()
    entries = models.IntegerField()
    # Numbers of the event log: the changes of wallets in this batch, one for each wallet, are events from here on.
    first_event = models.BigIntegerField()
    events = models.IntegerField()
    digest = models.BinaryField()
    hash_before = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(no__gte=1), name="journal_from_one"),
            models.CheckConstraint(
                condition=Q(operations__gte=0, entries__gte=0, events__gte=0), name="journal_counts_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"journal {self.no}"


class EntryRow(models.Model):
    """One change of one wallet, and what it had then. Versions are dense, so each can be checked by the one before."""

    pk = models.CompositePrimaryKey("wallet_id", "version")
    # Not checked by the database row by row: entries are written with the wallets that they change, under their locks.
    wallet = models.ForeignKey(
        WalletRow, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    version = models.BigIntegerField()
    journal = models.ForeignKey(
        Journal, on_delete=models.PROTECT, related_name="entry_rows", db_index=False, db_constraint=False
    )
    kind = models.PositiveSmallIntegerField(choices=[(kind.value, kind.name.lower()) for kind in Kind])
    d_available = models.BigIntegerField()
    d_locked = models.BigIntegerField()
    available_after = models.BigIntegerField()
    locked_after = models.BigIntegerField()
    client_id = models.UUIDField(null=True, blank=True)
    # Of a wallet's last entry in a batch: its event is the journal's first one and so many more.
    place = models.SmallIntegerField(null=True, blank=True)
    ref_type = models.CharField(max_length=REF_MAX, blank=True)
    ref_id = models.CharField(max_length=REF_MAX, blank=True)
    reason = models.CharField(max_length=REASON_MAX, blank=True)

    class Meta:
        db_table = "ledger_entry"
        verbose_name = "entry"
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=1), name="entry_version_from_one"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="entry_kind_known"),
            models.CheckConstraint(condition=Q(locked_after__gte=0), name="entry_locked_not_negative"),
        ]
        indexes = [models.Index(fields=["journal"], name="entry_by_journal")]

    def __str__(self) -> str:
        return f"wallet {self.wallet_id}, version {self.version}"


class HoldRow(models.Model):
    """A locked part of a wallet, until it is settled once. It is also what remembers the request that began it."""

    pk = models.CompositePrimaryKey("wallet_id", "client_id")
    wallet = models.ForeignKey(
        WalletRow, on_delete=models.PROTECT, related_name="holds", db_index=False, db_constraint=False
    )
    client_id = models.UUIDField()
    kind = models.PositiveSmallIntegerField()
    amount = models.BigIntegerField()
    status = models.CharField(max_length=7, default="open")
    payout = models.BigIntegerField(default=0)
    fingerprint = models.BinaryField()
    version = models.BigIntegerField(help_text="Of the wallet, when it was begun.")
    ref_type = models.CharField(max_length=REF_MAX, blank=True)
    ref_id = models.CharField(max_length=REF_MAX, blank=True)

    class Meta:
        db_table = "ledger_hold"
        verbose_name = "hold"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in HOLDING]), name="hold_kind_known"),
            models.CheckConstraint(condition=Q(amount__gt=0, payout__gte=0), name="hold_amounts_not_negative"),
            models.CheckConstraint(condition=Q(status__in=["open", "settled", "void"]), name="hold_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of wallet {self.wallet_id} ({self.status})"


class Result(models.Model):
    """What a client id was answered, for ever: done at a version of its wallet, or refused with a code.

    A hold that was begun is remembered by its own row instead; a client id is never in both.
    """

    pk = models.CompositePrimaryKey("wallet_id", "client_id")
    # A wallet that does not exist can be asked for, too.
    wallet_id = models.BigIntegerField()
    client_id = models.UUIDField()
    fingerprint = models.BinaryField()
    version = models.BigIntegerField(null=True, blank=True)
    code = models.CharField(max_length=20, blank=True)
    details = models.JSONField(null=True, blank=True)
    # Of what may be reversed: how much came in (went out where below zero), from or to which wallet.
    moved = models.BigIntegerField(null=True, blank=True)
    other_wallet_id = models.BigIntegerField(null=True, blank=True)
    # Of a reversal that was done: the client id of what it undid.
    undone = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "ledger_result"
        constraints = [
            models.UniqueConstraint(
                fields=["wallet_id", "undone"], condition=Q(undone__isnull=False), name="result_undone_once"
            ),
            models.CheckConstraint(
                condition=Q(moved=None, other_wallet_id=None) | Q(moved__isnull=False, other_wallet_id__isnull=False),
                name="result_moved_has_another_wallet",
            ),
            models.CheckConstraint(
                condition=Q(version__isnull=False, code="", details=None)
                | Q(version=None, code__in=[code.value for code in Code], details__isnull=False),
                name="result_done_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} of wallet {self.wallet_id}: {self.code or 'done'}"
