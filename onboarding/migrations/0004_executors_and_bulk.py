"""Executors that die are seen to be dead; what an import began is driven apart from what a person waits for."""

from django.db import migrations, models

from portal.lib.isolation import finder

# Its numbers name executors: each holds an advisory lock of its own number as long as its database session lives.
NUMBERS = """
CREATE SEQUENCE onboarding_executor AS integer CYCLE;
GRANT USAGE ON SEQUENCE onboarding_executor TO portal_app;
"""
ALIVE = (
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = 1112099916 AND objsubid = 2"
    " AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
FREE = f"(lease_until IS NULL OR lease_until <= at OR lease_holder NOT IN ({ALIVE}))"
# One of each tenant before the second of any, so that nobody waits for another tenant's thousand.
DUE = finder(
    "due_steps(at timestamptz, most int)",
    "TABLE (tenant uuid, step uuid)",
    "SELECT tenant_id, id FROM (SELECT tenant_id, id, due_at,"
    " row_number() OVER (PARTITION BY tenant_id ORDER BY due_at) AS turn FROM onboarding_step"
    f" WHERE due_at <= at AND NOT in_bulk AND {FREE}) one ORDER BY turn, due_at LIMIT most",
)
BULK = finder(
    "tenants_with_bulk(at timestamptz)",
    "TABLE (tenant uuid)",
    f"SELECT DISTINCT tenant_id FROM onboarding_step WHERE due_at <= at AND in_bulk AND {FREE}",
)
LOST = finder(
    "lost_steps(most int)",
    "TABLE (tenant uuid, step uuid)",
    "SELECT tenant_id, id FROM onboarding_step WHERE lease_token IS NOT NULL"
    f" AND lease_holder NOT IN ({ALIVE}) LIMIT most",
)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0003_budgets")]
    operations = [
        migrations.AddField("onboarding", "is_bulk", models.BooleanField(default=False)),
        migrations.AddField("step", "in_bulk", models.BooleanField(default=False)),
        migrations.AddField("step", "lease_holder", models.IntegerField(null=True)),
        migrations.AddField("billsession", "opened_by", models.IntegerField(null=True)),
        migrations.AddField("budget", "wanted_until", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "step",
            models.Index(
                fields=["tenant"], condition=models.Q(lease_token__isnull=False), name="step_leased"
            ),
        ),
        migrations.RunSQL(
            NUMBERS
            + "GRANT SELECT (in_bulk, lease_holder, lease_token) ON onboarding_step TO portal_finder;"
            + "SET LOCAL ROLE portal_finder; DROP FUNCTION due_steps(timestamptz, int); RESET ROLE;"
            + DUE
            + BULK
            + LOST,
            migrations.RunSQL.noop,
        ),
    ]
