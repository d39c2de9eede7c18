from pathlib import Path

from django.db import migrations

THERE = Path(__file__).with_suffix(".sql").read_text()
NOT_THERE = """
DROP TRIGGER markets_standing_kept ON markets_standing;
DROP TRIGGER markets_quotechange_kept ON markets_quotechange;
DROP TRIGGER markets_book_named ON markets_book;
DROP TRIGGER markets_event_named ON markets_event;
DROP TRIGGER markets_poll_named ON markets_poll;
DROP TRIGGER markets_standing_names ON markets_standing;
DROP TRIGGER markets_quotechange_names ON markets_quotechange;
DROP FUNCTION markets_renamed();
DROP FUNCTION markets_gone();
DROP FUNCTION markets_added();
"""


class Migration(migrations.Migration):
    dependencies = [("markets", "0001_first")]

    operations = [migrations.RunSQL(THERE, NOT_THERE)]
