"""Sessions at the venue, the seed pairs that their accounts played under, and what the accounts had.

The venue's user id names an account, whichever mirror a session reaches it through; `account_key` is that id, marked
where the account is a simulated one, so that play money never meets real money in any sum.
"""

import uuid
from typing import Final

from django.db import models
from django.db.models import F, Q

from accounts.vault.field import SecretField
from stake.hosts import SIMULATOR
from streams.model_fields import NONCE_MAX, money_field

HASH_LENGTH: Final = 64
CURRENCY_MAX: Final = 10
ACCOUNT_MAX: Final = 110
SEED_MAX: Final = 256


class StakeSession(models.Model):
    """A sign-in at the venue. Its secrets are sealed; a removed session keeps its row for the history, without them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=100)
    host = models.CharField(max_length=100)
    # Play money at the simulator on this machine; decided when the session is made, and never changed.
    simulated = models.BooleanField(default=False, editable=False)
    access_token = SecretField(null=True)
    cf_clearance = SecretField(null=True)
    user_agent = models.CharField(max_length=500, blank=True, help_text="Of the browser that earned the clearance.")
    clearance_expires_at = models.DateTimeField(null=True, blank=True)
    currency = models.CharField(max_length=CURRENCY_MAX, help_text="What the bet card offers first.")

    account_ref = models.CharField(max_length=100, blank=True, help_text="The venue's id of the account.")
    account_name = models.CharField(max_length=100, blank=True)
    # Until it is switched to live, bets are checked and shown but not sent.
    live = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True, blank=True)

    last_verified_at = models.DateTimeField(null=True, blank=True)
    last_error_kind = models.CharField(max_length=30, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)

    # The pair in use as the venue last told it. Its nonce may be behind: other programs may bet on the account.
    pair_hash = models.CharField(max_length=SEED_MAX, blank=True)
    pair_client_seed = models.CharField(max_length=SEED_MAX, blank=True)
    pair_next_hash = models.CharField(max_length=SEED_MAX, blank=True)
    pair_nonce = models.BigIntegerField(null=True, blank=True)
    pair_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "session"
        constraints = [
            models.CheckConstraint(condition=~Q(label=""), name="session_has_a_label"),
            models.CheckConstraint(
                condition=Q(simulated=True, host=SIMULATOR) | Q(simulated=False) & ~Q(host=SIMULATOR),
                name="session_simulated_by_its_host",
            ),
            models.CheckConstraint(condition=Q(live=False) | ~Q(account_ref=""), name="session_live_has_an_account"),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(access_token=None, cf_clearance=None, live=False),
                name="session_removed_keeps_no_secret",
            ),
            models.CheckConstraint(
                condition=Q(last_error_kind="", last_error_at=None)
                | ~Q(last_error_kind="") & Q(last_error_at__isnull=False),
                name="session_error_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(pair_nonce=None) | Q(pair_nonce__gte=0, pair_nonce__lte=NONCE_MAX),
                name="session_nonce_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({str(self.pk)[:8]})"

    @property
    def account_key(self) -> str:
        """The account among all we know; empty until the session is verified."""
        if not self.account_ref:
            return ""
        return f"{'simulated' if self.simulated else 'stake'}:{self.account_ref}"


class AccountPair(models.Model):
    """A seed pair that an account played under, which tells whose bets a stream holds."""

    account_key = models.CharField(max_length=ACCOUNT_MAX)
    server_seed_hashed = models.CharField(max_length=SEED_MAX)
    client_seed = models.CharField(max_length=SEED_MAX)
    first_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = "pair of an account"
        verbose_name_plural = "pairs of accounts"
        constraints = [
            models.UniqueConstraint(
                fields=["account_key", "server_seed_hashed", "client_seed"], name="account_pair_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.server_seed_hashed[:10]}… of {self.account_key}"


class BalanceSnapshot(models.Model):
    """What an account had in one currency at one moment."""

    session = models.ForeignKey(StakeSession, on_delete=models.PROTECT, related_name="+")
    account_key = models.CharField(max_length=ACCOUNT_MAX)
    currency = models.CharField(max_length=CURRENCY_MAX)
    available = money_field()
    vault = money_field()
    captured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(available__gte=0, vault__gte=0), name="balance_not_negative"),
            models.CheckConstraint(condition=~Q(account_key=""), name="balance_has_an_account"),
        ]
        indexes = [models.Index(F("account_key"), F("currency"), F("captured_at").desc(), name="balance_newest_first")]

    def __str__(self) -> str:
        return f"{self.available} {self.currency} of {self.account_key} at {self.captured_at:%Y-%m-%d %H:%M:%S}"


class AccountTally(models.Model):
    """What an account's bets of one stream, currency and UTC day came to; kept as far as they were counted.

    Limits look at these sums and count only what is newer, and a stream that is deleted does not reset a limit.
    """

    account_key = models.CharField(max_length=ACCOUNT_MAX)
    stream_key = models.BigIntegerField()
    # Empty where a bot named none.
    currency = models.CharField(max_length=CURRENCY_MAX, blank=True)
    day = models.DateField()
    bets = models.BigIntegerField(default=0)
    wagered = models.DecimalField(max_digits=60, decimal_places=18, default=0)
    returned = models.DecimalField(max_digits=60, decimal_places=18, default=0)

    class Meta:
        verbose_name_plural = "account tallies"
        constraints = [
            models.UniqueConstraint(fields=["account_key", "stream_key", "currency", "day"], name="tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_key} {self.day} {self.currency or 'units'}: {self.returned - self.wagered}"


class TallyPosition(models.Model):
    """How far a stream's bets are counted for an account."""

    account_key = models.CharField(max_length=ACCOUNT_MAX)
    stream_key = models.BigIntegerField()
    last_seq = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_key", "stream_key"], name="tally_position_once")]

    def __str__(self) -> str:
        return f"{self.account_key}, stream {self.stream_key}: up to {self.last_seq}"
