from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0009_signer_extensions")]
    operations = [
        migrations.AddField(
            model_name="device",
            name="told",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
