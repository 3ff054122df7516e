"""What the organization said stays as it was written down: another word is another row."""

from django.db import migrations

TABLES = ("acceptance", "grant")


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0010_restored_and_repeated")]
    operations = [
        migrations.RunSQL(
            "".join(f"REVOKE UPDATE ON onboarding_{table} FROM portal_app;" for table in TABLES),
            "".join(f"GRANT UPDATE ON onboarding_{table} TO portal_app;" for table in TABLES),
        ),
    ]
