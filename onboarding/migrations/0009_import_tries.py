"""How often reading a file was begun in vain: one that ends its reader does not come back for ever."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0008_contacts_isolation"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
