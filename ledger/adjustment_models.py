"""Adjustments: corrections of a balance that one person asks for and another decides about."""

from django.db import models
from django.db.models import F, Q

from ledger.money import AMOUNT_MAX
from ledger.operations import REASON_MAX

NAME_MAX = 150


class AdjustmentStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"


class Adjustment(models.Model):
    """What was asked for, by whom, and who decided. Its id is the client id of the posting that carries it out.

    A name says who called, as in the audit rows; a person is who stands behind that, whoever signed in or made the
    token, and empty where it is nobody that is known. Once decided it is never changed, and never removed.
    """

    id = models.UUIDField(primary_key=True)
    wallet = models.ForeignKey("ledger.WalletRow", on_delete=models.PROTECT, related_name="adjustments")
    amount = models.BigIntegerField(help_text="Minor units of the wallet's currency; below zero it is taken away.")
    reason = models.CharField(max_length=REASON_MAX)
    asked_by = models.CharField(max_length=NAME_MAX)
    asked_by_kind = models.CharField(max_length=20)
    asked_person = models.CharField(max_length=NAME_MAX, blank=True)
    asked_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=AdjustmentStatus.choices, default=AdjustmentStatus.WAITING)
    decided_by = models.CharField(max_length=NAME_MAX, blank=True)
    decided_by_kind = models.CharField(max_length=20, blank=True)
    decided_person = models.CharField(max_length=NAME_MAX, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason__regex=r"^ *$"), name="adjustment_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(amount=0) & Q(amount__gte=-AMOUNT_MAX, amount__lte=AMOUNT_MAX),
                name="adjustment_amount_in_range",
            ),
            models.CheckConstraint(
                condition=~Q(asked_by="") & ~Q(asked_by_kind=""), name="adjustment_asked_by_someone"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_by="", decided_by_kind="", decided_person="", decided_at=None)
                | (Q(status__in=["approved", "refused"], decided_at__isnull=False) & ~Q(decided_by="")),
                name="adjustment_decided_or_waiting",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("asked_by"), decided_by_kind=F("asked_by_kind")),
                name="adjustment_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(asked_person="") | ~Q(decided_person=F("asked_person")),
                name="adjustment_decided_by_another_person",
            ),
        ]
        indexes = [models.Index(fields=["asked_at", "id"], name="adjustment_by_time")]

    def __str__(self) -> str:
        return f"adjustment {self.pk} ({self.status})"
