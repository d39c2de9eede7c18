from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

DECIDED_ONCE = Path(__file__).with_suffix(".sql").read_text()
NOT_GUARDED = """
DROP TRIGGER ledger_adjustment_is_decided_once ON ledger_adjustment;
DROP FUNCTION ledger_adjustment_is_decided_once;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_kept"),
    ]

    operations = [
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "amount",
                    models.BigIntegerField(
                        help_text="Minor units of the wallet's currency; below zero it is taken away."
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_by_kind", models.CharField(max_length=20)),
                ("asked_person", models.CharField(blank=True, max_length=150)),
                ("asked_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("approved", "Approved"), ("refused", "Refused")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=150)),
                ("decided_by_kind", models.CharField(blank=True, max_length=20)),
                ("decided_person", models.CharField(blank=True, max_length=150)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "wallet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="adjustments", to="ledger.walletrow"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["asked_at", "id"], name="adjustment_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason__regex", "^ *$"), _negated=True), name="adjustment_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount", 0), _negated=True),
                            ("amount__gte", -100000000000000000),
                            ("amount__lte", 100000000000000000),
                        ),
                        name="adjustment_amount_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("asked_by", ""), _negated=True), models.Q(("asked_by_kind", ""), _negated=True)
                        ),
                        name="adjustment_asked_by_someone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("decided_by", ""),
                                ("decided_by_kind", ""),
                                ("decided_person", ""),
                                ("status", "waiting"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("status__in", ["approved", "refused"]),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="adjustment_decided_or_waiting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", models.F("asked_by")),
                            ("decided_by_kind", models.F("asked_by_kind")),
                            _negated=True,
                        ),
                        name="adjustment_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asked_person", ""),
                            models.Q(("decided_person", models.F("asked_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="adjustment_decided_by_another_person",
                    ),
                ],
            },
        ),
        migrations.RunSQL(DECIDED_ONCE, NOT_GUARDED),
    ]
