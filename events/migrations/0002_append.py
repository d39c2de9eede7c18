from pathlib import Path

from django.db import migrations

APPEND = Path(__file__).with_suffix(".sql").read_text()
NO_APPEND = """
DROP TRIGGER events_are_kept ON events_event;
DROP FUNCTION events_are_kept;
DROP FUNCTION events_append;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_first")]

    operations = [migrations.RunSQL(APPEND, NO_APPEND)]
