from pathlib import Path

from django.db import migrations, models
from django.db.models import Q

KEPT = Path(__file__).with_suffix(".sql").read_text()
NOT_KEPT = "DROP TRIGGER ledger_seal_is_kept ON ledger_seal;"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_adjustments")]

    operations = [
        migrations.CreateModel(
            name="CheckRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begun_at", models.DateTimeField()),
                ("milliseconds", models.PositiveIntegerField()),
                ("is_full", models.BooleanField()),
                ("after_no", models.BigIntegerField(help_text="Journals up to here were not looked at.")),
                (
                    "journal_no",
                    models.BigIntegerField(help_text="The last journal that was looked at; 0 where there is none."),
                ),
                ("hash", models.BinaryField()),
                ("event_seq", models.BigIntegerField()),
                ("breaches", models.PositiveIntegerField()),
                ("results", models.JSONField()),
                ("totals", models.JSONField()),
                ("open_holds", models.PositiveBigIntegerField()),
            ],
            options={
                "verbose_name": "check",
                "db_table": "ledger_check",
                "indexes": [models.Index(fields=["is_full", "id"], name="check_newest_of_its_kind")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(after_no__gte=0, journal_no__gte=0, event_seq__gte=0), name="check_counts_up"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField()),
                ("journal_no", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                ("statement", models.TextField()),
                ("signature", models.BinaryField()),
                ("public_key", models.BinaryField()),
            ],
            options={
                "verbose_name": "seal",
                "db_table": "ledger_seal",
                "constraints": [
                    models.CheckConstraint(condition=Q(journal_no__gte=0), name="seal_journal_not_negative"),
                    models.CheckConstraint(condition=~Q(statement=""), name="seal_says_something"),
                ],
            },
        ),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
