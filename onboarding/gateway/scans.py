"""Reading BILL's list of organizations: one scan serves all that wait for one.

A scan lives in the database, because a long list takes longer than one lease: whoever takes it up goes on where the
last executor stopped, in any process. No `filters` are used: which ones BILL knows is not documented, and a filter that
is ignored or misread would look like an absence.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from onboarding.bill.errors import BillError, BillNotReached, BillRefused, LimitReached
from onboarding.bill.inputs import ListQuery
from onboarding.bill.outputs import Organization, Page
from onboarding.engine.timing import CALL_CAP, LEASE
from onboarding.gateway.bill import Bill
from onboarding.models import Connection, ListedOrganization, Scan, ScanState
from portal.lib import clock
from portal.lib.tenancy import acting_for

A_MOMENT = timedelta(seconds=1)
# How long one executor reads before it gives others their turn.
SLICE = timedelta(seconds=15)
assert LEASE > SLICE + CALL_CAP
# A scan is as good as new for a few seconds after its end, and a long one for half of the time that it took.
FRESH = timedelta(seconds=3)
LEFT_ALONE = timedelta(minutes=5)
MOST_PAGES = 2000
MOST_FAILURES = 5
# Scans may use this much of the hour's calls: behind a long scan the next one waits.
SHARE = 4
HOUR = timedelta(hours=1)
ENDED_WELL = (ScanState.WHOLE.value, ScanState.HOLED.value)


@dataclass(frozen=True)
class NotYet:
    """There is no scan to go by so far; ask again after `wait`."""

    wait: timedelta
    words: str


class ScanLost(RuntimeError):
    """Another executor reads on."""


def read_since(bill: Bill, since: datetime) -> Scan | NotYet:
    """The newest scan, ended and begun at `since` or later; reads on for a while where there is none.

    Only one that is WHOLE proves that something is absent. What goes wrong at BILL is raised, and the next reader goes
    on at the page that failed.
    """
    with acting_for(bill.connection.tenant_id):
        scan = _to_go_by(bill.connection, since)
    if isinstance(scan, NotYet) or scan.state != ScanState.READING:
        return scan
    read = _read_on(bill, scan)
    if isinstance(read, Scan) and read.began_at < since:
        return NotYet(A_MOMENT, "BILL's list is read once more.")
    return read


def scans_of(connection: Connection) -> QuerySet[Scan]:
    """The scans made with the credentials that the connection has now."""
    return Scan.objects.filter(connection_id=connection.pk, account=connection.account)


def newest_scan(connection: Connection) -> Scan | None:
    return scans_of(connection).order_by("-began_at").first()


def whole_scans(scan: Scan, since: datetime) -> int:
    """How many whole scans, this one included, began after that moment."""
    whole = Scan.objects.filter(
        connection_id=scan.connection_id,
        account=scan.account,
        state=ScanState.WHOLE.value,
        began_at__range=(since, scan.began_at),
    )
    return whole.count()


def rest_after(scan: Scan) -> datetime:
    """When the calls of this scan leave room for another one."""
    limit = settings.BILL_LIMITS["calls"]
    rest = scan.pages * SHARE * HOUR / limit if limit else timedelta()
    return (scan.ended_at or scan.began_at) + rest


def _to_go_by(connection: Connection, since: datetime) -> Scan | NotYet:
    now, newest = clock.now(), newest_scan(connection)
    if newest and newest.state == ScanState.READING:
        if newest.lease_until and newest.lease_until > now:
            return _being_read(newest)
        if now - (newest.lease_until or newest.began_at) <= LEFT_ALONE:
            return _take(newest)
    elif newest:
        if newest.began_at >= since and _is_fresh(newest, now):
            return newest
        if rest_after(newest) > now:
            return NotYet(rest_after(newest) - now, "BILL's list is long; reading it again has to wait.")
    # What is left alone, or was begun with other credentials, is not read on.
    Scan.objects.filter(connection_id=connection.pk, state=ScanState.READING.value).filter(
        Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    ).update(state=ScanState.BROKEN.value, ended_at=now, lease_token=None, lease_until=None)
    return _begin(connection)


def _being_read(scan: Scan) -> NotYet:
    so_far = f": {scan.found:,} organizations so far" if scan.found else ""
    return NotYet(A_MOMENT, f"BILL's list is being read{so_far}.")


def _is_fresh(scan: Scan, now: datetime) -> bool:
    ended_at = scan.ended_at or scan.began_at
    return now - ended_at <= max(FRESH, (ended_at - scan.began_at) / 2)


def _begin(connection: Connection) -> Scan | NotYet:
    now = clock.now()
    try:
        with transaction.atomic():
            return Scan.objects.create(
                tenant_id=connection.tenant_id,
                connection=connection,
                account=connection.account,
                began_at=now,
                lease_token=uuid.uuid4(),
                lease_until=now + LEASE,
            )
    except IntegrityError:
        return NotYet(A_MOMENT, "BILL's list is being read.")


def _take(scan: Scan) -> Scan | NotYet:
    now, token = clock.now(), uuid.uuid4()
    free = Scan.objects.filter(pk=scan.pk, lease_token=scan.lease_token, state=ScanState.READING.value)
    if not free.update(lease_token=token, lease_until=now + LEASE):
        return _being_read(scan)
    scan.lease_token, scan.lease_until = token, now + LEASE
    return scan


def _read_on(bill: Bill, scan: Scan) -> Scan | NotYet:
    stop_at = time.monotonic() + SLICE.total_seconds()
    try:
        while True:
            _keep(scan, _page(bill, ListQuery(page=scan.next_page)))
            if scan.state != ScanState.READING:
                return scan
            if time.monotonic() >= stop_at:
                return _being_read(scan)
    except ScanLost:
        return _being_read(scan)
    except BillError as error:
        _count_failure(scan, error)
        raise
    finally:
        _let_go(scan)


def _page(bill: Bill, query: ListQuery) -> Page[Organization]:
    return bill.as_partner(
        lambda client, session: client.list_partner_organizations(session=session, query=query)
    )


def _keep(scan: Scan, page: Page[Organization]) -> None:
    """Commit a page. Nothing of it counts unless the scan is still ours."""
    listed = {one.id: listed_as(scan, one) for one in page.items}  # a page may name one twice
    with acting_for(scan.tenant_id):
        pages = scan.pages + 1
        mark = page.next_page if pages & (pages - 1) == 0 else scan.mark
        progress = {
            "pages": pages,
            "found": scan.found + len(listed),
            "next_page": page.next_page,
            "mark": mark,
        }
        is_circle = page.next_page and page.next_page in (scan.mark, scan.next_page)
        _update(scan, **progress, failures=0, lease_until=clock.now() + LEASE)
        ListedOrganization.objects.bulk_create(
            listed.values(),
            update_conflicts=True,
            unique_fields=["tenant", "connection", "bill_id"],
            update_fields=["scan", "name", "folded", "details", "created_time"],
        )
        if is_circle:
            _end(scan, ScanState.BROKEN)
        elif not page.next_page:
            _end(scan, ScanState.HOLED if _has_holes(scan) else ScanState.WHOLE)
        elif pages >= MOST_PAGES:
            _end(scan, ScanState.TOO_LONG)


def listed_as(scan: Scan, found: Organization) -> ListedOrganization:
    """The row of an organization that this scan shows, not yet written."""
    address = found.address
    place = address and {
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "state": address.state_or_province,
        "zip": address.zip_or_postal_code,
        "country": address.country,
    }
    return ListedOrganization(
        tenant_id=scan.tenant_id,
        connection_id=scan.connection_id,
        scan=scan,
        bill_id=found.id,
        name=found.name[:400],
        folded=folded(found.name)[:400],
        created_time=found.created_time,
        first_seen_at=clock.now(),
        details={
            "address": place,
            "phone": found.phone,
            "tax_id": found.tax_id,
            "tax_id_type": found.tax_id_type,
            "industry": found.industry,
            "business_category": found.business_category,
            "account_type": found.account_type,
            "archived": bool(found.archived),
        },
    )


def folded(text: str) -> str:
    """Names and addresses compare without regard to case and spaces."""
    return " ".join(text.casefold().split())


def _has_holes(scan: Scan) -> bool:
    """BILL deletes no organization: what the scan before showed and this one did not was skipped while paging."""
    ended = Scan.objects.filter(connection_id=scan.connection_id, account=scan.account, state__in=ENDED_WELL)
    before = ended.order_by("-began_at").first()
    return bool(before) and ListedOrganization.objects.filter(scan=before).exists()


def _update(scan: Scan, **fields: object) -> None:
    ours = Scan.objects.filter(pk=scan.pk, lease_token=scan.lease_token, state=ScanState.READING.value)
    if not ours.update(**fields):
        raise ScanLost
    for name, value in fields.items():
        setattr(scan, name, value)


def _end(scan: Scan, state: ScanState) -> None:
    found = ListedOrganization.objects.filter(scan=scan).count()
    _update(scan, state=state.value, ended_at=clock.now(), found=found, next_page="", mark="")


def _count_failure(scan: Scan, error: BillError) -> None:
    """A page that BILL refuses, or fails at again and again, ends the scan; the next one begins anew."""
    if isinstance(error, LimitReached | BillNotReached):
        return
    with acting_for(scan.tenant_id):
        ours = Scan.objects.filter(pk=scan.pk, lease_token=scan.lease_token, state=ScanState.READING.value)
        ours.update(failures=F("failures") + 1)
        worn_out = Q() if isinstance(error, BillRefused) else Q(failures__gte=MOST_FAILURES)
        ours.filter(worn_out).update(state=ScanState.BROKEN.value, ended_at=clock.now())


def _let_go(scan: Scan) -> None:
    with acting_for(scan.tenant_id):
        Scan.objects.filter(pk=scan.pk, lease_token=scan.lease_token).update(
            lease_token=None, lease_until=clock.now()
        )
