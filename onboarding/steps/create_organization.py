"""Step 2: create the organization. BILL has no idempotency key for it, and no way to delete it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from onboarding.bill.inputs import Address, CompanyOwner, NewOrganization
from onboarding.engine.contracts import (
    Absent,
    Begin,
    Done,
    Finding,
    Outcome,
    RetryLater,
    Run,
    StepDefinition,
    Undecided,
)
from onboarding.gateway.absence import decided_by_person, last_sent, not_there, quiet_until
from onboarding.gateway.bill import bill_for
from onboarding.gateway.listed import (
    candidate,
    fits,
    given_of,
    is_newer,
    is_same_company,
    named,
    was_there_before,
)
from onboarding.gateway.outcomes import guarded, looking, retry_after
from onboarding.gateway.scans import NotYet, read_since, whole_scans
from onboarding.models import ListedOrganization, Onboarding, Scan, ScanState, Step
from onboarding.states import StepState
from portal.lib import clock
from portal.lib.tenancy import acting_for

ELSEWHERE = (
    "BILL has an organization of this name that is as new as ours, at another address. Whether it is ours cannot be "
    "told from BILL's data."
)
ADOPTED = "Found at BILL after the answer was lost, and adopted."
NOT_WHOLE = {
    ScanState.HOLED: "BILL's list left out organizations that it had shown before.",
    ScanState.BROKEN: "BILL's list of organizations could not be read to its end.",
    ScanState.TOO_LONG: "BILL's list of organizations is longer than the portal reads.",
}


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
    # After a database was put back the Attempt may be missing: what was there before the submission is not ours.
    sent_at = step.first_sent_at or step.submitted_at or step.taken_at
    bill, last_sent_at, quiet = bill_for(step), last_sent(step), quiet_until(step)
    scan = read_since(bill, last_sent_at)
    if isinstance(scan, Scan) and scan.began_at < quiet <= step.taken_at and not _seen(step, scan, sent_at):
        # Any scan since the create may find it; what proves an absence is read after the quiet period.
        scan = read_since(bill, quiet)
    if isinstance(scan, NotYet):
        return RetryLater(scan.wait, scan.words, paced=True)
    with acting_for(step.tenant_id):
        fits = _fitting(step, scan, sent_at)
        only = fits[0] if len(fits) == 1 else None
        is_ours = bool(
            only and only.details["address"] and is_newer(only, sent_at) and not _another_looks_for(step)
        )
        near = [] if fits else _near(step, scan, sent_at)
        looks = whole_scans(scan, since=last_sent_at)
    if scan.state != ScanState.WHOLE:
        return _not_all_seen(step, scan, fits)
    if near:
        return Undecided(ELSEWHERE, tuple(candidate(one) for one in near))
    if not fits:
        return not_there(step, organization_of(step).payload(), looks=looks)
    if only and is_ours:
        return _done(step, only.bill_id, only.name, note=ADOPTED)
    what = "one organization that fits" if only else "several organizations that fit"
    reason = f"BILL has {what}. Whether this onboarding created it cannot be told from BILL's data."
    return Undecided(reason, tuple(candidate(one) for one in fits))


def _seen(step: Run, scan: Scan, sent_at: datetime) -> bool:
    with acting_for(step.tenant_id):
        return bool(_fitting(step, scan, sent_at))


def _fitting(step: Run, scan: Scan, sent_at: datetime) -> list[ListedOrganization]:
    """Of this name and place, nobody's, and not there before we sent anything."""
    return [
        one for one in _nobodys(step, scan) if fits(one, step.input) and not was_there_before(one, sent_at)
    ]


def _nobodys(step: Run, scan: Scan) -> list[ListedOrganization]:
    """Of this name, held by no onboarding, and rejected by nobody."""
    found = [one for one in named(scan, step.input["name"]) if one.bill_id not in step.not_ours]
    ids = [one.bill_id for one in found]
    ours = Onboarding.objects.filter(connection_id=step.connection_id, bill_organization_id__in=ids)
    held = set(ours.values_list("bill_organization_id", flat=True))
    return [one for one in found if one.bill_id not in held]


def _near(step: Run, scan: Scan, sent_at: datetime) -> list[ListedOrganization]:
    """Of this name at another address, new, and nobody's: BILL may have written our address in its own way."""
    return [
        one
        for one in _nobodys(step, scan)
        if is_newer(one, sent_at)
        and not was_there_before(one, sent_at)
        and not looking_for(step.connection_id, given_of(one), besides=step.step_id)
    ]


def _not_all_seen(step: Run, scan: Scan, found: list[ListedOrganization]) -> Finding:
    """What was not seen whole proves neither that it is absent nor that there is only one."""
    why = NOT_WHOLE[ScanState(scan.state)]
    if found:
        reason = f"{why} It does show what fits; whether this onboarding created it cannot be told."
        return Undecided(reason, tuple(candidate(one) for one in found))
    if clock.now() >= quiet_until(step) and decided_by_person(step):
        return Absent("A person decided that BILL does not have it; it is sent again.")
    if scan.state == ScanState.TOO_LONG:
        return Undecided(why, ())
    return RetryLater(retry_after(step.tries), why)


def _another_looks_for(step: Run) -> bool:
    """Two onboardings that may have created the same organization cannot both adopt it."""
    return bool(looking_for(step.connection_id, step.input, besides=step.step_id))


def looking_for(
    connection_id: UUID,
    given: Mapping[str, str],
    *,
    besides: UUID | str = "",
    states: Collection[StepState] = (StepState.RUNNING, StepState.UNKNOWN),
) -> list[UUID]:
    """Onboardings that may have sent this company, and do not know yet what became of it."""
    others = Step.objects.filter(
        key=STEP.key,
        onboarding__connection_id=connection_id,
        state__in=[state.value for state in states],
    )
    others = others.exclude(pk=besides) if besides else others
    return [other.onboarding_id for other in others if is_same_company(other.input, given)]


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
