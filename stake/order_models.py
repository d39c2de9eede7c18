"""What was asked of the venue: bets, rotations of the seed pair, moves into the vault.

Each is committed before it is sent, as an intent. From then on exactly one of three things is true of it, and finding
out which never sends it again: the venue took it, it did not, or nobody knows yet (`stake.services.reconcile`).
"""

import uuid
from typing import Final

from django.db import models
from django.db.models import Q

from stake.session_models import ACCOUNT_MAX, CURRENCY_MAX, HASH_LENGTH, SEED_MAX, StakeSession
from streams.model_fields import NONCE_MAX, Sha256Hex, exact_json_field, money_field


class IntentState(models.TextChoices):
    DRY_RUN = "dry_run", "Dry run"
    IN_FLIGHT = "in_flight", "In flight"
    UNKNOWN = "unknown", "Outcome unknown"
    NOT_PLACED = "not_placed", "Not placed"
    # The venue has the bet, but its nonce is not known yet, so that it is in no stream.
    PLACED = "placed", "Placed"
    RECORDED = "recorded", "Recorded"


# From each state, those that may follow it.
TRANSITIONS: Final[dict[IntentState, frozenset[IntentState]]] = {
    IntentState.DRY_RUN: frozenset(),
    IntentState.IN_FLIGHT: frozenset(
        {IntentState.UNKNOWN, IntentState.NOT_PLACED, IntentState.PLACED, IntentState.RECORDED}
    ),
    IntentState.UNKNOWN: frozenset({IntentState.NOT_PLACED, IntentState.PLACED, IntentState.RECORDED}),
    # Against all proof: the venue booked it later than anybody waits. What the venue has is true.
    IntentState.NOT_PLACED: frozenset({IntentState.PLACED, IntentState.RECORDED}),
    IntentState.PLACED: frozenset({IntentState.RECORDED}),
    IntentState.RECORDED: frozenset(),
}
# Until these are decided, nothing more is asked of the venue with the session.
OPEN: Final = (IntentState.IN_FLIGHT, IntentState.UNKNOWN)
# The venue has these.
TAKEN: Final = (IntentState.PLACED, IntentState.RECORDED)


class BetIntent(models.Model):
    """A bet that somebody asked for, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(StakeSession, on_delete=models.PROTECT, related_name="intents", db_index=False)
    account_key = models.CharField(max_length=ACCOUNT_MAX)
    # The caller's own name of the request: the same name again is the same bet.
    client_ref = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=HASH_LENGTH)
    # What the venue is told as `identifier`.
    identifier = models.CharField(max_length=21, unique=True)
    state = models.CharField(max_length=10, choices=IntentState.choices)

    game = models.CharField(max_length=40)
    amount = money_field()
    currency = models.CharField(max_length=CURRENCY_MAX)
    options = exact_json_field(default=dict, blank=True)
    expected_loss = money_field(null=True, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)

    # The pair it was to be played under, and the last nonce known of it.
    pair_hash = models.CharField(max_length=SEED_MAX, blank=True)
    pair_client_seed = models.CharField(max_length=SEED_MAX, blank=True)
    nonce_before = models.BigIntegerField(null=True, blank=True)

    decided_at = models.DateTimeField(null=True, blank=True)
    error_kind = models.CharField(max_length=30, blank=True)
    error = models.CharField(max_length=500, blank=True)

    provider_bet_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  unique where known
    iid = models.CharField(max_length=60, blank=True)
    nonce = models.BigIntegerField(null=True, blank=True)
    payout = money_field(null=True, blank=True)
    # The stream's public name, and the bet's number there; None where the stream has other content for its nonce, and
    # the bet is kept as a conflict. The stream may be deleted while this stays.
    stream_id = models.UUIDField(null=True, blank=True)
    bet_seq = models.BigIntegerField(null=True, blank=True)

    # Looking for it: how often, when last, what could be it; and since when the pair has shown no trace of it.
    checks = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    candidates = exact_json_field(default=list, blank=True)
    quiet_since = models.DateTimeField(null=True, blank=True)
    quiet_hash = models.CharField(max_length=SEED_MAX, blank=True)
    quiet_nonce = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "bet intent"
        constraints = [
            models.UniqueConstraint(fields=["session", "client_ref"], name="intent_once_per_client_ref"),
            models.UniqueConstraint(
                fields=["session"], condition=Q(state__in=[*OPEN]), name="intent_one_in_flight_per_session"
            ),
            models.UniqueConstraint(
                fields=["provider_bet_id"], condition=Q(provider_bet_id__isnull=False), name="intent_one_per_bet"
            ),
            models.CheckConstraint(condition=Q(state__in=IntentState.values), name="intent_state_known"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="intent_wager_not_negative"),
            models.CheckConstraint(condition=~Q(account_key=""), name="intent_has_an_account"),
            models.CheckConstraint(
                condition=Q(state__in=[*TAKEN], provider_bet_id__isnull=False, payout__isnull=False)
                | Q(provider_bet_id=None, payout=None) & ~Q(state__in=[*TAKEN]),
                name="intent_taken_has_a_bet",
            ),
            models.CheckConstraint(
                condition=~Q(state=IntentState.RECORDED) | Q(stream_id__isnull=False, nonce__isnull=False),
                name="intent_recorded_is_in_a_stream",
            ),
            models.CheckConstraint(
                condition=Q(nonce=None) | Q(nonce__gte=0, nonce__lte=NONCE_MAX), name="intent_nonce_in_range"
            ),
        ]
        indexes = [
            models.Index(fields=["session", "-asked_at"], name="intent_newest_first"),
            models.Index(
                fields=["account_key"],
                condition=Q(state__in=[*OPEN, IntentState.PLACED]),
                name="intent_not_in_a_stream",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.game} {self.amount} {self.currency} ({str(self.pk)[:8]})"


class RequestState(models.TextChoices):
    IN_FLIGHT = "in_flight", "In flight"
    UNKNOWN = "unknown", "Outcome unknown"
    DONE = "done", "Done"
    NOT_DONE = "not_done", "Not done"


REQUEST_OPEN: Final = (RequestState.IN_FLIGHT, RequestState.UNKNOWN)


class SeedRotation(models.Model):
    """A rotation of an account's seed pair: what was announced, what came, and the seed that it revealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(StakeSession, on_delete=models.PROTECT, related_name="rotations", db_index=False)
    account_key = models.CharField(max_length=ACCOUNT_MAX)
    state = models.CharField(max_length=10, choices=RequestState.choices)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    rotated_at = models.DateTimeField(null=True, blank=True)
    error_kind = models.CharField(max_length=30, blank=True)
    error = models.CharField(max_length=500, blank=True)

    old_hash = models.CharField(max_length=SEED_MAX)
    old_client_seed = models.CharField(max_length=SEED_MAX)
    old_nonce = models.BigIntegerField()
    announced_hash = models.CharField(max_length=SEED_MAX, blank=True)
    wanted_client_seed = models.CharField(max_length=SEED_MAX)
    new_hash = models.CharField(max_length=SEED_MAX, blank=True)
    new_client_seed = models.CharField(max_length=SEED_MAX, blank=True)
    # Whether the new hash is the one that was announced; None where nothing was, or nothing came yet.
    promise_kept = models.BooleanField(null=True)
    # Public from the rotation on, which is what it is for.
    server_seed = models.CharField(max_length=SEED_MAX, blank=True)
    revealed_at = models.DateTimeField(null=True, blank=True)
    old_stream_id = models.UUIDField(null=True, blank=True)
    new_stream_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(state__in=[*REQUEST_OPEN]), name="rotation_one_in_flight_per_session"
            ),
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="rotation_state_known"),
            models.CheckConstraint(
                condition=~Q(state=RequestState.DONE) | ~Q(new_hash="") & Q(rotated_at__isnull=False),
                name="rotation_done_has_a_new_pair",
            ),
            models.CheckConstraint(
                condition=Q(server_seed="", revealed_at=None)
                | Q(old_hash=Sha256Hex("server_seed"), revealed_at__isnull=False),
                name="rotation_seed_hashes_to_its_hash",
            ),
        ]
        indexes = [models.Index(fields=["session", "-asked_at"], name="rotation_newest_first")]

    def __str__(self) -> str:
        return f"rotation of {self.old_hash[:10]}… ({str(self.pk)[:8]})"


class VaultDeposit(models.Model):
    """Money that was to be moved into the vault of the venue, out of reach of the next bet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(StakeSession, on_delete=models.PROTECT, related_name="deposits", db_index=False)
    account_key = models.CharField(max_length=ACCOUNT_MAX)
    client_ref = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=RequestState.choices)
    currency = models.CharField(max_length=CURRENCY_MAX)
    amount = money_field()
    vault_before = money_field()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    quiet_since = models.DateTimeField(null=True, blank=True)
    error_kind = models.CharField(max_length=30, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "client_ref"], name="deposit_once_per_client_ref"),
            models.UniqueConstraint(
                fields=["session"], condition=Q(state__in=[*REQUEST_OPEN]), name="deposit_one_in_flight_per_session"
            ),
            models.CheckConstraint(condition=Q(state__in=RequestState.values), name="deposit_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="deposit_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} into the vault ({str(self.pk)[:8]})"
