"""Verification of a stream: every stored round and bet, compared with what the revealed seed pair gives.

It is worked off in chunks by one worker (`streams.verification`). Each chunk is one transaction that moves `position`
on together with the counts and findings of the rows before it, so that a verification whose worker died goes on where
its last chunk ended, and no row is counted twice.
"""

from typing import Final

from django.db import models
from django.db.models import F, Q

from streams.model_fields import exact_json_field

# Findings kept of each kind; the counts stay exact beyond them.
FINDINGS_MAX: Final = 1_000


class VerificationStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"


OPEN: Final = (VerificationStatus.QUEUED, VerificationStatus.RUNNING)


class StreamVerification(models.Model):
    """The last verification of a stream; asking again starts it anew."""

    stream = models.OneToOneField(
        "streams.Stream", on_delete=models.CASCADE, primary_key=True, related_name="verification"
    )
    # Counted up each time it is asked for, so that a worker still busy with the time before notices.
    edition = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=10, choices=VerificationStatus.choices, default=VerificationStatus.QUEUED)
    # The last row that is done: a nonce, or minus the number of a bet without one (those come first); null before.
    position = models.BigIntegerField(null=True, blank=True)
    rounds_checked = models.BigIntegerField(default=0)
    bets_checked = models.BigIntegerField(default=0)
    # Of rounds (with their bet, where there is one) and of bets without a nonce.
    matches = models.BigIntegerField(default=0)
    mismatches = models.BigIntegerField(default=0)
    cannots = models.BigIntegerField(default=0)
    # Among the matches: results in the other form that the venue's page prints.
    other_forms = models.BigIntegerField(default=0)
    # Why rows could not be checked, and how many for each reason.
    reasons = exact_json_field(default=dict, blank=True)
    version = models.CharField(max_length=40, blank=True, default="")
    asked_by = models.CharField(max_length=200, blank=True, default="")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    advanced_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=VerificationStatus.values), name="verification_status_known"),
            models.CheckConstraint(
                condition=Q(
                    rounds_checked__gte=0,
                    bets_checked__gte=0,
                    matches__gte=0,
                    mismatches__gte=0,
                    cannots__gte=0,
                    other_forms__gte=0,
                    other_forms__lte=F("matches"),
                ),
                name="verification_counts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[*OPEN], finished_at=None)
                | Q(~Q(status__in=[*OPEN]), finished_at__isnull=False),
                name="verification_ended_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["running", "finished"]) | Q(started_at__isnull=False),
                name="verification_started_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(status="failed") & ~Q(error="") | ~Q(status="failed") & Q(error=""),
                name="verification_failed_says_why",
            ),
        ]
        indexes = [models.Index(fields=["status"], condition=Q(status__in=[*OPEN]), name="verification_open")]

    def __str__(self) -> str:
        return f"verification of {self.stream_id}: {self.status}"


class VerificationFinding(models.Model):
    """A row that does not match, or that cannot be checked; the first `FINDINGS_MAX` of each kind are kept."""

    class Kind(models.TextChoices):
        MISMATCH = "mismatch", "Does not match"
        CANNOT = "cannot", "Cannot be checked"

    # Its column is named as in the other tables of a stream, so that deleting one removes it like them.
    verification = models.ForeignKey(
        StreamVerification, on_delete=models.CASCADE, related_name="findings", db_index=False, db_column="stream_id"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    position = models.BigIntegerField()  # as above
    seq = models.BigIntegerField(null=True, blank=True)  # of the bet; null for a round known by heartbeat alone
    game = models.CharField(max_length=40)
    # Of a mismatch: a list of {"what", "stored", "recomputed"}, numbers with all their digits.
    differences = exact_json_field(default=list, blank=True)
    # Of a row that cannot be checked.
    field = models.CharField(max_length=100, blank=True, default="")
    reason = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["verification", "kind", "position"], name="finding_once_per_row"),
            models.CheckConstraint(
                condition=Q(kind="mismatch", reason="") | Q(kind="cannot") & ~Q(reason=""),
                name="finding_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.position} of {self.verification_id}"
