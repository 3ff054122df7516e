"""The admin's tables are isolated. A link, a visit and an address are looked up before their tenant is known."""

from django.db import migrations

from portal.lib.isolation import findable, finder, isolate, same_tenant

TABLES = ("contact", "invitation", "visit", "objection", "mfa", "branding", "mail")
KEYS = {
    ("contact", "onboarding_id"): "onboarding_onboarding",
    ("contact", "created_by_id"): "tenants_staff",
    ("invitation", "contact_id"): "onboarding_contact",
    ("invitation", "made_by_id"): "tenants_staff",
    ("mail", "contact_id"): "onboarding_contact",
    ("mail", "invitation_id"): "onboarding_invitation",
    ("visit", "contact_id"): "onboarding_contact",
    ("visit", "invitation_id"): "onboarding_invitation",
    ("objection", "onboarding_id"): "onboarding_onboarding",
    ("objection", "contact_id"): "onboarding_contact",
    ("objection", "answered_by_id"): "tenants_staff",
    ("mfa", "onboarding_id"): "onboarding_onboarding",
    ("branding", "changed_by_id"): "tenants_staff",
    ("acceptance", "contact_id"): "onboarding_contact",
    ("grant", "contact_id"): "onboarding_contact",
}

# Two reminders for each link that somebody sent or asked for, the second counted from that link, too.
TO_REMIND = """
SELECT c.tenant_id, c.id FROM onboarding_contact c
CROSS JOIN LATERAL (
  SELECT max(i.made_at) FILTER (WHERE i.why IN ('invited', 'asked')) AS asked_at, max(i.made_at) AS last_at
  FROM onboarding_invitation i WHERE i.contact_id = c.id) sent
CROSS JOIN LATERAL (
  SELECT count(*) AS n FROM onboarding_invitation i
  WHERE i.contact_id = c.id AND i.why = 'reminded' AND i.made_at > sent.asked_at) reminders
WHERE c.declined_at IS NULL AND c.replaced_at IS NULL AND c.revoked_at IS NULL AND sent.last_at <= first
  AND sent.asked_at > second - interval '30 days'
  AND sent.asked_at <= CASE reminders.n WHEN 0 THEN first WHEN 1 THEN second END
ORDER BY sent.asked_at
"""
FINDERS = (
    findable("onboarding_invitation", "id, tenant_id, contact_id, why, made_at")
    + finder(
        "tenant_of_invitation(one uuid)",
        "uuid",
        "SELECT tenant_id FROM onboarding_invitation WHERE id = one",
    )
    + findable("onboarding_visit", "id, tenant_id, key_hash")
    + finder(
        "visit_of(key bytea)",
        "TABLE (tenant uuid, visit uuid)",
        "SELECT tenant_id, id FROM onboarding_visit WHERE key_hash = key",
    )
    + findable(
        "onboarding_contact",
        "id, tenant_id, email_fingerprint, declined_at, replaced_at, revoked_at",
    )
    + finder(
        "contacts_of(address bytea)",
        "TABLE (tenant uuid, contact uuid)",
        "SELECT tenant_id, id FROM onboarding_contact"
        " WHERE email_fingerprint = address AND declined_at IS NULL AND replaced_at IS NULL"
        " AND revoked_at IS NULL ORDER BY id LIMIT 50",
    )
    + findable("onboarding_mail", "id, tenant_id, due_at")
    + finder(
        "mails_due(at timestamptz, most int)",
        "TABLE (tenant uuid, mail uuid)",
        "SELECT tenant_id, id FROM onboarding_mail WHERE due_at <= at ORDER BY due_at LIMIT most",
    )
    # Reminders are due before anybody knows whose.
    + finder(
        "contacts_to_remind(first timestamptz, second timestamptz)",
        "TABLE (tenant uuid, contact uuid)",
        TO_REMIND,
    )
    + findable("onboarding_mfa", "id, tenant_id, remind_at")
    + finder(
        "trust_ending(at timestamptz)",
        "TABLE (tenant uuid)",
        "SELECT DISTINCT tenant_id FROM onboarding_mfa WHERE remind_at <= at",
    )
)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0007_contacts")]
    operations = [
        migrations.RunSQL(
            "".join(same_tenant(f"onboarding_{table}", column, to) for (table, column), to in KEYS.items())
            + "".join(isolate(f"onboarding_{table}") for table in TABLES)
            + FINDERS
            + "".join(f"REVOKE DELETE ON onboarding_{table} FROM portal_app;" for table in TABLES),
            migrations.RunSQL.noop,
        ),
    ]
