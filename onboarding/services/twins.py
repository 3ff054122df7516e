"""The same company twice: asked about before it is created a second time, because BILL cannot delete it."""

import re
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


def company_fingerprint(tenant_id: UUID, values: Mapping[str, str]) -> bytes | None:
    """Equal for the same name, street and ZIP code of one tenant, however they are spaced or capitalised."""
    parts = [_folded(values.get(name, "")) for name in ("name", "line1", "zip")]
    # A ZIP code with its four further digits is the same place.
    parts[2] = parts[2][:5]
    return crypto.fingerprint(f"company/{tenant_id}", "\n".join(parts)) if all(parts) else None


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())


def twins_of(onboarding: Onboarding, values: Mapping[str, str]) -> list[Onboarding]:
    """Other onboardings with this tax id, name, or name and address, newest first; cancelled ones do not count."""
    same = Q(name__iexact=values.get("name", ""))
    if tax := tax_fingerprint(onboarding.tenant_id, values.get("tax_id", "")):
        same |= Q(tax_fingerprint=tax)
    if company := company_fingerprint(onboarding.tenant_id, values):
        same |= Q(company_fingerprint=company)
    others = Onboarding.objects.filter(same, connection_id=onboarding.connection_id)
    others = others.exclude(pk=onboarding.pk).exclude(status=Status.CANCELLED.value)
    return list(others.order_by("-created_at")[:5])


def keep_company(actor: Actor, onboarding: Onboarding, values: Mapping[str, str]) -> bool:
    """Let the onboarding carry the name that is sent, and be found by its tax id and its address."""
    describe(onboarding, values)
    onboarding.save(update_fields=["name", "tax_fingerprint", "company_fingerprint"])
    return True


def describe(onboarding: Onboarding, values: Mapping[str, str]) -> None:
    """The company's name and fingerprints, not yet written."""
    onboarding.name = values["name"]
    onboarding.tax_fingerprint = tax_fingerprint(onboarding.tenant_id, values.get("tax_id", ""))
    onboarding.company_fingerprint = company_fingerprint(onboarding.tenant_id, values)
