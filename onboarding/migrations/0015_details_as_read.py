"""What the admin had before them when they found the details right."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0014_words_stay_everywhere")]
    operations = [
        migrations.AddField(
            model_name="contact", name="seen_details", field=models.BinaryField(max_length=16, null=True)
        ),
        migrations.RunSQL(
            "GRANT UPDATE (seen_details) ON onboarding_contact TO portal_app;", migrations.RunSQL.noop
        ),
    ]
