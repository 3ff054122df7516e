"""What an admin said is wrong, and whom a word, a link, a mail or a device is of, stays; only these change later."""

from django.db import migrations

# A column that comes with a later migration is one of them only once it is granted there.
WRITTEN_LATER = {
    "objection": "answer, answered_at, answered_by_id",
    # The name is corrected in place until the mailbox is confirmed; what was agreed to keeps the name as it was then.
    "contact": "name, language, declined_at, replaced_at, revoked_at, confirmed_at, seen_details_at",
    "invitation": "looked_at, used_at, revoked_at",
    # What only the mail knew is forgotten once it is sent.
    "mail": "facts, due_at, tries, sent_at, problem",
    "visit": "ended_at, confirmed_at, code_hash, code_sent_at, code_tries, codes_sent",
}


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0013_turns_on_the_way_back")]
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
