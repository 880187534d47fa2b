from django.db import migrations

# `area_sound`: the expression is that of loa/areas/search.py; `loa.areas.typed.sound` agrees with it. New rows of a
# trigram index wait in a list until a vacuum comes by, and every search reads all of that list: measured after a first
# import, a search took four times as long. Units change twice a year, so they go straight into the index.
INDEXES = """
create index area_fold_trigrams on areas_area using gin (fold gin_trgm_ops) with (fastupdate = off);
create index area_fold_prefix on areas_area (fold text_pattern_ops);
create index former_name_fold_trigrams on areas_formername using gin (fold gin_trgm_ops) with (fastupdate = off);
create index area_sound on areas_area (translate(fold, 'yk ''-./()', 'ic') text_pattern_ops);
create index area_code on areas_area (code);
"""
BACK = """
drop index area_fold_trigrams, area_fold_prefix, former_name_fold_trigrams, area_sound, area_code;
"""


class Migration(migrations.Migration):
    dependencies = [("areas", "0001_initial")]
    operations = [migrations.RunSQL(INDEXES, BACK)]
