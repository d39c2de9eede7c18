from pathlib import Path

from django.db import migrations

WRITE = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("streams", "0001_first")]

    operations = [migrations.RunSQL(WRITE, "DROP FUNCTION streams_write")]
