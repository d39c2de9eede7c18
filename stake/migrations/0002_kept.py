from pathlib import Path

from django.db import migrations

KEPT = Path(__file__).with_suffix(".sql").read_text()
NOT_KEPT = """
DROP TRIGGER stake_pause_is_kept ON stake_cooloff;
DROP TRIGGER stake_session_stays_what_it_is ON stake_stakesession;
DROP TRIGGER stake_intent_is_kept ON stake_betintent;
DROP TRIGGER stake_rotation_is_kept ON stake_seedrotation;
DROP TRIGGER stake_deposit_is_kept ON stake_vaultdeposit;
DROP TRIGGER stake_balance_is_kept ON stake_balancesnapshot;
DROP FUNCTION stake_pause_is_kept, stake_session_stays_what_it_is, stake_intent_is_kept, stake_history_is_kept;
"""


class Migration(migrations.Migration):
    dependencies = [("stake", "0001_first")]

    operations = [migrations.RunSQL(KEPT, NOT_KEPT)]
