"""Runs: the rounds of a range of nonces, recomputed, and which of them reached what was looked for.

A run is worked off in pieces by one worker (`streams.runs.work`). Each piece is one transaction that moves
`next_nonce` on together with the counts and hits of the nonces before it, so that a run whose worker died goes on
where its last piece ended, and no nonce is counted twice.
"""

import uuid
from datetime import datetime
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from streams.model_fields import NONCE_MAX, Sha256Hex, exact_json_field, money_field

# A CHECK that compares with NULL lets the row pass, so conditions on nullable columns say IS NOT NULL themselves.


class RunStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


# From each status, those that may follow it. What a worker's death interrupts stays `running` until it is resumed.
TRANSITIONS: Final[dict[RunStatus, frozenset[RunStatus]]] = {
    RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED, RunStatus.FAILED}),
    RunStatus.RUNNING: frozenset({RunStatus.FINISHED, RunStatus.CANCELLED, RunStatus.FAILED}),
    RunStatus.FINISHED: frozenset(),
    RunStatus.CANCELLED: frozenset(),
    RunStatus.FAILED: frozenset(),
}
ENDED: Final = frozenset(status for status, following in TRANSITIONS.items() if not following)
OPEN: Final = frozenset(TRANSITIONS) - ENDED


class JsonArrayLength(models.Func):
    """How many items a JSON array has."""

    function = "jsonb_array_length"
    output_field = models.IntegerField()


class RunQuerySet(models.QuerySet["Run"]):
    def alive(self) -> "RunQuerySet":
        return self.filter(deleted_at=None)

    def open(self) -> "RunQuerySet":
        return self.alive().filter(status__in=OPEN)


class Run(models.Model):
    """A range of nonces of a seed pair, replayed for one game, with what was found so far."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    # Revealed, so no secret of the venue any more; still shown only to those who may write.
    server_seed = models.CharField(max_length=1000)
    server_seed_sha256 = models.CharField(max_length=64)
    client_seed = models.CharField(max_length=1000)
    game = models.CharField(max_length=40)
    params = exact_json_field(default=dict, blank=True)
    # Also among `params`; here so that lists can be filtered by it.
    difficulty = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001  NULL where a game has none
    nonce_start = models.BigIntegerField()
    nonce_end = models.BigIntegerField()
    # A list of {"op", "value", "upper"}; `upper` is null unless `op` is between.
    targets = exact_json_field(default=list, blank=True)

    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.QUEUED)
    next_nonce = models.BigIntegerField()
    counts = ArrayField(models.BigIntegerField(), default=list, blank=True)
    # A list of [result, how often], in ascending order. Where there are too many different results to list, each
    # stands for those from it up to the next of `fairness.scanning.result.EDGES`, and `between_edges` says so.
    distribution = exact_json_field(default=list, blank=True)
    between_edges = models.BooleanField(default=False)
    highest = money_field(null=True, blank=True)
    top_nonces = ArrayField(models.BigIntegerField(), default=list, blank=True)
    hits_truncated = models.BooleanField(default=False)
    engine = models.CharField(max_length=100, blank=True, default="")
    duration_ms = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=1000, blank=True, default="")
    # Set first, so that the run is gone at once; its hits follow in chunks.
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(server_seed_sha256=Sha256Hex(F("server_seed"))), name="run_seed_hashes_to_its_hash"
            ),
            models.CheckConstraint(condition=~Q(client_seed="") & ~Q(game=""), name="run_has_seed_and_game"),
            models.CheckConstraint(
                condition=Q(nonce_start__gte=0, nonce_end__gte=F("nonce_start"), nonce_end__lte=NONCE_MAX),
                name="run_nonces_in_order",
            ),
            models.CheckConstraint(
                condition=Q(next_nonce__gte=F("nonce_start"), next_nonce__lte=F("nonce_end") + 1),
                name="run_next_nonce_in_range",
            ),
            models.CheckConstraint(
                condition=Q(counts__len=JsonArrayLength("targets")), name="run_one_count_per_target"
            ),
            models.CheckConstraint(condition=Q(status__in=RunStatus.values), name="run_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=sorted(OPEN), finished_at=None)
                | Q(status__in=sorted(ENDED), finished_at__isnull=False),
                name="run_ended_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["running", "finished"]) | Q(started_at__isnull=False),
                name="run_started_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status="finished") | Q(next_nonce=F("nonce_end") + 1), name="run_finished_is_complete"
            ),
            models.CheckConstraint(
                condition=Q(status="failed") & ~Q(error="") | ~Q(status="failed") & Q(error=""),
                name="run_failed_says_why",
            ),
            models.CheckConstraint(condition=Q(duration_ms__gte=0), name="run_duration_not_negative"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="run_newest_first"),
            models.Index(fields=["status"], condition=Q(status__in=sorted(OPEN)), name="run_open"),
            models.Index(fields=["deleted_at"], condition=~Q(deleted_at=None), name="run_being_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.game} {self.nonce_start}–{self.nonce_end} of {self.client_seed[:40]}"

    def move_to(self, status: RunStatus, *, at: datetime, error: str = "") -> None:
        """Take the status, if it may follow the present one; its moment with it. The caller saves."""
        assert status in TRANSITIONS[RunStatus(self.status)], f"a {self.status} run cannot become {status}"
        self.status, self.error = status, error
        if status in ENDED:
            self.finished_at = at
        elif status == RunStatus.RUNNING:
            self.started_at = at


class RunHit(models.Model):
    """A nonce of a run whose result reached a target; `target` is the target's place in the run's list."""

    pk = models.CompositePrimaryKey("run_id", "target", "nonce")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="hit_rows", db_index=False)
    target = models.SmallIntegerField()
    nonce = models.BigIntegerField()
    result = money_field()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(target__gte=0), name="run_hit_target_from_zero"),
            models.CheckConstraint(condition=Q(nonce__gte=0, nonce__lte=NONCE_MAX), name="run_hit_nonce_in_range"),
        ]
        indexes = [
            models.Index(fields=["run", "nonce"], name="run_hit_by_nonce"),
            models.Index(fields=["run", "result", "nonce"], name="run_hit_by_result"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.nonce}"
