"""Staff rows are isolated; two functions look across tenants before one is known."""

from django.db import migrations

from portal.lib.isolation import findable, finder, isolate

FINDERS = (
    findable("tenants_staff", "tenant_id, person_id, role, is_active")
    + findable("audit_entry", "tenant_id")
    + findable("audit_chain", "tenant_id")
    + "GRANT SELECT (id, name, slug) ON tenants_tenant TO portal_finder;"
    # A person signs in before any tenant is known.
    + finder(
        "places_of_person(person bigint)",
        "TABLE (tenant uuid, slug text, name text, role text)",
        "SELECT t.id, t.slug::text, t.name::text, s.role::text"
        " FROM tenants_staff s JOIN tenants_tenant t ON t.id = s.tenant_id"
        " WHERE s.person_id = person AND s.is_active ORDER BY t.name, t.id",
    )
    # The audit log is verified chain by chain, and a chain that was removed must be missed.
    + finder(
        "audited_tenants()",
        "TABLE (tenant uuid)",
        "SELECT id FROM tenants_tenant UNION SELECT tenant_id FROM audit_chain UNION SELECT tenant_id FROM audit_entry",
    )
)

# Nobody is ever removed by the application, and a tenant is what it was made.
KEEP = """
REVOKE DELETE ON tenants_tenant, tenants_staff, accounts_person FROM portal_app;
REVOKE UPDATE ON tenants_tenant FROM portal_app;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_privileges"), ("audit", "0002_append_only")]
    operations = [migrations.RunSQL(isolate("tenants_staff") + FINDERS + KEEP, migrations.RunSQL.noop)]
