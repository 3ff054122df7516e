"""The same company twice: asked about before it is created a second time, because BILL cannot delete it."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q

from onboarding.models import Onboarding
from onboarding.states import Status
from portal.lib import crypto
from portal.lib.actor import Actor


def tax_fingerprint(tenant_id: UUID, tax_id: str) -> bytes | None:
    """Equal for equal tax ids of one tenant; says nothing without the key."""
    return crypto.fingerprint(f"tax_id/{tenant_id}", tax_id) if tax_id else None


def twins_of(onboarding: Onboarding, values: Mapping[str, str]) -> list[Onboarding]:
    """Other onboardings of the tenant with this tax id or this name, newest first; cancelled ones do not count."""
    same = Q(name__iexact=values.get("name", ""))
    if found := tax_fingerprint(onboarding.tenant_id, values.get("tax_id", "")):
        same |= Q(tax_fingerprint=found)
    others = Onboarding.objects.filter(same, connection_id=onboarding.connection_id)
    others = others.exclude(pk=onboarding.pk).exclude(status=Status.CANCELLED.value)
    return list(others.order_by("-created_at")[:5])


def keep_company(actor: Actor, onboarding: Onboarding, values: Mapping[str, str]) -> bool:
    """Let the onboarding carry the name that is sent, and be found by its tax id."""
    onboarding.name = values["name"]
    onboarding.tax_fingerprint = tax_fingerprint(onboarding.tenant_id, values.get("tax_id", ""))
    onboarding.save(update_fields=["name", "tax_fingerprint"])
    return True
