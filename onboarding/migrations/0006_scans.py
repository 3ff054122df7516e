"""Scans of BILL's list of organizations, and what they showed."""

import uuid
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import portal.lib.fields
from portal.lib.isolation import isolate, same_tenant

PARENT: dict[str, Any] = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+"}


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0005_imports"),
        ("tenants", "0003_isolation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Scan",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account", models.BinaryField(max_length=16)),
                ("state", models.CharField(default="reading", max_length=8)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("pages", models.PositiveIntegerField(default=0)),
                ("found", models.PositiveIntegerField(default=0)),
                ("next_page", models.TextField(blank=True)),
                ("mark", models.TextField(blank=True)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("connection", models.ForeignKey(to="onboarding.connection", db_constraint=False, **PARENT)),
                ("tenant", models.ForeignKey(to="tenants.tenant", db_index=False, **PARENT)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "id"), name="scan_tenant_id"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "reading")),
                        fields=("tenant", "connection"),
                        name="scan_one_at_a_time",
                    ),
                ],
                "indexes": [models.Index(fields=["tenant", "connection", "-began_at"], name="scan_newest")],
            },
        ),
        migrations.CreateModel(
            name="ListedOrganization",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("bill_id", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=400)),
                ("folded", models.CharField(max_length=400)),
                ("details", portal.lib.fields.SealedJSON(default=dict)),
                ("created_time", models.DateTimeField(null=True)),
                ("first_seen_at", models.DateTimeField()),
                ("connection", models.ForeignKey(to="onboarding.connection", db_constraint=False, **PARENT)),
                (
                    "scan",
                    models.ForeignKey(to="onboarding.scan", db_constraint=False, db_index=False, **PARENT),
                ),
                ("tenant", models.ForeignKey(to="tenants.tenant", db_index=False, **PARENT)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "id"), name="listedorganization_tenant_id"),
                    models.UniqueConstraint(
                        fields=("tenant", "connection", "bill_id"), name="listedorganization_once"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["tenant", "connection", "folded"], name="listedorganization_named"),
                    models.Index(
                        fields=["tenant", "connection", "-first_seen_at", "-id"],
                        name="listedorganization_newest",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            same_tenant("onboarding_scan", "connection_id", "onboarding_connection")
            + same_tenant("onboarding_listedorganization", "connection_id", "onboarding_connection")
            + same_tenant("onboarding_listedorganization", "scan_id", "onboarding_scan")
            + isolate("onboarding_scan")
            + isolate("onboarding_listedorganization")
            + "REVOKE DELETE ON onboarding_scan, onboarding_listedorganization FROM portal_app;",
            migrations.RunSQL.noop,
        ),
    ]
