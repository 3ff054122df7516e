"""What the tenant's owner decides about the admins' pages: how they look, and what staff may attest."""

from onboarding.models import Branding, Connection
from onboarding.services.onboardings import staff_of
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, masking
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for


def save_branding(
    *,
    actor: Actor,
    name: str,
    colour: str,
    email: str = "",
    logo: bytes | None = None,
    no_logo: bool = False,
) -> Branding:
    """Name, colour, where to write to, and a PNG as the logo; without one, the known one stays unless it goes."""
    with acting_for(actor.tenant_id):
        now, me = clock.now(), staff_of(actor)
        shown = {"name": name, "colour": colour, "email": email}
        given = {**shown, "changed_at": now, "changed_by": me}
        saved = Branding.objects.select_for_update(of=("self",))
        branding, is_new = saved.get_or_create(tenant_id=actor.tenant_id, defaults=given)
        before = {} if is_new else _told(branding)
        branding.name, branding.colour, branding.email = name, colour, email
        if logo or no_logo:
            branding.logo, branding.logo_type = logo, "image/png" if logo else ""
        after = {**_told(branding), **({"logo": "replaced"} if logo else {})}
        if after == before:
            return branding
        branding.changed_at, branding.changed_by = now, me
        branding.save()
        record(
            actor=actor,
            tag=Tag.BRANDING_CHANGED,
            target=("branding", str(branding.pk)),
            before=before,
            after=after,
        )
    return branding


def _told(branding: Branding) -> dict[str, str]:
    return {
        "name": branding.name,
        "colour": branding.colour,
        "email": masking.email(branding.email) if branding.email else "none",
        "logo": "set" if branding.logo else "none",
    }


def set_attestation(*, actor: Actor, connection: Connection, allowed: bool) -> None:
    """Whether staff may attest what the admin did elsewhere, in this environment."""
    with acting_for(actor.tenant_id):
        known = Connection.objects.select_for_update().get(pk=connection.pk)
        if known.may_attest == allowed:
            return
        told = {"environment": known.environment, "was": _word(known.may_attest), "now": _word(allowed)}
        known.attestation = allowed
        known.save(update_fields=["attestation"])
        record(actor=actor, tag=Tag.ATTESTATION_CHANGED, target=("connection", str(known.pk)), fields=told)


def _word(allowed: bool) -> str:
    return "allowed" if allowed else "not allowed"
