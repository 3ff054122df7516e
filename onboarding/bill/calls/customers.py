"""Customers."""

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import FIRST_PAGE, ListQuery, NewCustomer
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import Customer, Page
from onboarding.bill.paging import page_of
from onboarding.bill.sessions import OrganizationSession

_PATH = "/v3/customers"


class CustomerCalls(Caller):
    """Who pays the organization."""

    def create_customer(self, *, session: OrganizationSession, customer: NewCustomer) -> Customer:
        """Create a customer; after BillOutcomeUnknown look for it before sending again."""
        message = Message("create_customer", "POST", _PATH, self._organization(session), customer.payload())
        return self._change(message, Customer.found, bill_id=lambda customer: customer.id)

    def list_customers(
        self, *, session: OrganizationSession, query: ListQuery = FIRST_PAGE
    ) -> Page[Customer]:
        """One page of the organization's customers."""
        message = Message("list_customers", "GET", _PATH, self._organization(session), params=query.params())
        return self._read(message, lambda document: page_of(document, Customer.found))

    def get_customer(self, *, session: OrganizationSession, customer_id: str) -> Customer:
        """One customer."""
        path = path_of("v3", "customers", customer_id)
        return self._read(Message("get_customer", "GET", path, self._organization(session)), Customer.found)
