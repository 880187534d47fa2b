from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("areas", "0004_confirmed")]
    operations = [
        migrations.AlterModelOptions("operatingrules", {"ordering": ["area", "starts", "pk"]}),
        migrations.RemoveConstraint("operatingrules", "operating_rules_one_start"),
        migrations.AddConstraint(
            "operatingrules",
            models.UniqueConstraint(
                fields=["area", "starts"],
                condition=models.Q(ends=None),
                name="operating_rules_one_open_start",
            ),
        ),
    ]
