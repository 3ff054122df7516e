"""Rows that would take a whole journey to make, for tests that only look at pages."""

from datetime import timedelta

from onboarding.bill.outputs import Organization
from onboarding.gateway.scans import account_of, listed_as
from onboarding.models import (
    BillSession,
    Grant,
    ListedOrganization,
    Onboarding,
    Purpose,
    Scan,
    ScanState,
    Scope,
    SessionState,
)
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.world import Partner


def make_grant(partner: Partner, onboarding: Onboarding, scope: Scope = Scope.STAFF) -> Grant:
    now = clock.now()
    with acting_for(partner.pk):
        grant = Grant.objects.create(
            tenant_id=partner.pk,
            onboarding=onboarding,
            scope=scope.value,
            given_by="Tomato Soupsmith",
            given_on=now.date(),
            how="by_email",
            attested_by=partner.staff[Role.OPERATOR],
            recorded_at=now,
        )
        Onboarding.objects.filter(pk=onboarding.pk).update(grant=grant)
        return grant


def make_session(
    partner: Partner, onboarding: Onboarding, role: Role, minutes: int = 15, **more: object
) -> BillSession:
    """An open login-as-user session of this person, as if BILL had given it."""
    grant, now = make_grant(partner, onboarding), clock.now()
    values = {"state": SessionState.OPEN.value, "secret": "S-never-in-a-page", **more}
    with acting_for(partner.pk):
        return BillSession.objects.create(
            tenant_id=partner.pk,
            connection=partner.connection,
            purpose=Purpose.STAFF.value,
            onboarding=onboarding,
            opening_until=now,
            opened_at=now,
            used_at=now,
            staff=partner.staff[role],
            grant=grant,
            reason="Check the set-up with the client",
            expires_at=now + timedelta(minutes=minutes),
            bill_organization_id="008TEST",
            bill_user_id="006TEST",
            **values,
        )


def make_listed(partner: Partner, name: str = "Stray Inc") -> ListedOrganization:
    """An organization of BILL's list, as if a scan had shown it."""
    now = clock.now()
    with acting_for(partner.pk):
        scan = Scan.objects.create(
            tenant_id=partner.pk,
            connection=partner.connection,
            account=account_of(partner.connection),
            state=ScanState.WHOLE.value,
            began_at=now,
            ended_at=now,
            found=1,
        )
        found = Organization(f"008{name.casefold().replace(' ', '')}", name, phone="4085550132")
        row = listed_as(scan, found)
        row.save(force_insert=True)
        return row
