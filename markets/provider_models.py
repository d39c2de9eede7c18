"""What the provider was asked, what that cost, and how each cycle of the poller went."""

from django.db import models
from django.db.models import Q


class ProviderCall(models.Model):
    """The credit ledger: one row for each request that was sent, whatever came of it. No address, no key."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    is_simulated = models.BooleanField()
    endpoint = models.CharField(max_length=40, help_text="odds, events, scores, historical_odds, …")
    sport = models.CharField(max_length=60, blank=True)
    attempt = models.PositiveSmallIntegerField()
    expected_credits = models.PositiveIntegerField(help_text="At most, by the provider's price list.")
    credits = models.PositiveIntegerField(null=True, help_text="As the answer said; NULL where none came.")
    used = models.PositiveBigIntegerField(null=True)
    remaining = models.PositiveBigIntegerField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=60, blank=True, help_text="The provider's error code, or our word for it.")
    milliseconds = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="markets_call_by_time")]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.sport} {self.status or self.error}"


class Cycle(models.Model):
    """One round of the poller: what it did and what it decided next."""

    id = models.BigAutoField(primary_key=True)
    begun_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    is_simulated = models.BooleanField()
    polls = models.PositiveIntegerField()
    events = models.PositiveIntegerField()
    changes = models.PositiveIntegerField()
    points = models.PositiveIntegerField()
    signals = models.PositiveIntegerField()
    signals_by_kind = models.JSONField(default=dict)
    closes = models.PositiveIntegerField()
    grades = models.PositiveIntegerField()
    credits = models.PositiveIntegerField()
    remaining = models.PositiveBigIntegerField(null=True)
    next_seconds = models.PositiveIntegerField()
    degraded = models.BooleanField()
    error = models.CharField(max_length=200, blank=True)
    notes = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(error="") | Q(degraded=True), name="markets_cycle_error_is_degraded"),
        ]
        indexes = [models.Index(fields=["begun_at"], name="markets_cycle_by_time")]

    def __str__(self) -> str:
        return f"cycle at {self.begun_at:%Y-%m-%d %H:%M:%S}"
