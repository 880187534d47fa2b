import django.db.models.deletion
from django.db import migrations, models

# The languages of a submitted version are as final as the version itself, whoever writes to the table.
FINAL = """
create function bulletins_languages_are_final() returns trigger language plpgsql as $$
begin
    if exists (
        select from bulletins_version v where v.submitted_at is not null
            and (v.id = case tg_op when 'INSERT' then new.version_id else old.version_id end
                or (tg_op = 'UPDATE' and v.id = new.version_id))
    ) then
        raise exception 'the languages of a submitted version are final' using errcode = 'check_violation';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger bulletins_languages_are_final before insert or update or delete on bulletins_versionlanguage
    for each row execute function bulletins_languages_are_final();
"""
NOT_FINAL = """
drop trigger bulletins_languages_are_final on bulletins_versionlanguage;
drop function bulletins_languages_are_final();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bulletins", "0005_why_this_sound"),
        ("media", "0004_uploads"),
    ]

    operations = [
        migrations.CreateModel(
            name="VersionLanguage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=16)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField(blank=True)),
                ("spoken", models.TextField(blank=True)),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "sound",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="media.sound",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="languages", to="bulletins.version"
                    ),
                ),
            ],
            options={"ordering": ["version", "position"]},
        ),
        migrations.AddConstraint(
            model_name="versionlanguage",
            constraint=models.UniqueConstraint(fields=("version", "language"), name="version_language_once"),
        ),
        migrations.RunSQL(FINAL, NOT_FINAL),
    ]
