"""Give a person a role at a tenant."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts.models import Person
from portal.lib.actor import command
from portal.tenants.invitation import set_password_link
from portal.tenants.models import Tenant
from portal.tenants.roles import Role
from portal.tenants.services import add_staff


class Command(BaseCommand):
    help = "Give a person a role at a tenant, or another role; prints a link to set a password when they are new."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name of the tenant")
        parser.add_argument("email", help="e-mail address of the person")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--name", default="", help="the person's name, when they are new")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["slug"]).first()
        if tenant is None:
            raise CommandError(f"there is no tenant {options['slug']}")
        email = options["email"]
        try:
            Person._meta.get_field("email").clean(email, None)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address") from error
        actor = command("add_staff", tenant.pk)
        added = add_staff(actor=actor, email=email, role=Role(options["role"]), name=options["name"])
        self.stdout.write(f"{email} is {options['role']} at {tenant.name}.")
        if added.is_new:
            self.stdout.write(f"{email} sets a password here: {set_password_link(added.staff.person)}")
