"""Bills."""

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import FIRST_PAGE, ListQuery, NewBill
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import Bill, Page
from onboarding.bill.paging import page_of
from onboarding.bill.sessions import OrganizationSession

_PATH = "/v3/bills"


class BillCalls(Caller):
    """What the organization owes."""

    def create_bill(self, *, session: OrganizationSession, bill: NewBill) -> Bill:
        """Create a bill; after BillOutcomeUnknown look for it before sending again."""
        message = Message("create_bill", "POST", _PATH, self._organization(session), bill.payload())
        return self._change(message, Bill.found, bill_id=lambda bill: bill.id)

    def list_bills(self, *, session: OrganizationSession, query: ListQuery = FIRST_PAGE) -> Page[Bill]:
        """One page of the organization's bills."""
        message = Message("list_bills", "GET", _PATH, self._organization(session), params=query.params())
        return self._read(message, lambda document: page_of(document, Bill.found))

    def get_bill(self, *, session: OrganizationSession, bill_id: str) -> Bill:
        """One bill."""
        path = path_of("v3", "bills", bill_id)
        return self._read(Message("get_bill", "GET", path, self._organization(session)), Bill.found)
