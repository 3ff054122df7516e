"""Whoever asks for a link gets one for each of their companies in turn, and the tenants take turns, too."""

from django.db import migrations

from portal.lib.isolation import findable, finder

# A tenant that names somebody often gets no more turns than one that names them once; a cancelled onboarding has
# nothing left to do, only something to read.
IN_TURN = """
SELECT tenant_id, id FROM (
  SELECT c.tenant_id, c.id, c.created_at, o.status = 'cancelled' AS is_over, mails.asked_at,
    max(mails.asked_at) OVER (PARTITION BY c.tenant_id) AS tenant_asked_at,
    row_number() OVER (PARTITION BY c.tenant_id, o.status = 'cancelled'
                       ORDER BY mails.asked_at NULLS FIRST, c.created_at DESC, c.id) AS turn
  FROM onboarding_contact c
  JOIN onboarding_onboarding o ON o.tenant_id = c.tenant_id AND o.id = c.onboarding_id
  CROSS JOIN LATERAL (
    SELECT max(m.made_at) AS asked_at FROM onboarding_mail m
    WHERE m.tenant_id = c.tenant_id AND m.contact_id = c.id AND m.kind = 'asked') mails
  WHERE c.email_fingerprint = address AND c.declined_at IS NULL AND c.replaced_at IS NULL
    AND c.revoked_at IS NULL) found
ORDER BY is_over, turn, tenant_asked_at NULLS FIRST, asked_at NULLS FIRST, created_at DESC, id LIMIT 50
"""
# Of all that were ever asked for: somebody who was replaced meanwhile got theirs all the same.
ASKED = """
SELECT count(*) FROM onboarding_contact c JOIN onboarding_mail m ON m.tenant_id = c.tenant_id AND m.contact_id = c.id
WHERE c.email_fingerprint = address AND m.kind = 'asked' AND m.made_at > since
"""


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0012_where_to_write")]
    operations = [
        migrations.RunSQL(
            findable("onboarding_onboarding", "id, tenant_id, status")
            + "GRANT SELECT (onboarding_id, created_at) ON onboarding_contact TO portal_finder;"
            + "GRANT SELECT (contact_id, kind, made_at) ON onboarding_mail TO portal_finder;"
            + "SET LOCAL ROLE portal_finder; DROP FUNCTION contacts_of(bytea); RESET ROLE;"
            + finder("contacts_of(address bytea)", "TABLE (tenant uuid, contact uuid)", IN_TURN)
            + finder("mails_asked(address bytea, since timestamptz)", "bigint", ASKED),
            migrations.RunSQL.noop,
        ),
    ]
