import django.db.models.deletion
from django.db import migrations, models

# What was submitted is final, and the trigger says so to every UPDATE: the column itself is made another one.
READINGS = """
alter table bulletins_version alter column read_twice type smallint using case when read_twice then 2 else 1 end;
alter table bulletins_version rename column read_twice to readings;
"""
TWICE = """
alter table bulletins_version rename column readings to read_twice;
alter table bulletins_version alter column read_twice type boolean using read_twice > 1;
"""


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0008_sounds_by_their_words"), ("media", "0008_said_between_readings")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(READINGS, TWICE)],
            state_operations=[
                migrations.RemoveField("version", "read_twice"),
                migrations.AddField("version", "readings", models.PositiveSmallIntegerField(default=1)),
            ],
        ),
        migrations.AddField(
            "version",
            "link",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="media.sound",
            ),
        ),
        migrations.AddConstraint(
            "version",
            models.CheckConstraint(
                condition=models.Q(readings__gte=1, readings__lte=3), name="version_is_read_thrice_at_most"
            ),
        ),
    ]
