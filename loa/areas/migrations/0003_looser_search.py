from django.db import migrations

# The expression is that of loa/areas/search.py; `loa.areas.typed.sound` agrees with it.
INDEXES = """
create index area_sound on areas_area (translate(fold, 'yk ''-./()', 'ic') text_pattern_ops);
create index area_code on areas_area (code);
"""
BACK = "drop index area_sound, area_code"


class Migration(migrations.Migration):
    dependencies = [("areas", "0002_search")]
    operations = [migrations.RunSQL(INDEXES, BACK)]
