"""Proofs of play in a part for every month: two years are dropped in an instant, and a month is read alone."""

import django.db.models.deletion
from django.db import migrations, models

PARTED = """
alter table broadcasts_playproof rename to broadcasts_playproof_whole;
create table broadcasts_playproof (like broadcasts_playproof_whole including constraints) partition by range (planned);
create sequence broadcasts_playproof_row owned by broadcasts_playproof.id;
alter table broadcasts_playproof alter column id set default nextval('broadcasts_playproof_row');
create table broadcasts_playproof_rest partition of broadcasts_playproof default;
insert into broadcasts_playproof select * from broadcasts_playproof_whole;
select setval('broadcasts_playproof_row', (select coalesce(max(id), 0) + 1 from broadcasts_playproof), false);
drop table broadcasts_playproof_whole;
alter table broadcasts_playproof add primary key (id, planned);
alter table broadcasts_playproof add constraint proof_once unique (device_id, boot, count, planned);
alter table broadcasts_playproof add constraint proof_device foreign key (device_id)
    references devices_device (id) deferrable initially deferred;
create index proof_airing on broadcasts_playproof (airing);
create index proof_device_planned on broadcasts_playproof (device_id, planned);
"""


class Migration(migrations.Migration):
    dependencies = [("areas", "0007_languages"), ("broadcasts", "0004_rundowns_duties_calendars")]

    operations = [
        migrations.RunSQL(
            PARTED,
            migrations.RunSQL.noop,
            state_operations=[
                migrations.RemoveConstraint("playproof", "proof_once"),
                migrations.AddConstraint(
                    "playproof",
                    models.UniqueConstraint(fields=("device", "boot", "count", "planned"), name="proof_once"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlaySum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("source", models.CharField(max_length=40)),
                ("category", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(blank=True, max_length=200)),
                ("airings", models.PositiveIntegerField()),
                ("length_ms", models.PositiveBigIntegerField()),
                ("full", models.PositiveIntegerField()),
                ("partly", models.PositiveIntegerField()),
                ("silent", models.PositiveIntegerField()),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="play_sums", to="areas.area"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("area", "day", "source", "category", "language"), name="play_sum_once"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="SummedMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.DateField()),
                (
                    "area",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="areas.area"),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("area", "first"), name="summed_month_once")]},
        ),
    ]
