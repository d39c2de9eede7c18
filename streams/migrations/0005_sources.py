"""Further ids of a bet become its sources, streams may be simulated, and a bet notes what others filled of it.

Renamed and added to in place: no row is rewritten.
"""

from pathlib import Path

from django.db import migrations, models

import streams.exactjson

HERE = Path(__file__).parent
WRITE = (HERE / "0005_write.sql").read_text()
WRITE_BEFORE = (HERE / "0002_write.sql").read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)

SIMULATED_IS_FINAL = """
CREATE FUNCTION streams_simulated_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A stream stays simulated or real, as it began.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'stream_simulated_is_final';
END
$$;
CREATE TRIGGER stream_simulated_is_final BEFORE UPDATE OF simulated ON streams_stream
FOR EACH ROW WHEN (OLD.simulated IS DISTINCT FROM NEW.simulated) EXECUTE FUNCTION streams_simulated_is_final();
"""
SIMULATED_MAY_CHANGE = """
DROP TRIGGER stream_simulated_is_final ON streams_stream;
DROP FUNCTION streams_simulated_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("streams", "0004_verification")]

    operations = [
        migrations.AddField(
            model_name="stream",
            name="simulated",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.RunSQL(SIMULATED_IS_FINAL, SIMULATED_MAY_CHANGE),
        migrations.AddField(
            model_name="bet",
            name="filled",
            field=models.JSONField(
                blank=True, decoder=streams.exactjson.Decoder, encoder=streams.exactjson.Encoder, null=True
            ),
        ),
        # Back again, the function is put back last, when the names it uses are there again.
        migrations.RunSQL(migrations.RunSQL.noop, WRITE_BEFORE),
        migrations.RemoveConstraint(model_name="betalias", name="alias_unique"),
        migrations.RenameModel(old_name="BetAlias", new_name="BetSource"),
        migrations.AlterModelOptions(name="betsource", options={}),
        migrations.RenameField(model_name="betsource", old_name="alias", new_name="provider_bet_id"),
        migrations.AlterField(
            model_name="betsource",
            name="bet",
            field=models.ForeignKey(on_delete=models.deletion.CASCADE, related_name="sources", to="streams.bet"),
        ),
        migrations.AddConstraint(
            model_name="betsource",
            constraint=models.UniqueConstraint(fields=("stream", "provider_bet_id", "provider"), name="source_unique"),
        ),
        migrations.AddConstraint(
            model_name="betsource",
            constraint=models.CheckConstraint(
                condition=models.Q(provider__in=["antebot", "stake", "import"]), name="source_provider_known"
            ),
        ),
        migrations.RunSQL(WRITE, migrations.RunSQL.noop),
    ]
