"""What the engine saw in the quotes, and what the close said of it."""

from django.db import models
from django.db.models import Q

from markets.quote_models import MARKETS, SIDES, Book, Event


class Kind(models.TextChoices):
    """What a signal says."""

    MOVE = "MOVE", "the market moved"
    KEY_CROSS = "KEY_CROSS", "the line crossed a key number"
    MULTIBOOK_SYNC = "MULTIBOOK_SYNC", "several books moved together"
    DISLOCATION = "DISLOCATION", "one book stands apart"
    STEAM = "STEAM", "a move is running through the books"


class AgeGrade(models.TextChoices):
    """How old the last quotes before the start were, in minutes: up to 10, 30, 60, 120, or older."""

    A = "A", "up to 10 minutes"
    B = "B", "up to 30 minutes"
    C = "C", "up to 60 minutes"
    D = "D", "up to 120 minutes"
    F = "F", "older, or none"


class ConsensusPoint(models.Model):
    """What the books together said of a market when one of its quotes changed."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_index=False)
    market = models.CharField(max_length=7)
    at = models.DateTimeField()
    line = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    # Fair probabilities of the market's sides in their order; rounded to 1e-9.
    fair = models.JSONField()
    books = models.PositiveSmallIntegerField()
    families = models.PositiveSmallIntegerField()
    effective = models.FloatField(help_text="The number of equally weighted families that would tell as much.")
    dispersion = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "market", "at"], name="markets_consensus_once"),
            models.CheckConstraint(condition=Q(market__in=MARKETS), name="markets_consensus_is_of_a_market"),
        ]

    def __str__(self) -> str:
        return f"{self.market} at {self.at:%Y-%m-%d %H:%M:%S}"


class Signal(models.Model):
    """Something worth a look, as the engine saw it at the time; never changed afterwards."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="signals", db_index=False)
    market = models.CharField(max_length=7)
    side = models.CharField(max_length=1)
    kind = models.CharField(max_length=14, choices=Kind)
    # The judged book of a dislocation; NULL otherwise.
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    at = models.DateTimeField(help_text="Of the poll that showed it.")
    strength = models.PositiveSmallIntegerField()
    body = models.JSONField(help_text="The whole signal, as the engine exports it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event", "market", "side", "kind", "book", "at"],
                nulls_distinct=False,
                name="markets_signal_once",
            ),
            models.CheckConstraint(
                condition=Q(market__in=MARKETS, side__in=SIDES, kind__in=Kind.values),
                name="markets_signal_is_of_a_kind",
            ),
            models.CheckConstraint(condition=Q(strength__gte=1, strength__lte=100), name="markets_signal_strength"),
        ]
        indexes = [models.Index(fields=["at"], name="markets_signal_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.market} at {self.at:%Y-%m-%d %H:%M:%S}"


class Close(models.Model):
    """The fair price of a market at its last poll before the start."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="closes", db_index=False)
    market = models.CharField(max_length=7)
    at = models.DateTimeField(help_text="Of the last poll before the start.")
    commenced_at = models.DateTimeField()
    line = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    # NULL: fewer families than a close needs, or none at one line.
    fair = models.JSONField(null=True)
    books = models.PositiveSmallIntegerField()
    families = models.PositiveSmallIntegerField()
    effective = models.FloatField(null=True)
    dispersion = models.FloatField(null=True)
    age_seconds = models.PositiveIntegerField(help_text="From the last poll before the start to the start.")
    grade = models.CharField(max_length=1, choices=AgeGrade)
    # Each book's quotes then: [{"book", "side", "point", "price", "american", "age_seconds"}].
    quotes = models.JSONField()
    captured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "market"], name="markets_close_once"),
            models.CheckConstraint(
                condition=Q(market__in=MARKETS, grade__in=AgeGrade.values), name="markets_close_is_of_a_market"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.market} at {self.at:%Y-%m-%d %H:%M:%S}"


class Grade(models.Model):
    """What the close says of a signal's entry; with `ungraded` it says why it says nothing."""

    signal = models.OneToOneField(Signal, on_delete=models.CASCADE, primary_key=True)
    close = models.ForeignKey(Close, on_delete=models.CASCADE, related_name="+", null=True)
    ungraded = models.CharField(max_length=40, blank=True, help_text="Why there is no grade; empty where there is.")
    win = models.FloatField(null=True, help_text="Probability at the fair close that the line taken wins.")
    push = models.FloatField(null=True)
    clv = models.FloatField(null=True, help_text="Expected value at the fair close of a wager of 1 on the entry.")
    points = models.FloatField(null=True, help_text="By how many points the line taken was better than the close.")
    probability = models.FloatField(null=True, help_text="Fair probability at the close less that of the price taken.")
    against_consensus = models.FloatField(null=True, help_text="Expected value at the consensus of the signal's time.")
    moved_on = models.FloatField(null=True, help_text="How far the fair close moved further the signal's way.")
    confirmed = models.BooleanField(null=True, help_text="It moved on by more than half a percentage point.")
    graded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(~Q(ungraded="") & Q(clv__isnull=True)) | (Q(ungraded="") & Q(clv__isnull=False)),
                name="markets_grade_or_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.ungraded or f"CLV {self.clv:+.4f}"
