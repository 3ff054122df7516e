"""Budgets of BILL's limits, shared by all workers; and what BILL takes as an industry."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from portal.lib.isolation import isolate, same_tenant


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0002_isolation"),
        ("tenants", "0003_isolation"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="industries",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="connection",
            name="industries_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Budget",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.CharField(max_length=6)),
                ("bucket", models.CharField(max_length=8)),
                ("hour", models.DateTimeField()),
                ("used", models.PositiveIntegerField(default=0)),
                (
                    "recent",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(), default=list, size=None
                    ),
                ),
                ("closed_until", models.DateTimeField(null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="onboarding.connection",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "id"), name="budget_tenant_id"),
                    models.UniqueConstraint(
                        fields=("tenant", "connection", "key", "bucket"), name="budget_bucket_once"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            same_tenant("onboarding_budget", "connection_id", "onboarding_connection")
            + isolate("onboarding_budget")
            + "REVOKE DELETE ON onboarding_budget FROM portal_app;",
            migrations.RunSQL.noop,
        ),
    ]
