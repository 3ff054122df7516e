"""The organization's own admin: contacts, links and visits, mails, MFA, branding, and words given on their pages."""

import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import portal.lib.fields


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0006_scans"),
        ("tenants", "0003_isolation"),
    ]

    operations = [
        migrations.AddField("attempt", "account", models.BinaryField(max_length=16, null=True)),
        migrations.AddField(
            model_name="acceptance",
            name="document",
            field=portal.lib.fields.SealedBytes(null=True),
        ),
        migrations.AddField(
            model_name="acceptance",
            name="document_name",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="acceptance",
            name="ip",
            field=models.GenericIPAddressField(null=True),
        ),
        migrations.AddField(
            model_name="acceptance",
            name="language",
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name="acceptance",
            name="version",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="acceptance",
            name="wording",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="connection",
            name="attestation",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="grant",
            name="device",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="grant",
            name="ip",
            field=models.GenericIPAddressField(null=True),
        ),
        migrations.AddField(
            model_name="grant",
            name="language",
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name="grant",
            name="until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="grant",
            name="with_terms",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="grant",
            name="wording",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="acceptance",
            name="attested_by",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.staff",
            ),
        ),
        migrations.AlterField(
            model_name="acceptance",
            name="how",
            field=models.CharField(
                choices=[
                    ("signed_document", "in a signed document"),
                    ("by_email", "by e-mail"),
                    ("by_phone", "by phone"),
                    ("in_person", "in person"),
                    ("here", "on their own page here"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="attested_by",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.staff",
            ),
        ),
        migrations.AlterField(
            model_name="grant",
            name="how",
            field=models.CharField(
                choices=[
                    ("signed_document", "in a signed document"),
                    ("by_email", "by e-mail"),
                    ("by_phone", "by phone"),
                    ("in_person", "in person"),
                    ("here", "on their own page here"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", portal.lib.fields.SealedText()),
                ("email", portal.lib.fields.SealedText()),
                ("email_fingerprint", models.BinaryField(max_length=16)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("created_at", models.DateTimeField()),
                ("declined_at", models.DateTimeField(null=True)),
                ("replaced_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("seen_details_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.staff",
                    ),
                ),
                (
                    "onboarding",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="onboarding.onboarding",
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
            },
        ),
        migrations.AddField(
            model_name="acceptance",
            name="contact",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="onboarding.contact",
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="contact",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="onboarding.contact",
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("why", models.CharField(max_length=8)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("looked_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="onboarding.contact",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.staff",
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
            },
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=12)),
                ("facts", portal.lib.fields.SealedJSON(default=dict)),
                ("made_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=100)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mails",
                        to="onboarding.contact",
                    ),
                ),
                (
                    "invitation",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mails",
                        to="onboarding.invitation",
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
            },
        ),
        migrations.CreateModel(
            name="Mfa",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("state", models.CharField(default="none", max_length=10)),
                ("phone", portal.lib.fields.SealedText(null=True)),
                ("phone_type", models.CharField(blank=True, max_length=5)),
                ("setup_id", portal.lib.fields.SealedText(null=True)),
                ("challenge_id", portal.lib.fields.SealedText(null=True)),
                ("last_digits", models.CharField(blank=True, max_length=4)),
                ("sent_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=20)),
                ("blocked_at", models.DateTimeField(null=True)),
                ("looked_at", models.DateTimeField(null=True)),
                (
                    "looks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(), default=list, size=None
                    ),
                ),
                ("asked", models.CharField(blank=True, max_length=24)),
                ("asked_until", models.DateTimeField(null=True)),
                ("remember_me_id", portal.lib.fields.SealedText(null=True)),
                ("device", models.CharField(blank=True, max_length=40)),
                ("machine_name", models.CharField(blank=True, max_length=60)),
                ("trusted_at", models.DateTimeField(null=True)),
                ("trusted_until", models.DateTimeField(null=True)),
                ("lost_at", models.DateTimeField(null=True)),
                ("reminded_at", models.DateTimeField(null=True)),
                ("remind_at", models.DateTimeField(null=True)),
                (
                    "onboarding",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="onboarding.onboarding",
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
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("item", models.CharField(max_length=40)),
                ("said", portal.lib.fields.SealedText()),
                ("made_at", models.DateTimeField()),
                ("answer", portal.lib.fields.SealedText(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.staff",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="onboarding.contact",
                    ),
                ),
                (
                    "onboarding",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="onboarding.onboarding",
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
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key_hash", models.BinaryField(max_length=32, unique=True)),
                ("began_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("code_hash", models.BinaryField(max_length=16, null=True)),
                ("code_sent_at", models.DateTimeField(null=True)),
                ("code_tries", models.PositiveSmallIntegerField(default=0)),
                ("codes_sent", models.PositiveSmallIntegerField(default=0)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="onboarding.contact",
                    ),
                ),
                (
                    "invitation",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="onboarding.invitation",
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
            },
        ),
        migrations.CreateModel(
            name="Branding",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "colour",
                    models.CharField(
                        default="#1f5eff",
                        max_length=7,
                        validators=[django.core.validators.RegexValidator("^#[0-9a-f]{6}$")],
                    ),
                ),
                ("logo", models.BinaryField(null=True)),
                ("logo_type", models.CharField(blank=True, max_length=20)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.staff",
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
                    models.UniqueConstraint(fields=("tenant", "id"), name="branding_tenant_id"),
                    models.UniqueConstraint(fields=("tenant",), name="branding_once"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["email_fingerprint"], name="contact_by_email"),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="contact_tenant_id"),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at__isnull", True)),
                fields=("tenant", "onboarding"),
                name="contact_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="invitation_tenant_id"),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="mail_due"
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["tenant", "contact", "-made_at"], name="mail_of_contact"),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="mail_tenant_id"),
        ),
        migrations.AddIndex(
            model_name="mfa",
            index=models.Index(
                condition=models.Q(("remind_at__isnull", False)), fields=["remind_at"], name="mfa_to_remind"
            ),
        ),
        migrations.AddConstraint(
            model_name="mfa",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="mfa_tenant_id"),
        ),
        migrations.AddConstraint(
            model_name="mfa",
            constraint=models.UniqueConstraint(fields=("tenant", "onboarding"), name="mfa_once"),
        ),
        migrations.AddConstraint(
            model_name="mfa",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["none", "not_used", "setup", "set_up", "challenge", "trusted"])
                ),
                name="mfa_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(fields=["tenant", "onboarding"], name="objection_of_onboarding"),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="objection_tenant_id"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="visit_tenant_id"),
        ),
    ]
