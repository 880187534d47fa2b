from django.db import migrations

INDEXES = """
create index area_fold_trigrams on areas_area using gin (fold gin_trgm_ops);
create index area_fold_prefix on areas_area (fold text_pattern_ops);
create index former_name_fold_trigrams on areas_formername using gin (fold gin_trgm_ops);
"""
BACK = "drop index area_fold_trigrams, area_fold_prefix, former_name_fold_trigrams"


class Migration(migrations.Migration):
    dependencies = [("areas", "0001_initial")]
    operations = [migrations.RunSQL(INDEXES, BACK)]
