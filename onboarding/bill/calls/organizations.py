"""Organizations."""

from collections.abc import Iterator

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import (
    FIRST_PAGE,
    ListQuery,
    NewOrganization,
    OrganizationChanges,
    PricePlanName,
)
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import PRICE_PLAN_FIELD, Organization, Page, PricePlan
from onboarding.bill.paging import every_page, page_of
from onboarding.bill.reading import UnreadableError, clean
from onboarding.bill.sessions import OrganizationSession, PartnerSession

_PATH = "/v3/partner/organizations"


class OrganizationCalls(Caller):
    """BILL offers no way to delete an organization, and keeps two of the same name apart."""

    def create_organization(self, *, session: PartnerSession, organization: NewOrganization) -> Organization:
        """Create an organization; after BillOutcomeUnknown look for it before sending again."""
        message = Message(
            operation="create_organization",
            method="POST",
            path=_PATH,
            headers=self._partner(session),
            body=organization.payload(),
        )
        return self._change(message, Organization.created, bill_id=lambda organization: organization.id)

    def list_partner_organizations(
        self, *, session: PartnerSession, query: ListQuery = FIRST_PAGE
    ) -> Page[Organization]:
        """One page of the partner's organizations."""
        message = Message(
            "list_partner_organizations", "GET", _PATH, self._partner(session), params=query.params()
        )
        return self._read(message, lambda document: page_of(document, Organization.found))

    def organization_pages(
        self, *, session: PartnerSession, query: ListQuery = FIRST_PAGE
    ) -> Iterator[Page[Organization]]:
        """All pages, one call each; the list is whole only when the iteration ends without an error."""
        return every_page(
            lambda part: self.list_partner_organizations(session=session, query=part),
            query,
            "list_partner_organizations",
        )

    def get_organization(self, *, session: OrganizationSession) -> Organization:
        """The session's own organization; its user must be an administrator."""
        path = path_of("v3", "organizations", session.organization_id)
        return self._read(
            Message("get_organization", "GET", path, self._organization(session)), Organization.found
        )

    def update_organization(
        self, *, session: OrganizationSession, organization: OrganizationChanges
    ) -> Organization:
        """Change the session's own organization; its user must be an administrator."""
        message = Message(
            operation="update_organization",
            method="PATCH",
            path=path_of("v3", "organizations", session.organization_id),
            headers=self._organization(session),
            body=organization.payload(),
        )
        return self._change(message, Organization.created, bill_id=lambda organization: organization.id)

    def get_price_plan(self, *, session: OrganizationSession) -> PricePlan:
        """The price plan of the session's own organization; its user must be an administrator."""
        path = path_of("v3", "organizations", session.organization_id, "price-plan")
        return self._read(
            Message("get_price_plan", "GET", path, self._organization(session)), PricePlan.found
        )

    def update_price_plan(
        self, *, session: PartnerSession, organization_id: str, price_plan: PricePlanName
    ) -> None:
        """Move the organization to another of the plans that the partner has agreed on with BILL."""
        message = Message(
            operation="update_price_plan",
            method="PATCH",
            path=path_of("v3", "partner", "organizations", organization_id, "price-plan"),
            headers=self._partner(session),
            body={PRICE_PLAN_FIELD: price_plan},
        )
        self._change(message, lambda document: None)

    def list_industries(self, *, session: OrganizationSession) -> tuple[str, ...]:
        """The values that BILL takes as an industry."""
        message = Message(
            "list_industries",
            "GET",
            path_of("v3", "organizations", "industries"),
            self._organization(session),
        )
        return self._read(message, _industries)


def _industries(document: object) -> tuple[str, ...]:
    # The shape is not documented: a list of texts or of named objects, bare or as results.
    listed = document.get("results", document.get("industries")) if isinstance(document, dict) else document
    if not isinstance(listed, list):
        raise UnreadableError("no list of industries")
    names = [item.get("name", item.get("industry")) if isinstance(item, dict) else item for item in listed]
    return tuple(clean(name) for name in names if isinstance(name, str) and name)
