"""Make a real tenant and its first owner."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from portal.accounts.models import Person
from portal.lib.actor import Actor, Kind, command
from portal.tenants.invitation import set_password_link
from portal.tenants.models import Tenant
from portal.tenants.roles import Role
from portal.tenants.services import add_staff, create_tenant


class Command(BaseCommand):
    help = "Make a tenant and its first owner; prints a link with which the owner sets a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name of the tenant: small letters, digits and dashes")
        parser.add_argument(
            "--owner", required=True, metavar="EMAIL", help="e-mail address of the first owner"
        )
        parser.add_argument("--name", default="", help="name of the tenant as people read it")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, email = options["slug"], options["owner"]
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,49}", slug):
            raise CommandError("the slug has small letters, digits and dashes only, at most 50")
        name = options["name"] or slug.replace("-", " ").title()
        try:
            Tenant._meta.get_field("name").clean(name, None)
        except ValidationError as error:
            raise CommandError(f"the name does not fit: {error.messages[0]}") from error
        try:
            Person._meta.get_field("email").clean(email, None)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address") from error
        actor = command("create_tenant")
        try:
            with transaction.atomic():
                tenant = create_tenant(actor=actor, slug=slug, name=name)
                scoped = Actor(kind=Kind.COMMAND, tenant_id=tenant.pk, name=actor.name)
                added = add_staff(actor=scoped, email=email, role=Role.OWNER)
        except IntegrityError as error:
            raise CommandError(f"there is a tenant {slug} already") from error
        self.stdout.write(f"{tenant.name} ({tenant.slug}) is ready.")
        if added.is_new:
            self.stdout.write(f"{email} sets a password here: {set_password_link(added.staff.person)}")
        else:
            self.stdout.write(f"{email} signs in as before.")
