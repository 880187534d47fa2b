import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("areas", "0006_no_pending_list")]

    operations = [
        migrations.CreateModel(
            name="AreaLanguages",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts", models.DateField()),
                ("ends", models.DateField(blank=True, null=True)),
                ("languages", models.JSONField()),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="languages", to="areas.area"
                    ),
                ),
            ],
            options={
                "ordering": ["area", "starts", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ends", None)),
                        fields=("area", "starts"),
                        name="area_languages_one_open_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends", None), ("ends__gte", models.F("starts")), _connector="OR"),
                        name="area_languages_end_after_start",
                    ),
                ],
            },
        ),
    ]
