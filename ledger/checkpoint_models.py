"""Where readers of chains go on."""

from django.db import models
from django.db.models import Q


class Checkpoint(models.Model):
    """The last block of a chain that was worked through; read and set by SQL functions (migration 0005)."""

    chain = models.CharField(max_length=60, primary_key=True)
    last_processed_block = models.BigIntegerField()
    last_updated = models.DateTimeField()

    class Meta:
        db_table = "ledger_checkpoint"
        constraints = [
            models.CheckConstraint(condition=Q(last_processed_block__gte=0), name="checkpoint_block_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.chain} at block {self.last_processed_block}"
