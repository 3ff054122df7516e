"""Check the audit log's chains."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit.chain import all_chains, verify
from portal.lib.actor import PLATFORM
from portal.tenants.models import Tenant


class Command(BaseCommand):
    help = "Verify every chain of the audit log: exit 0 and a count, or 1 and the first bad entry of each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's chain")

    def handle(self, *args: Any, **options: Any) -> None:
        names = {tenant.pk: tenant.slug for tenant in Tenant.objects.all()}
        chains = all_chains()
        if slug := options["tenant"]:
            chains = [pk for pk in chains if names.get(pk) == slug]
            if not chains:
                raise CommandError(f"there is no tenant {slug}")
        verdicts = [verify(pk) for pk in chains]
        # A portal where nobody ever signed in has no entries of its own; a tenant always has its creation.
        verdicts = [
            v for v in verdicts if not (v.tenant_id == PLATFORM and v.entries == 0 and "no chain" in v.damage)
        ]
        if not verdicts:
            raise CommandError("there is no chain to verify")
        damaged = [verdict for verdict in verdicts if verdict.damage]
        for verdict in damaged:
            self.stderr.write(f"{_name(verdict.tenant_id, names)}: {verdict.damage}")
        entries = sum(verdict.entries for verdict in verdicts)
        self.stdout.write(f"{entries} entries in {len(verdicts)} chains, {len(damaged)} damaged")
        if damaged:
            sys.exit(1)


def _name(tenant_id: Any, names: dict[Any, str]) -> str:
    return (
        "platform" if tenant_id == PLATFORM else names.get(tenant_id, f"a tenant that is gone ({tenant_id})")
    )
