"""What the ORM cannot say: room for updates in place, and what the signer may read."""

from django.db import migrations

ROOM = """
alter table devices_devicestatus set (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);
alter table devices_hourlyrollup set (fillfactor = 80);
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_initial")]
    operations = [migrations.RunSQL(ROOM, migrations.RunSQL.noop)]
