"""What a person allows themselves: limits a currency, and pauses that cannot be shortened once they have begun."""

import uuid

from django.db import models
from django.db.models import F, Q

from stake.session_models import CURRENCY_MAX, StakeSession
from streams.model_fields import money_field


class Limit(models.Model):
    """The limits of one currency: of one session, or of all real accounts together where `session` is NULL.

    None is "no such limit"; a session cannot go live in a currency that has no row of its own.
    """

    session = models.ForeignKey(StakeSession, null=True, blank=True, on_delete=models.CASCADE, related_name="limits")
    currency = models.CharField(max_length=CURRENCY_MAX)
    max_wager = money_field(null=True, blank=True)
    daily_loss = money_field(null=True, blank=True)
    stop_loss = money_field(null=True, blank=True)
    take_profit = money_field(null=True, blank=True)
    bets_per_minute = models.PositiveIntegerField(null=True, blank=True)
    # A wager above it has to be confirmed.
    confirm_above = money_field(null=True, blank=True)
    # Stop-loss and take-profit count from here: the result that was there already.
    counted_from = models.DateTimeField()
    baseline = models.DecimalField(max_digits=60, decimal_places=18, default=0)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "currency"], nulls_distinct=False, name="limit_one_per_currency"
            ),
            models.CheckConstraint(condition=~Q(currency=""), name="limit_has_a_currency"),
            *(
                models.CheckConstraint(
                    condition=Q((name, None)) | Q((f"{name}__gt", 0)), name=f"limit_{name}_above_zero"
                )
                for name in ("max_wager", "daily_loss", "stop_loss", "take_profit", "bets_per_minute")
            ),
            models.CheckConstraint(
                condition=Q(confirm_above=None) | Q(confirm_above__gte=0), name="limit_confirm_above_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} of {self.session or 'all accounts'}"


class CoolOffKind(models.TextChoices):
    COOL_OFF = "cool_off", "Cool-off"
    SELF_EXCLUSION = "self_exclusion", "Self-exclusion"


class CoolOff(models.Model):
    """A time without bets, of one session or of all. The database refuses to shorten or remove it (migration 0002)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(StakeSession, null=True, blank=True, on_delete=models.PROTECT, related_name="cool_offs")
    kind = models.CharField(max_length=20, choices=CoolOffKind.choices)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        verbose_name = "cool-off"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CoolOffKind.values), name="cool_off_kind_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="cool_off_ends_later"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="cool_off_by_end")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} until {self.ends_at:%Y-%m-%d %H:%M} UTC"
