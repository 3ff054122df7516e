"""Whom a link or a mail is for, and when it was made, stays; only what becomes of it is written later."""

from django.db import migrations

WRITTEN_LATER = {
    "invitation": "looked_at, used_at, revoked_at",
    # What only the mail knew is forgotten once it is sent.
    "mail": "facts, due_at, tries, sent_at, problem",
}


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0015_details_as_read")]
    operations = [
        migrations.RunSQL(
            "".join(
                f"REVOKE UPDATE ON onboarding_{table} FROM portal_app;"
                f"GRANT UPDATE ({columns}) ON onboarding_{table} TO portal_app;"
                for table, columns in WRITTEN_LATER.items()
            ),
            # A right to the whole table is one to its columns, too.
            "".join(f"GRANT UPDATE ON onboarding_{table} TO portal_app;" for table in WRITTEN_LATER),
        ),
    ]
