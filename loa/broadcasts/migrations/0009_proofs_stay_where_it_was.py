"""A proof keeps the place in which it was played; so far each is taken to lie where its loudspeaker stands."""

import django.db.models.deletion
from django.db import migrations, models

STANDS = """
update broadcasts_playproof set area_id = coalesce(d.hamlet_id, d.area_id)
from devices_device d where d.id = broadcasts_playproof.device_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0008_rules_of_the_air"),
        ("broadcasts", "0008_relay_in_a_rundown"),
        ("devices", "0014_moved_from"),
    ]

    operations = [
        migrations.AddField(
            model_name="playproof",
            name="area",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="areas.area",
            ),
        ),
        migrations.RunSQL(STANDS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="playproof", index=models.Index(fields=["area", "planned"], name="proof_area_planned")
        ),
    ]
