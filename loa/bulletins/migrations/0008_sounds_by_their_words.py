from django.db import migrations

# Recordings were called after their file and found by no word until a bulletin with them was approved: they get the
# words of the newest version with them, an approved one before any other. What a building block is called stays.
NAME = """
with said as (
    select v.sound_id, v.language, v.title, v.text, v.id, v.made_at from bulletins_version v
    union all
    select l.sound_id, l.language, coalesce(nullif(l.title, ''), v.title), l.text, v.id, v.made_at
        from bulletins_versionlanguage l join bulletins_version v on v.id = l.version_id
), best as (
    select distinct on (sound_id) sound_id, language, title, text from said
    where sound_id is not null
    order by sound_id,
        exists (select from bulletins_approval a where a.version_id = said.id and a.verdict = 'approved') desc,
        made_at desc
)
update media_sound s set
    title = coalesce(nullif(best.title, ''), s.title),
    transcript = coalesce(nullif(best.text, ''), s.transcript),
    language = case when s.origin = 'synthesised' or s.voice <> '' then s.language else best.language end
from best where best.sound_id = s.id and s.block = '' and length(best.language) <= 8
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bulletins", "0007_each_language_its_own"),
        ("media", "0006_blocks_templates_prompts"),
    ]

    operations = [migrations.RunSQL(NAME, migrations.RunSQL.noop)]
