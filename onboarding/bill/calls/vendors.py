"""Vendors."""

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import FIRST_PAGE, ListQuery, NewVendor
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import Page, Vendor
from onboarding.bill.paging import page_of
from onboarding.bill.sessions import OrganizationSession

_PATH = "/v3/vendors"


class VendorCalls(Caller):
    """Whom the organization pays."""

    def create_vendor(self, *, session: OrganizationSession, vendor: NewVendor) -> Vendor:
        """Create a vendor; after BillOutcomeUnknown look for it before sending again."""
        message = Message("create_vendor", "POST", _PATH, self._organization(session), vendor.payload())
        return self._change(message, Vendor.found, bill_id=lambda vendor: vendor.id)

    def list_vendors(self, *, session: OrganizationSession, query: ListQuery = FIRST_PAGE) -> Page[Vendor]:
        """One page of the organization's vendors."""
        message = Message("list_vendors", "GET", _PATH, self._organization(session), params=query.params())
        return self._read(message, lambda document: page_of(document, Vendor.found))

    def get_vendor(self, *, session: OrganizationSession, vendor_id: str) -> Vendor:
        """One vendor."""
        path = path_of("v3", "vendors", vendor_id)
        return self._read(Message("get_vendor", "GET", path, self._organization(session)), Vendor.found)
