"""What the checks found, and the seals: rows about the books, beside them."""

from django.db import models
from django.db.models import Q

HASH_BYTES = 32
SIGNATURE_BYTES = 64


class CheckRun(models.Model):
    """One look at the invariants: over everything, or over what came since the last look that found nothing.

    The next incremental look begins behind `journal_no`, and holds the first journal there to `hash`.
    """

    begun_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    is_full = models.BooleanField()
    after_no = models.BigIntegerField(help_text="Journals up to here were not looked at.")
    journal_no = models.BigIntegerField(help_text="The last journal that was looked at; 0 where there is none.")
    hash = models.BinaryField()
    event_seq = models.BigIntegerField()
    breaches = models.PositiveIntegerField()
    # By invariant: [{"name", "holds", "milliseconds", "breaches": [text, …]}, …]
    results = models.JSONField()
    # [{"currency", "kind", "wallets", "available", "locked", "negative"}, …]; amounts are texts of minor units.
    totals = models.JSONField()
    open_holds = models.PositiveBigIntegerField()

    class Meta:
        db_table = "ledger_check"
        verbose_name = "check"
        constraints = [
            models.CheckConstraint(
                condition=Q(after_no__gte=0, journal_no__gte=0, event_seq__gte=0), name="check_counts_up"
            ),
        ]
        indexes = [models.Index(fields=["is_full", "id"], name="check_newest_of_its_kind")]

    def __str__(self) -> str:
        return f"{'full' if self.is_full else 'incremental'} check {self.pk} up to journal {self.journal_no}"


class Seal(models.Model):
    """The state of the books on one UTC day, signed with the installation's key; only ever added.

    `statement` is the JSON text that was signed, byte for byte; it names the seal before it by its SHA-256.
    """

    day = models.DateField(primary_key=True)
    sealed_at = models.DateTimeField()
    journal_no = models.BigIntegerField()
    hash = models.BinaryField()
    statement = models.TextField()
    signature = models.BinaryField()
    public_key = models.BinaryField()

    class Meta:
        db_table = "ledger_seal"
        verbose_name = "seal"
        constraints = [
            models.CheckConstraint(condition=Q(journal_no__gte=0), name="seal_journal_not_negative"),
            models.CheckConstraint(condition=~Q(statement=""), name="seal_says_something"),
        ]

    def __str__(self) -> str:
        return f"seal of {self.day:%Y-%m-%d} over journal {self.journal_no}"
