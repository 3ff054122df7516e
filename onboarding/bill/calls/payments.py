"""Payments."""

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import FIRST_PAGE, ListQuery, NewPayment
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import Page, Payment
from onboarding.bill.paging import page_of
from onboarding.bill.sessions import OrganizationSession

_PATH = "/v3/payments"


class PaymentCalls(Caller):
    """How the organization pays."""

    def create_payment(self, *, session: OrganizationSession, payment: NewPayment) -> Payment:
        """Make a payment in a trusted session; after BillOutcomeUnknown look for its transaction number first."""
        message = Message("create_payment", "POST", _PATH, self._organization(session), payment.payload())
        return self._change(message, Payment.found, bill_id=lambda payment: payment.id)

    def list_payments(self, *, session: OrganizationSession, query: ListQuery = FIRST_PAGE) -> Page[Payment]:
        """One page of the organization's payments."""
        message = Message("list_payments", "GET", _PATH, self._organization(session), params=query.params())
        return self._read(message, lambda document: page_of(document, Payment.found))

    def get_payment(self, *, session: OrganizationSession, payment_id: str) -> Payment:
        """One payment."""
        path = path_of("v3", "payments", payment_id)
        return self._read(Message("get_payment", "GET", path, self._organization(session)), Payment.found)
