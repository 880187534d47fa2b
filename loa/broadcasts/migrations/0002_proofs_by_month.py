"""Proofs of play in a part for every month: two years are dropped in an instant, and a month is read alone."""

from django.db import migrations

# The ORM made the table whole and empty; PostgreSQL parts only a table that is made so.
PARTED = """
alter table broadcasts_playproof rename to broadcasts_playproof_whole;
create table broadcasts_playproof (like broadcasts_playproof_whole including constraints) partition by range (planned);
drop table broadcasts_playproof_whole;
create sequence broadcasts_playproof_row owned by broadcasts_playproof.id;
alter table broadcasts_playproof alter column id set default nextval('broadcasts_playproof_row');
create table broadcasts_playproof_rest partition of broadcasts_playproof default;
alter table broadcasts_playproof add primary key (id, planned);
alter table broadcasts_playproof add constraint proof_once unique (device_id, boot, count, planned);
alter table broadcasts_playproof add constraint proof_device foreign key (device_id)
    references devices_device (id) deferrable initially deferred;
create index proof_airing on broadcasts_playproof (airing);
create index proof_device_planned on broadcasts_playproof (device_id, planned);
create index proof_area_planned on broadcasts_playproof (area_id, planned);
"""


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0001_initial")]
    operations = [migrations.RunSQL(PARTED, migrations.RunSQL.noop)]
