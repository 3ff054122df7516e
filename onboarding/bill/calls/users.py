"""Users and roles of an organization, managed by the partner."""

from collections.abc import Iterator

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import FIRST_PAGE, ListQuery, NewUser, UserChanges
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import Page, Role, User
from onboarding.bill.paging import every_page, page_of
from onboarding.bill.sessions import PartnerSession

_PATH = "/v3/partner/users"


class UserCalls(Caller):
    """Every call here names the organization in a header."""

    def create_partner_user(self, *, session: PartnerSession, organization_id: str, user: NewUser) -> User:
        """Create a user; after BillOutcomeUnknown look for it before sending again."""
        message = Message(
            operation="create_partner_user",
            method="POST",
            path=_PATH,
            headers=self._partner(session, organization_id),
            body=user.payload(),
        )
        return self._change(message, User.found, bill_id=lambda user: user.id)

    def list_partner_users(
        self, *, session: PartnerSession, organization_id: str, query: ListQuery = FIRST_PAGE
    ) -> Page[User]:
        """One page of the organization's users."""
        headers = self._partner(session, organization_id)
        message = Message("list_partner_users", "GET", _PATH, headers, params=query.params())
        return self._read(message, lambda document: page_of(document, User.found))

    def user_pages(
        self, *, session: PartnerSession, organization_id: str, query: ListQuery = FIRST_PAGE
    ) -> Iterator[Page[User]]:
        """All pages, one call each; the list is whole only when the iteration ends without an error."""
        return every_page(
            lambda part: self.list_partner_users(
                session=session, organization_id=organization_id, query=part
            ),
            query,
            "list_partner_users",
        )

    def get_partner_user(self, *, session: PartnerSession, organization_id: str, user_id: str) -> User:
        """One user."""
        path = path_of("v3", "partner", "users", user_id)
        return self._read(
            Message("get_partner_user", "GET", path, self._partner(session, organization_id)), User.found
        )

    def update_partner_user(
        self, *, session: PartnerSession, organization_id: str, user_id: str, user: UserChanges
    ) -> User:
        """Change a user; the username stays as it is."""
        message = Message(
            operation="update_partner_user",
            method="PATCH",
            path=path_of("v3", "partner", "users", user_id),
            headers=self._partner(session, organization_id),
            body=user.payload(),
        )
        return self._change(message, User.found, bill_id=lambda user: user.id)

    def archive_partner_user(self, *, session: PartnerSession, organization_id: str, user_id: str) -> User:
        """Take the user's access away; to repeat it changes nothing."""
        path = path_of("v3", "partner", "users", user_id, "archive")
        message = Message("archive_partner_user", "POST", path, self._partner(session, organization_id))
        return self._change(message, User.found, bill_id=lambda user: user.id)

    def restore_partner_user(self, *, session: PartnerSession, organization_id: str, user_id: str) -> User:
        """Give the user's access back; to repeat it changes nothing."""
        path = path_of("v3", "partner", "users", user_id, "restore")
        message = Message("restore_partner_user", "POST", path, self._partner(session, organization_id))
        return self._change(message, User.found, bill_id=lambda user: user.id)

    def list_partner_roles(
        self, *, session: PartnerSession, organization_id: str, query: ListQuery = FIRST_PAGE
    ) -> Page[Role]:
        """One page of the organization's roles; their ids differ from organization to organization."""
        headers = self._partner(session, organization_id)
        message = Message("list_partner_roles", "GET", "/v3/partner/roles", headers, params=query.params())
        return self._read(message, lambda document: page_of(document, Role.found))

    def get_partner_role(self, *, session: PartnerSession, organization_id: str, role_id: str) -> Role:
        """One role."""
        path = path_of("v3", "partner", "roles", role_id)
        message = Message("get_partner_role", "GET", path, self._partner(session, organization_id))
        return self._read(message, Role.found)
