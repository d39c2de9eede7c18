"""Rows with secrets, one by its primary key and one by another UUID."""

import uuid

from django.db import models

from accounts.vault.field import SecretField


class Locker(models.Model):
    """Two secrets in one row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.TextField()
    token = SecretField()
    clearance = SecretField(blank=True)

    def __str__(self) -> str:
        return f"locker {self.pk}"


class NumberedLocker(models.Model):
    """A row whose primary key is a number."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    token = SecretField(row="public_id")

    def __str__(self) -> str:
        return f"locker {self.pk}"
