"""The one log of events: what happened, in the order in which it was committed, without a gap.

A number is given under the lock of the one row of `Head`, in the last statement of the transaction that the event tells
of. So whoever has seen number n has seen, or can read, every number below it: nothing that began earlier is committed
later under a lower one, and what is rolled back gives its numbers back.
"""

from django.db import models
from django.db.models import Q

STREAM_MAX = 100
TYPE_MAX = 60


class Head(models.Model):
    """Where the log ends, and the chain of hashes over the commits that sealed something."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    event_seq = models.BigIntegerField(default=0)
    # The oldest event that is still kept; one more than `event_seq` where none is.
    first_seq = models.BigIntegerField(default=1)
    # Of sealed commits: how many, and SHA-256 over the one before and the content of this.
    journal_no = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=bytes(32))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="head_is_one_row"),
            models.CheckConstraint(
                condition=Q(event_seq__gte=0, first_seq__gte=1, journal_no__gte=0), name="head_counts_up"
            ),
        ]

    def __str__(self) -> str:
        return f"event {self.event_seq}, journal {self.journal_no}"


class Event(models.Model):
    """Something that happened, told on one stream."""

    seq = models.BigIntegerField(primary_key=True)
    stream = models.CharField(max_length=STREAM_MAX)
    type = models.CharField(max_length=TYPE_MAX)
    body = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stream__regex=r"^[a-z][a-z_]*(:[A-Za-z0-9_-]+)*$"), name="event_stream_named"
            ),
            models.CheckConstraint(
                condition=Q(type__regex=r"^[a-z][a-z_]*(\.[a-z][a-z_]*)*$"), name="event_type_named"
            ),
        ]
        indexes = [models.Index(fields=["stream", "seq"], name="event_by_stream")]

    def __str__(self) -> str:
        return f"{self.seq} {self.type} on {self.stream}"
