"""Seed pairs and what happened under them; the constraints that keep it true.

Rows are written by `streams.ingest` (bets, rounds, conflicts, totals) and `streams.services` (the rest), never here.
Foreign keys use the integer key; a stream's UUID is its public name. A bet's public number is its `seq`, gapless in
its stream and given under the stream's row lock, so that it is also the order in which bets became visible.
"""

import uuid
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from streams.model_fields import NONCE_MAX, Sha256Hex, exact_json_field, money_field
from streams.run_models import Run, RunHit
from streams.verification_models import StreamVerification, VerificationFinding

__all__ = [
    "NONCE_MAX",
    "Bet",
    "BetSource",
    "Bookmark",
    "Conflict",
    "Provider",
    "Round",
    "Run",
    "RunHit",
    "SeedAlias",
    "Sha256Hex",
    "Snapshot",
    "Stream",
    "StreamMoney",
    "StreamQuerySet",
    "StreamVerification",
    "VerificationFinding",
]

# A CHECK that compares with NULL lets the row pass, so conditions on nullable columns say IS NOT NULL themselves.


class Provider(models.TextChoices):
    ANTEBOT = "antebot", "Antebot"
    STAKE = "stake", "Stake"
    IMPORT = "import", "Import"


class StreamQuerySet(models.QuerySet["Stream"]):
    def alive(self) -> "StreamQuerySet":
        return self.filter(deleted_at=None)


class Stream(models.Model):
    """One seed pair, with running totals that ingest keeps in the same transaction as the rows they count."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    server_seed_hashed = models.CharField(max_length=256)
    # Empty while unknown: some archives name the hash alone. No bot can send an empty one.
    client_seed = models.CharField(max_length=256, blank=True)
    provider = models.CharField(max_length=10, choices=Provider.choices)
    # Of a venue that only pretends: no money was wagered. Set when the stream begins; a trigger refuses a change.
    simulated = models.BooleanField(default=False, db_default=False, editable=False)
    games = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    notes = models.CharField(max_length=1000, blank=True, default="")
    notes_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    # Set first, so that the stream is gone at once; its rows follow in chunks.
    deleted_at = models.DateTimeField(null=True, blank=True)

    last_seq = models.BigIntegerField(default=0)
    bets = models.BigIntegerField(default=0)
    rounds = models.BigIntegerField(default=0)
    conflicts = models.BigIntegerField(default=0)
    # Over every known result once: rounds, and bets that have no nonce.
    results = models.BigIntegerField(default=0)
    result_sum = models.DecimalField(max_digits=60, decimal_places=18, default=0)
    highest_result = money_field(null=True, blank=True)
    lowest_result = money_field(null=True, blank=True)
    first_nonce = models.BigIntegerField(null=True, blank=True)
    last_nonce = models.BigIntegerField(null=True, blank=True)

    objects = StreamQuerySet.as_manager()

    class Meta:
        constraints = [
            # Deleting frees the pair at once: a bot that goes on gets a new stream while the old rows are removed.
            models.UniqueConstraint(
                fields=["server_seed_hashed", "client_seed"],
                condition=Q(deleted_at=None),
                name="stream_one_per_seed_pair",
            ),
            models.CheckConstraint(condition=~Q(server_seed_hashed=""), name="stream_has_a_hash"),
            models.CheckConstraint(condition=Q(provider__in=Provider.values), name="stream_provider_known"),
            models.CheckConstraint(
                condition=Q(bets__gte=0, rounds__gte=0, conflicts__gte=0, results__gte=0, last_seq__gte=F("bets")),
                name="stream_counts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(first_nonce=None, last_nonce=None)
                | Q(
                    first_nonce__isnull=False,
                    first_nonce__gte=0,
                    last_nonce__isnull=False,
                    last_nonce__gte=F("first_nonce"),
                ),
                name="stream_nonces_in_order",
            ),
        ]
        indexes = [models.Index(fields=["deleted_at"], condition=~Q(deleted_at=None), name="stream_being_deleted")]

    def __str__(self) -> str:
        return f"{self.server_seed_hashed[:10]}… / {self.client_seed or 'client seed unknown'}"


class StreamMoney(models.Model):
    """What a stream wagered and got back in one currency; bets that name none have a line of their own."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="money")
    currency = models.CharField(max_length=10, null=True, blank=True)  # noqa: DJ001  NULL is "not named", never assumed
    bets = models.BigIntegerField(default=0)
    wagered = models.DecimalField(max_digits=60, decimal_places=18, default=0)
    returned = models.DecimalField(max_digits=60, decimal_places=18, default=0)

    class Meta:
        verbose_name_plural = "stream money"
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "currency"], nulls_distinct=False, name="money_one_line_per_currency"
            ),
            models.CheckConstraint(
                condition=Q(bets__gte=0, wagered__gte=0, returned__gte=0), name="money_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id}: {self.wagered} {self.currency or 'units'} in {self.bets} bets"


class Bet(models.Model):
    """One bet, kept as it was sent; the first that names its nonce wins, a different one becomes a `Conflict`."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="bet_rows", db_index=False)
    seq = models.BigIntegerField()
    provider = models.CharField(max_length=10, choices=Provider.choices)
    provider_bet_id = models.CharField(max_length=200)
    game = models.CharField(max_length=40)
    nonce = models.BigIntegerField(null=True, blank=True)
    amount = money_field()
    payout = money_field()
    currency = models.CharField(max_length=10, null=True, blank=True)  # noqa: DJ001  NULL is "not named", never assumed
    difficulty = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001  NULL where a game has none
    round_target = money_field(null=True, blank=True)
    round_result = money_field(null=True, blank=True)
    # The result as a small integer where the game has cells (pump: safe pumps), so that tests of tiers are exact.
    cell = models.SmallIntegerField(null=True, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    extra = exact_json_field(default=dict, blank=True)
    # Field name → provider, of what `provider` left empty and another told (`streams.merge`); NULL for nothing.
    filled = exact_json_field(null=True, blank=True)
    # The nonce, or a negative number of its own for a bet without one: unique in the stream, so it both holds
    # "one bet per nonce" and breaks ties when bets are listed by result, amount or payout.
    position = models.GeneratedField(
        expression=Coalesce(F("nonce"), -F("seq")), output_field=models.BigIntegerField(), db_persist=True
    )
    # The result, below all others where there is none, so that lists by result have no NULLs to step around.
    result_key = models.GeneratedField(
        expression=Coalesce(F("round_result"), Value(Decimal(-1))), output_field=money_field(), db_persist=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="bet_seq_unique"),
            models.UniqueConstraint(fields=["stream", "position"], name="bet_one_per_nonce"),
            models.UniqueConstraint(fields=["stream", "provider_bet_id", "provider"], name="bet_id_unique"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="bet_seq_from_one"),
            models.CheckConstraint(condition=Q(provider__in=Provider.values), name="bet_provider_known"),
            models.CheckConstraint(
                condition=Q(nonce__isnull=False, nonce__gte=0, nonce__lte=NONCE_MAX)
                | Q(nonce=None, provider=Provider.IMPORT),
                name="bet_nonce_in_range",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0, payout__gte=0), name="bet_money_not_negative"),
            models.CheckConstraint(
                condition=Q(round_target=None) | Q(round_target__gt=0), name="bet_target_above_zero"
            ),
            models.CheckConstraint(
                condition=Q(round_result=None) | Q(round_result__gte=0), name="bet_result_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["stream", "result_key", "position"], name="bet_by_result"),
            models.Index(fields=["stream", "amount", "position"], name="bet_by_amount"),
            models.Index(fields=["stream", "payout", "position"], name="bet_by_payout"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_bet_id}"


class Round(models.Model):
    """Every nonce seen, by heartbeat or bet, once; what statistics of results run over."""

    pk = models.CompositePrimaryKey("stream_id", "nonce")
    # Not checked by the database: rounds are written under the stream's lock together with what counts them, and
    # removed before it; the check would cost a tenth of all ingest. (Bets, the money, are checked.)
    stream = models.ForeignKey(
        Stream, on_delete=models.CASCADE, related_name="round_rows", db_index=False, db_constraint=False
    )
    nonce = models.BigIntegerField()
    game = models.CharField(max_length=40)
    difficulty = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001  NULL where not sent
    result = money_field(null=True, blank=True)
    cell = models.SmallIntegerField(null=True, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(nonce__gte=0, nonce__lte=NONCE_MAX), name="round_nonce_in_range"),
            models.CheckConstraint(condition=Q(result=None) | Q(result__gte=0), name="round_result_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} #{self.nonce}"


class BetSource(models.Model):
    """A further provider or id under which a bet we already have was reported; its first is on the bet itself.

    Unique in its stream, as a bet's own is: the rows of a deleted stream must not keep its bets from coming again.
    """

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="+", db_index=False)
    bet = models.ForeignKey(Bet, on_delete=models.CASCADE, related_name="sources")
    provider = models.CharField(max_length=10, choices=Provider.choices)
    provider_bet_id = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "provider_bet_id", "provider"], name="source_unique"),
            models.CheckConstraint(condition=Q(provider__in=Provider.values), name="source_provider_known"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_bet_id} is bet {self.bet_id}"


class Conflict(models.Model):
    """A message that contradicts what we have: kept for people to look at, in no total, never overwriting."""

    class Reason(models.TextChoices):
        NONCE = "nonce", "another bet has this nonce"
        BET_ID = "id", "the same id came with other content"
        RESULT = "result", "the round of this nonce has another result"

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="conflict_rows")
    bet = models.ForeignKey(Bet, on_delete=models.SET_NULL, null=True, blank=True, related_name="conflicts")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    nonce = models.BigIntegerField(null=True, blank=True)
    provider_bet_id = models.CharField(max_length=200, blank=True)
    # What was sent, as our own field names; and what makes two of them the same report.
    message = exact_json_field()
    fingerprint = models.CharField(max_length=64)
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "fingerprint"], name="conflict_once_per_content"),
            models.CheckConstraint(condition=Q(times__gte=1), name="conflict_seen_at_least_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.provider_bet_id or f'round {self.nonce}'})"


class SeedAlias(models.Model):
    """The plain server seed of a hash, once revealed; the database itself checks that the one hashes to the other."""

    server_seed_hashed = models.CharField(max_length=256, primary_key=True)
    server_seed = models.CharField(max_length=256)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "seed aliases"
        constraints = [
            models.CheckConstraint(
                condition=Q(server_seed_hashed=Sha256Hex(F("server_seed"))), name="seed_alias_hashes_to_its_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.server_seed_hashed[:10]}…"


class Bookmark(models.Model):
    """A bet that a person marked."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="bookmarks")
    bet = models.OneToOneField(Bet, on_delete=models.CASCADE, related_name="bookmark")
    note = models.CharField(max_length=1000, blank=True, default="")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"bookmark of {self.bet_id}"


class Snapshot(models.Model):
    """A view of a stream as of one bet: what it showed can be shown again, whatever has come since."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="snapshots")
    name = models.CharField(max_length=200)
    filter_state = exact_json_field(default=dict, blank=True)
    last_seq = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(last_seq__gte=1), name="snapshot_has_a_bet")]

    def __str__(self) -> str:
        return f"{self.name} at {self.last_seq}"
