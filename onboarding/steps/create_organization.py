"""Step 2: create the organization. BILL has no idempotency key for it, and no way to delete it."""

from collections.abc import Mapping
from datetime import date, timedelta

from onboarding.bill.inputs import Address, CompanyOwner, NewOrganization
from onboarding.bill.outputs import Organization
from onboarding.engine.contracts import Absent, Begin, Done, Finding, Outcome, Run, StepDefinition, Undecided
from onboarding.gateway.bill import bill_for
from onboarding.gateway.outcomes import guarded, looking
from onboarding.models import Onboarding, Step
from onboarding.states import StepState
from portal.lib.tenancy import acting_for

# BILL's clock and ours may differ by this much.
CLOCK_SKEW = timedelta(minutes=2)


def organization_of(step: Run) -> NewOrganization:
    """The typed input as BILL's client takes it."""
    given = step.input
    same = given.get("mailing_same") == "on"
    return NewOrganization(
        name=given["name"],
        address=_address(given, ""),
        phone=given.get("phone", ""),
        mailing_address=None if same or not given.get("mailing_line1") else _address(given, "mailing_"),
        mailing_address_same_as_physical=same,
        company_owner=_owner(given.get("owner_name", ""), given.get("owner_birth", "")),
        tax_id=given.get("tax_id", ""),
        tax_id_type=given.get("tax_id_type", ""),
        industry=given.get("industry", ""),
        business_category=given.get("business_category", ""),
        account_type=given.get("account_type", ""),
    )


def _address(given: Mapping[str, str], prefix: str) -> Address:
    return Address(
        line1=given.get(f"{prefix}line1", ""),
        line2=given.get(f"{prefix}line2", ""),
        city=given.get(f"{prefix}city", ""),
        state_or_province=given.get(f"{prefix}state", ""),
        zip_or_postal_code=given.get(f"{prefix}zip", ""),
        country=given.get(f"{prefix}country", "") or "US",
    )


def _owner(name: str, birth: str) -> CompanyOwner | None:
    return CompanyOwner(name, date.fromisoformat(birth) if birth else None) if name else None


@guarded
def run(step: Run) -> Outcome:
    organization = organization_of(step)
    created = bill_for(step).as_partner(
        lambda client, session: client.create_organization(session=session, organization=organization)
    )
    return _done(step, created.id, created.name)


def following(given: Mapping[str, str]) -> Mapping[str, Begin]:
    """The price plan is a call of its own, which may fail without the organization being any less created."""
    plan = given.get("price_plan", "")
    return {"set_price_plan": Begin(timedelta(), {"price_plan": plan})} if plan else {}


def _done(step: Run, organization_id: str, name: str, note: str = "") -> Done:
    return Done(
        result={"id": organization_id, "name": name},
        onboarding={"bill_organization_id": organization_id},
        begins=following(step.input),
        note=note,
    )


@looking
def reconcile(step: Run) -> Finding:
    wanted = organization_of(step)
    taken = _ids_already_ours(step) | step.not_ours
    organizations = bill_for(step).as_partner(
        lambda client, session: [
            one for page in client.organization_pages(session=session) for one in page.items
        ]
    )
    fits = [
        one
        for one in organizations
        if one.id not in taken and _fits(one, wanted) and not _is_older(one, step)
    ]
    if not fits:
        return Absent()
    only = fits[0] if len(fits) == 1 else None
    if only and only.address and _is_newer(only, step) and not _another_looks_for(wanted, step):
        return _done(step, only.id, only.name, note="Found at BILL after the answer was lost, and adopted.")
    what = "one organization that fits" if only else "several organizations that fit"
    reason = f"BILL has {what}. Whether this onboarding created it cannot be told from BILL's data."
    return Undecided(reason, tuple(_candidate(one) for one in fits))


def _ids_already_ours(step: Run) -> set[str]:
    with acting_for(step.tenant_id):
        ours = Onboarding.objects.filter(connection_id=step.connection_id).exclude(bill_organization_id="")
        return set(ours.values_list("bill_organization_id", flat=True))


def _fits(found: Organization, wanted: NewOrganization) -> bool:
    """Same name and address; an address that BILL does not return excludes nothing."""
    if _folded(found.name) != _folded(wanted.name):
        return False
    return found.address is None or _place(found.address) == _place(wanted.address)


def _place(address: Address) -> tuple[str, str]:
    return _folded(address.line1), _folded(address.zip_or_postal_code)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_older(found: Organization, step: Run) -> bool:
    """It was there before we sent anything, so it is not ours."""
    return bool(
        found.created_time and step.first_sent_at and found.created_time < step.first_sent_at - CLOCK_SKEW
    )


def _is_newer(found: Organization, step: Run) -> bool:
    return bool(
        found.created_time and step.first_sent_at and found.created_time >= step.first_sent_at - CLOCK_SKEW
    )


def _another_looks_for(wanted: NewOrganization, step: Run) -> bool:
    """Two onboardings that may have created the same organization cannot both adopt it."""
    with acting_for(step.tenant_id):
        others = Step.objects.filter(
            key=step.key,
            onboarding__connection_id=step.connection_id,
            state__in=[StepState.RUNNING.value, StepState.UNKNOWN.value],
        ).exclude(pk=step.step_id)
        inputs = [other.input for other in others]
    return any(
        _folded(given.get("name", "")) == _folded(wanted.name)
        and _place(_address(given, "")) == _place(wanted.address)
        for given in inputs
    )


def _candidate(found: Organization) -> dict[str, str]:
    """What a person compares when the portal cannot decide."""
    address = found.address
    place = (
        [address.line1, address.line2, address.city, address.state_or_province, address.zip_or_postal_code]
        if address
        else []
    )
    return {
        "id": found.id,
        "name": found.name,
        "address": ", ".join(part for part in place if part),
        "phone": found.phone,
        "tax_id": found.tax_id,
        "created": f"{found.created_time:%-d %b %Y, %H:%M:%S %Z}" if found.created_time else "",
    }


STEP = StepDefinition(
    key="create_organization",
    title="Create organization",
    sentence="Creates the client's company as an organization at BILL. BILL offers no way to delete it.",
    button="Create organization at BILL",
    run=run,
    reconcile=reconcile,
    unrepeatable="create_organization",
    begins=following,
)
