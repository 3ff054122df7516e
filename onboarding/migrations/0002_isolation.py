"""Every table of the domain belongs to a tenant: its keys carry it, and row-level security is forced."""

from django.db import migrations

from portal.lib.isolation import findable, finder, isolate, same_tenant

TABLES = ("connection", "onboarding", "step", "attempt", "billsession", "acceptance", "grant")
KEYS = {
    ("onboarding", "connection_id"): "onboarding_connection",
    ("onboarding", "owner_id"): "tenants_staff",
    ("onboarding", "created_by_id"): "tenants_staff",
    ("onboarding", "acceptance_id"): "onboarding_acceptance",
    ("onboarding", "grant_id"): "onboarding_grant",
    ("step", "onboarding_id"): "onboarding_onboarding",
    ("step", "submitted_by_id"): "tenants_staff",
    ("attempt", "connection_id"): "onboarding_connection",
    ("attempt", "onboarding_id"): "onboarding_onboarding",
    ("attempt", "step_id"): "onboarding_step",
    ("billsession", "connection_id"): "onboarding_connection",
    ("billsession", "onboarding_id"): "onboarding_onboarding",
    ("billsession", "staff_id"): "tenants_staff",
    ("billsession", "grant_id"): "onboarding_grant",
    ("acceptance", "onboarding_id"): "onboarding_onboarding",
    ("acceptance", "attested_by_id"): "tenants_staff",
    ("grant", "onboarding_id"): "onboarding_onboarding",
    ("grant", "attested_by_id"): "tenants_staff",
}

# The sweeper asks for due work before it knows whose it is.
FINDERS = findable("onboarding_step", "id, tenant_id, due_at, lease_until") + finder(
    "due_steps(at timestamptz, most int)",
    "TABLE (tenant uuid, step uuid)",
    "SELECT tenant_id, id FROM onboarding_step"
    " WHERE due_at <= at AND (lease_until IS NULL OR lease_until <= at) ORDER BY due_at LIMIT most",
)

KEEP_ATTEMPTS = """
CREATE FUNCTION attempt_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.closed_at IS NULL THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'an attempt is never changed once it is closed, and never deleted'
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON onboarding_attempt FOR EACH ROW EXECUTE FUNCTION attempt_keep();
"""


# Nothing of a client's journey is ever deleted by the application.
KEEP_ROWS = "".join(f"REVOKE DELETE ON onboarding_{table} FROM portal_app;" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0001_initial"), ("tenants", "0003_isolation")]
    operations = [
        migrations.RunSQL(
            # Keys first: under forced row-level security a new key would be checked against no rows at all.
            "".join(same_tenant(f"onboarding_{table}", column, to) for (table, column), to in KEYS.items())
            + "".join(isolate(f"onboarding_{table}") for table in TABLES)
            + FINDERS
            + KEEP_ATTEMPTS
            + KEEP_ROWS,
            migrations.RunSQL.noop,
        ),
    ]
