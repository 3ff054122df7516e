"""Bulk import: a file and its rows, isolated like everything of a tenant; companies found by name and address."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import portal.lib.fields
from portal.lib.isolation import findable, finder, isolate, same_tenant

TABLES = ("import", "importrow")
KEYS = {
    ("import", "connection_id"): "onboarding_connection",
    ("import", "uploaded_by_id"): "tenants_staff",
    ("import", "started_by_id"): "tenants_staff",
    ("importrow", "import_of_id"): "onboarding_import",
    ("importrow", "onboarding_id"): "onboarding_onboarding",
}
# The sweeper asks, before it knows whose they are, which files nobody works on and which tenants have rows to start.
FINDERS = (
    findable("onboarding_import", "id, tenant_id, state, touched_at")
    + findable("onboarding_importrow", "import_of_id, state")
    + finder(
        "imports_to_read(before timestamptz)",
        "TABLE (tenant uuid, import uuid)",
        "SELECT tenant_id, id FROM onboarding_import"
        " WHERE state IN ('reading', 'checking') AND touched_at <= before ORDER BY touched_at",
    )
    + finder(
        "tenants_importing()",
        "TABLE (tenant uuid, has_rows boolean)",
        "SELECT i.tenant_id, bool_or(EXISTS (SELECT FROM onboarding_importrow r"
        " WHERE r.import_of_id = i.id AND r.state = 'ready'))"
        " FROM onboarding_import i WHERE i.state = 'running' GROUP BY i.tenant_id",
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0004_executors_and_bulk"),
        ("tenants", "0003_isolation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=200)),
                ("fingerprint", models.BinaryField(max_length=16)),
                ("content", portal.lib.fields.SealedBytes(null=True)),
                ("uploaded_at", models.DateTimeField()),
                ("state", models.CharField(default="reading", max_length=10)),
                ("touched_at", models.DateTimeField()),
                ("problem", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("header", portal.lib.fields.SealedJSON(default=list)),
                ("mapping", models.JSONField(default=dict)),
                ("row_count", models.PositiveIntegerField(default=0)),
                ("read_count", models.PositiveIntegerField(default=0)),
                ("checked_count", models.PositiveIntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("pause_reason", models.TextField(blank=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(blank=True, max_length=100)),
                ("state", models.CharField(default="new", max_length=9)),
                ("cells", portal.lib.fields.SealedJSON(default=list)),
                ("line_problems", portal.lib.fields.SealedJSON(default=list)),
                ("inputs", portal.lib.fields.SealedJSON(default=dict)),
                ("problems", portal.lib.fields.SealedJSON(default=list)),
                ("notes", portal.lib.fields.SealedJSON(default=list)),
                ("reach", models.CharField(blank=True, max_length=30)),
                ("has_plan", models.BooleanField(default=False)),
                ("tax_fingerprint", models.BinaryField(max_length=16, null=True)),
                ("company_fingerprint", models.BinaryField(max_length=16, null=True)),
                ("twins", models.JSONField(default=list)),
                ("is_kept", models.BooleanField(default=False)),
                ("is_correction", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="onboarding",
            name="company_fingerprint",
            field=models.BinaryField(max_length=16, null=True),
        ),
        migrations.AddIndex(
            model_name="onboarding",
            index=models.Index(fields=["tenant", "company_fingerprint"], name="onboarding_by_company"),
        ),
        migrations.AddField(
            model_name="import",
            name="connection",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="onboarding.connection",
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="started_by",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.staff",
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.tenant",
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="uploaded_by",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.staff",
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="import_of",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rows",
                to="onboarding.import",
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="onboarding",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rows",
                to="onboarding.onboarding",
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.tenant",
            ),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["tenant", "-uploaded_at", "-id"], name="import_newest"),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["tenant", "fingerprint"], name="import_by_content"),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="import_tenant_id"),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "reading",
                            "unreadable",
                            "mapping",
                            "checking",
                            "checked",
                            "running",
                            "paused",
                            "done",
                            "cancelled",
                        ],
                    )
                ),
                name="import_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["import_of", "state", "number"], name="importrow_by_state"),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(
                condition=models.Q(("state", "ready")), fields=["import_of", "number"], name="importrow_next"
            ),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="importrow_tenant_id"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(
                fields=("tenant", "import_of", "number"), name="importrow_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_correction", False)),
                fields=("tenant", "onboarding"),
                name="importrow_onboarding_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["new", "ready", "broken", "held", "skipped", "started", "not_begun"])
                ),
                name="importrow_state_known",
            ),
        ),
        migrations.RunSQL(
            "".join(same_tenant(f"onboarding_{table}", column, to) for (table, column), to in KEYS.items())
            + "".join(isolate(f"onboarding_{table}") for table in TABLES)
            + FINDERS
            + "".join(f"REVOKE DELETE ON onboarding_{table} FROM portal_app;" for table in TABLES),
            migrations.RunSQL.noop,
        ),
    ]
