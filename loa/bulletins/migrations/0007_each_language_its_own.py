import django.db.models.deletion
from django.db import migrations, models

# What was played of the one sound that an opening knew goes with the opening it belongs to.
MOVE = """
insert into bulletins_played (opening_id, sound_id, heard_ms, heard_at)
    select id, sound_id, heard_ms, coalesce(heard_at, opened_at) from bulletins_opening
    where sound_id is not null and heard_ms > 0
"""
BACK = """
update bulletins_opening o set sound_id = p.sound_id, heard_ms = p.heard_ms, heard_at = p.heard_at
    from bulletins_played p join bulletins_opening own on own.id = p.opening_id
    join bulletins_version v on v.id = own.version_id and v.sound_id = p.sound_id
    where p.opening_id = o.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bulletins", "0006_languages"),
        ("media", "0005_library"),
    ]

    operations = [
        migrations.AddField("versionlanguage", "voicing", models.JSONField(blank=True, default=dict)),
        migrations.AddField("versionlanguage", "sound_reason", models.CharField(blank=True, max_length=500)),
        migrations.CreateModel(
            name="Played",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("heard_ms", models.PositiveIntegerField()),
                ("heard_at", models.DateTimeField()),
                (
                    "opening",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="played", to="bulletins.opening"
                    ),
                ),
                (
                    "sound",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="media.sound"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "played", models.UniqueConstraint(fields=["opening", "sound"], name="played_once_a_sound")
        ),
        migrations.RunSQL(MOVE, BACK),
        # The moved rows have foreign keys that are checked at the end; the columns below cannot wait for that.
        migrations.RunSQL("set constraints all immediate", migrations.RunSQL.noop),
        migrations.RemoveField("opening", "sound"),
        migrations.RemoveField("opening", "heard_ms"),
        migrations.RemoveField("opening", "heard_at"),
    ]
