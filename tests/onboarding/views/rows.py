"""Rows that would take a whole journey to make, for tests that only look at pages."""

from datetime import timedelta

from onboarding.bill.outputs import Organization
from onboarding.gateway.scans import listed_as
from onboarding.models import (
    Acceptance,
    BillSession,
    Branding,
    Contact,
    Grant,
    ListedOrganization,
    Mfa,
    MfaState,
    Objection,
    Onboarding,
    Purpose,
    Scan,
    ScanState,
    Scope,
    SessionState,
    Visit,
)
from onboarding.models.trust import REMEMBERED_FOR
from onboarding.services.contacts import inviting, visits
from onboarding.services.contacts.inviting import Invited
from portal.lib import clock
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.world import Partner


def make_grant(partner: Partner, onboarding: Onboarding, scope: Scope = Scope.STAFF, **more: object) -> Grant:
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
            **more,
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
            account=partner.connection.account,
            state=ScanState.WHOLE.value,
            began_at=now,
            ended_at=now,
            found=1,
        )
        found = Organization(f"008{name.casefold().replace(' ', '')}", name, phone="4085550132")
        row = listed_as(scan, found)
        row.save(force_insert=True)
        return row


def make_contact(
    partner: Partner,
    onboarding: Onboarding,
    name: str = "Tomato Soupsmith",
    email: str = "tomato@rice.example",
) -> Contact:
    """The organization's admin, who was sent a link."""
    invited = inviting.name_contact(
        actor=partner.actor(Role.OWNER), onboarding=onboarding, name=name, email=email
    )
    assert isinstance(invited, Invited), invited
    return invited.contact


def make_visit(partner: Partner, contact: Contact) -> Visit:
    """The contact on a device, as if they had opened the link and entered the code."""
    now = clock.now()
    with acting_for(partner.pk):
        invitation = contact.invitations.order_by("-made_at")[0]
        return Visit.objects.create(
            tenant_id=partner.pk,
            contact=contact,
            invitation=invitation,
            key_hash=visits.hash_of(f"key of {contact.pk}"),
            began_at=now,
            expires_at=now + timedelta(hours=8),
            confirmed_at=now,
        )


def make_objection(
    partner: Partner, contact: Contact, said: str = "We moved to 1 New Street", item: str = "address"
) -> Objection:
    """What the contact says is wrong."""
    with acting_for(partner.pk):
        return Objection.objects.create(
            tenant_id=partner.pk,
            onboarding_id=contact.onboarding_id,
            contact=contact,
            item=item,
            said=said,
            made_at=clock.now(),
        )


def make_mfa(partner: Partner, onboarding: Onboarding) -> Mfa:
    """A device that BILL remembers."""
    now = clock.now()
    with acting_for(partner.pk):
        return Mfa.objects.create(
            tenant_id=partner.pk,
            onboarding=onboarding,
            state=MfaState.TRUSTED.value,
            trusted_at=now,
            trusted_until=now + REMEMBERED_FOR,
            remind_at=now + REMEMBERED_FOR,
        )


def make_branding(partner: Partner, colour: str = "#1f5eff") -> Branding:
    with acting_for(partner.pk):
        return Branding.objects.create(
            tenant_id=partner.pk,
            name=f"{partner.tenant.name} Accounting",
            colour=colour,
            changed_at=clock.now(),
            changed_by=partner.staff[Role.OWNER],
        )


def make_document(
    partner: Partner, onboarding: Onboarding, content: bytes = b"%PDF-1.7 signed", **more: object
) -> Acceptance:
    """An acceptance that staff attest, with the document that shows it."""
    now = clock.now()
    with acting_for(partner.pk):
        acceptance = Acceptance.objects.create(
            tenant_id=partner.pk,
            onboarding=onboarding,
            accepted_by="Tomato Soupsmith",
            accepted_on=now.date(),
            how="signed_document",
            attested_by=partner.staff[Role.OPERATOR],
            recorded_at=now,
            document=content,
            document_name="signed.pdf",
            **more,
        )
        Onboarding.objects.filter(pk=onboarding.pk).update(acceptance=acceptance)
        return acceptance
