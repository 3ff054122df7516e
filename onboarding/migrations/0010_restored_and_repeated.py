"""When the database was put back, and which rows of imports came again to be begun."""

import django.db.models.deletion
from django.db import migrations, models

from portal.lib.isolation import same_tenant

STATES = ["new", "ready", "broken", "again", "held", "skipped", "started", "not_begun"]


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0009_import_tries")]
    operations = [
        migrations.AddField(
            model_name="connection", name="restored_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="importrow",
            name="repeats",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="repeated_by",
                to="onboarding.importrow",
            ),
        ),
        migrations.RemoveConstraint(model_name="importrow", name="importrow_state_known"),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", STATES)), name="importrow_state_known"
            ),
        ),
        migrations.RunSQL(
            same_tenant("onboarding_importrow", "repeats_id", "onboarding_importrow"), migrations.RunSQL.noop
        ),
    ]
