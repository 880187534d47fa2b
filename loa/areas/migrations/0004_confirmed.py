from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("areas", "0003_looser_search")]
    operations = [
        migrations.AddField("operatingrules", "confirmed", models.JSONField(blank=True, null=True)),
    ]
