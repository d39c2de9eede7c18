from pathlib import Path

from django.db import migrations

KEPT = Path(__file__).with_suffix(".sql").read_text()
NOT_KEPT = """
DROP FUNCTION ledger_first_version_after, ledger_digest, ledger_entry_bytes, ledger_header, ledger_text;
DROP SEQUENCE ledger_journal_ids;
DROP TRIGGER ledger_currency_stays ON ledger_currency;
DROP TRIGGER ledger_hold_is_kept ON ledger_hold;
DROP TRIGGER ledger_hold_ends_once ON ledger_hold;
DROP TRIGGER ledger_wallet_is_kept ON ledger_wallet;
DROP TRIGGER ledger_wallet_stays ON ledger_wallet;
DROP TRIGGER ledger_result_is_kept ON ledger_result;
DROP TRIGGER ledger_entry_is_kept ON ledger_entry;
DROP TRIGGER ledger_journal_is_kept ON ledger_journal;
DROP FUNCTION ledger_currency_stays, ledger_hold_ends_once, ledger_wallet_stays, ledger_is_kept;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_first")]

    operations = [migrations.RunSQL(KEPT, NOT_KEPT)]
