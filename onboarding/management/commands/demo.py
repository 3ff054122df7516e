"""Two tenants to try the portal with."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from onboarding.models import Environment
from onboarding.services.connections import save_connection
from portal.lib.actor import Actor, Kind, command
from portal.tenants.models import Tenant
from portal.tenants.roles import Role
from portal.tenants.services import add_staff, create_tenant

PASSWORD = "onboarding-demo"
TENANTS = [
    ("northwind", "Northwind Bank", "ONE", "one"),
    ("contoso", "Contoso Accounting", "TWO", "two"),
]


class Command(BaseCommand):
    help = "Make two tenants with staff of every role and a connection to the simulator, unless they exist."

    def handle(self, *args: Any, **options: Any) -> None:
        for slug, name, upper, lower in TENANTS:
            if not Tenant.objects.filter(slug=slug).exists():
                with transaction.atomic():
                    _make(slug, name, upper, lower)
            self.stdout.write(f"{name}: " + ", ".join(f"{role.value}@{slug}.example" for role in Role))
        self.stdout.write(f"The password of all of them: {PASSWORD}")


def _make(slug: str, name: str, upper: str, lower: str) -> None:
    tenant = create_tenant(actor=command("demo"), slug=slug, name=name)
    actor = Actor(kind=Kind.COMMAND, tenant_id=tenant.pk, name="manage.py demo")
    for role in Role:
        person = f"{role.value.capitalize()} of {name.split()[0]}"
        add_staff(
            actor=actor, email=f"{role.value}@{slug}.example", role=role, name=person, password=PASSWORD
        )
    save_connection(
        actor=actor,
        environment=Environment.SIMULATOR.value,
        username=f"partner.{lower}@example.com",
        password=f"simulator-{lower}",
        app_key=f"SIM-APP-KEY-{upper}",
        dev_key=f"SIM-DEV-KEY-{upper}",
    )
