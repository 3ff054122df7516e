"""What the scans of BILL's list have shown: candidates for one onboarding, and organizations that none holds."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from onboarding.gateway.scans import folded
from onboarding.models import Connection, ListedOrganization, Onboarding, Scan, ScanState

# BILL's clock and ours may differ by this much, for what is adopted because it is new.
CLOCK_SKEW = timedelta(minutes=2)
# By a clock alone nothing is left out that is not older than any clock or time zone can be wrong.
LONG_BEFORE = timedelta(days=1)
# A scan this much before a create shows what was there already; an older one leaves room for somebody else's.
EARLIER = timedelta(hours=1)
ABOUT = ("industry", "business_category", "account_type")


def in_scan(scan: Scan) -> QuerySet[ListedOrganization]:
    return ListedOrganization.objects.filter(connection_id=scan.connection_id, scan=scan)


def named(scan: Scan, name: str) -> list[ListedOrganization]:
    """The organizations of this name that the scan showed."""
    found = in_scan(scan).filter(folded=folded(name)[:400])
    return list(found.select_related("scan").order_by("first_seen_at", "bill_id"))


def shown(connection: Connection) -> QuerySet[ListedOrganization]:
    """Every organization that the connection's own credentials have shown."""
    return ListedOrganization.objects.filter(connection_id=connection.pk, scan__account=connection.account)


def strays(connection: Connection) -> QuerySet[ListedOrganization]:
    """Organizations at BILL that no onboarding holds."""
    held = Onboarding.objects.filter(
        connection_id=connection.pk, bill_organization_id=OuterRef("bill_id")
    ).exclude(bill_organization_id="")
    return shown(connection).filter(~Exists(held))


def strays_like(connection: Connection, given: Mapping[str, str]) -> list[ListedOrganization]:
    """Organizations of this name and address that no onboarding holds."""
    found = strays(connection).filter(folded=folded(given.get("name", ""))[:400])[:10]
    return [one for one in found if fits(one, given)]


def is_held(listed: ListedOrganization) -> bool:
    """Whether an onboarding holds it."""
    return holders([listed]) != {}


def holders(listed: Iterable[ListedOrganization]) -> dict[str, Onboarding]:
    """The onboardings that hold them, by BILL's id."""
    rows = list(listed)
    ids = [one.bill_id for one in rows]
    connections = {one.connection_id for one in rows}
    found = Onboarding.objects.filter(connection_id__in=connections, bill_organization_id__in=ids)
    return {one.bill_organization_id: one for one in found}


def given_of(listed: ListedOrganization) -> dict[str, str]:
    """What BILL has, under the names of the form's fields. A tax id that BILL masks is none."""
    details = listed.details
    tax_id = details["tax_id"] if re.fullmatch(r"\d{9}", details["tax_id"]) else ""
    told = {"tax_id": tax_id, **{name: details[name] for name in ("phone", "tax_id_type", *ABOUT)}}
    return {"name": listed.name, **(details["address"] or {}), **told}


def was_there_before(found: ListedOrganization, moment: datetime) -> bool:
    """Whether BILL had it then: because a scan showed it, or by far by BILL's clock."""
    by_bills_clock = found.created_time is not None and found.created_time < moment - LONG_BEFORE
    return by_bills_clock or found.first_seen_at < moment


def is_newer(found: ListedOrganization, moment: datetime) -> bool:
    """Whether it is proved that BILL made it since then: by BILL's clock, or by a scan that did not show it yet."""
    if found.created_time:
        return found.created_time >= moment - CLOCK_SKEW
    earlier = Scan.objects.filter(
        connection_id=found.connection_id,
        state=ScanState.WHOLE.value,
        account=found.scan.account,
        began_at__gte=moment - EARLIER,
        ended_at__lt=found.first_seen_at,
    )
    return earlier.exists()


def is_same_company(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Same name and address, as typed."""
    return folded(one.get("name", "")) == folded(other.get("name", "")) and _place(one) == _place(other)


def fits(found: ListedOrganization, given: Mapping[str, str]) -> bool:
    """Same name and address; an address that BILL does not return excludes nothing."""
    if folded(found.name) != folded(given.get("name", "")):
        return False
    return not found.details["address"] or _place(found.details["address"]) == _place(given)


def _place(given: Mapping[str, str]) -> tuple[str, str]:
    # BILL may answer with the nine digits of a ZIP code of which it was told five.
    return folded(given.get("line1", "")), folded(given.get("zip", ""))[:5]


def candidate(found: ListedOrganization) -> dict[str, str]:
    """What a person compares when the portal cannot decide, under the names of the form's fields."""
    details = found.details
    told = {name: details[name] for name in ("phone", "tax_id", "tax_id_type", *ABOUT) if details[name]}
    created = {"created": found.created_time.isoformat()} if found.created_time else {}
    return {
        "id": found.bill_id,
        "name": found.name,
        **(details["address"] or {}),
        **told,
        **created,
        "first_seen": found.first_seen_at.isoformat(),
    }
