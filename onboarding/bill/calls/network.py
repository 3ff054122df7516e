"""The BILL network: whom to find in it, and invitations to connect."""

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import InvitationAcceptance, NetworkQuery, NewInvitation
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import Invitation, NetworkOrganization, Page
from onboarding.bill.paging import page_of
from onboarding.bill.sessions import OrganizationSession

_INVITATION = ("v3", "network", "invitation")


class NetworkCalls(Caller):
    """An invitation that is not answered is deleted before another is sent."""

    def search_network(
        self, *, session: OrganizationSession, query: NetworkQuery
    ) -> Page[NetworkOrganization]:
        """Look for an organization by its name."""
        message = Message(
            "search_network", "GET", "/v3/network", self._organization(session), params=query.params()
        )
        return self._read(message, lambda document: page_of(document, NetworkOrganization.found))

    def accept_invitation(self, *, session: OrganizationSession, acceptance: InvitationAcceptance) -> None:
        """Accept an invitation, where BILL does not connect the two by itself."""
        path = path_of(*_INVITATION, "accept")
        self._tell("accept_invitation", "POST", path, session, acceptance.payload())

    def invite_vendor(
        self, *, session: OrganizationSession, vendor_id: str, invitation: NewInvitation
    ) -> None:
        """Invite an organization of a network to connect with this vendor's record."""
        path = path_of(*_INVITATION, "vendor", vendor_id)
        self._tell("invite_vendor", "POST", path, session, invitation.payload())

    def invite_vendor_not_in_bill_network(
        self, *, session: OrganizationSession, vendor_id: str, email: str
    ) -> None:
        """Have BILL invite a vendor that is in no network by e-mail."""
        path = path_of(*_INVITATION, "vendor", vendor_id, "email")
        self._tell("invite_vendor_not_in_bill_network", "POST", path, session, {"email": email})

    def get_vendor_invitation(self, *, session: OrganizationSession, vendor_id: str) -> Invitation:
        """What has become of a vendor's invitation."""
        path = path_of(*_INVITATION, "vendor", vendor_id)
        message = Message("get_vendor_invitation", "GET", path, self._organization(session))
        return self._read(message, Invitation.found)

    def delete_vendor_connection(self, *, session: OrganizationSession, vendor_id: str) -> None:
        """End the connection with a vendor, or take the invitation back."""
        path = path_of(*_INVITATION, "vendor", vendor_id)
        self._tell("delete_vendor_connection", "DELETE", path, session)

    def invite_customer(
        self, *, session: OrganizationSession, customer_id: str, invitation: NewInvitation
    ) -> None:
        """Invite an organization of a network to connect with this customer's record."""
        path = path_of(*_INVITATION, "customer", customer_id)
        self._tell("invite_customer", "POST", path, session, invitation.payload())

    def get_customer_invitation(self, *, session: OrganizationSession, customer_id: str) -> Invitation:
        """What has become of a customer's invitation."""
        path = path_of(*_INVITATION, "customer", customer_id)
        message = Message("get_customer_invitation", "GET", path, self._organization(session))
        return self._read(message, Invitation.found)

    def delete_customer_connection(self, *, session: OrganizationSession, customer_id: str) -> None:
        """End the connection with a customer, or take the invitation back."""
        path = path_of(*_INVITATION, "customer", customer_id)
        self._tell("delete_customer_connection", "DELETE", path, session)

    def _tell(
        self,
        operation: str,
        method: str,
        path: str,
        session: OrganizationSession,
        body: dict[str, object] | None = None,
    ) -> None:
        message = Message(operation, method, path, self._organization(session), body)
        self._change(message, lambda document: None)
