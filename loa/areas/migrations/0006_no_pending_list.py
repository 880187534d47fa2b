from django.db import migrations

# New rows of a trigram index wait in a list until a vacuum comes by, and every search reads all of that list: measured
# after a first import, a search took four times as long. Units change twice a year, so they go straight into the index.
STRAIGHT = """
alter index area_fold_trigrams set (fastupdate = off);
alter index former_name_fold_trigrams set (fastupdate = off);
select gin_clean_pending_list('area_fold_trigrams'), gin_clean_pending_list('former_name_fold_trigrams');
"""
BACK = """
alter index area_fold_trigrams reset (fastupdate);
alter index former_name_fold_trigrams reset (fastupdate);
"""


class Migration(migrations.Migration):
    dependencies = [("areas", "0005_rules_of_one_day")]
    operations = [migrations.RunSQL(STRAIGHT, BACK)]
