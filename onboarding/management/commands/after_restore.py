"""manage.py after_restore: to be run once after the database was put back, before the workers are started."""

from typing import Any

from django.core.management.base import BaseCommand

from onboarding.services.restore import look_before_sending
from portal.tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "After the database was restored to an earlier point: every create that was submitted and is not done is"
        " looked for at BILL before it is sent, and imports that ran are paused. Run it before the workers are started;"
        " then read BILL's list on the page At BILL: it shows what was made after that point, and until it was read no"
        " row of an import begins."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        for tenant in Tenant.objects.order_by("slug"):
            found = look_before_sending(tenant.pk)
            total += found
            if found:
                self.stdout.write(f"{tenant.slug}: {found} steps are looked for at BILL first")
        self.stdout.write(f"{total} steps in all")
