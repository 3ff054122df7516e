"""Making tenants and adding staff to them."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from portal.accounts.models import Person
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for
from portal.tenants.models import Staff, Tenant
from portal.tenants.roles import Role


@dataclass(frozen=True)
class Added:
    """A person added to a tenant; `is_new` when they had no sign-in before."""

    staff: Staff
    is_new: bool


def create_tenant(*, actor: Actor, slug: str, name: str) -> Tenant:
    """Make a tenant. IntegrityError when the slug is taken."""
    tenant = Tenant(slug=slug, name=name)
    with acting_for(tenant.pk):
        tenant.save(force_insert=True)
        scoped = Actor(kind=actor.kind, tenant_id=tenant.pk, name=actor.name)
        record(
            actor=scoped,
            tag=Tag.TENANT_CREATED,
            target=("tenant", str(tenant.pk)),
            fields={"name": name, "slug": slug},
        )
    return tenant


def add_staff(*, actor: Actor, email: str, role: Role, name: str = "", password: str | None = None) -> Added:
    """Give a person a role at the actor's tenant; a person who is new gets a sign-in without a password."""
    email = email.strip().lower()
    with acting_for(actor.tenant_id):
        person = Person.objects.filter(email=email).first()
        is_new = person is None
        if person is None:
            person = Person.objects.create_user(email, password, name=name)
            EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
        staff, _ = Staff.objects.update_or_create(
            tenant_id=actor.tenant_id, person=person, defaults={"role": role.value, "is_active": True}
        )
        fields = {"email": email, "role": role.value}
        record(actor=actor, tag=Tag.STAFF_ADDED, target=("staff", str(staff.pk)), fields=fields)
    return Added(staff, is_new)
