from pathlib import Path

from django.db import migrations, models

FUNCTIONS = Path(__file__).with_suffix(".sql").read_text()
NO_FUNCTIONS = """
DROP VIEW recent_activity, balance_reconciliation;
DROP FUNCTION set_indexer_checkpoint, get_indexer_checkpoint, rpc_get_balance, rpc_record_deposit, ledger_deposit_id,
    rpc_process_loss, rpc_process_win, rpc_place_bet, ledger_hold_switch, ledger_post, ledger_fingerprint;
DROP TYPE ledger_answer;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_ledger_scope"), ("events", "0002_append"), ("ledger", "0004_checks")]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("chain", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("last_processed_block", models.BigIntegerField()),
                ("last_updated", models.DateTimeField()),
            ],
            options={
                "db_table": "ledger_checkpoint",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_processed_block__gte", 0)), name="checkpoint_block_not_negative"
                    )
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
    ]
