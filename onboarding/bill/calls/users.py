"""Users and roles of an organization, managed by the partner."""

from collections.abc import Iterator

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import FIRST_PAGE, ListQuery, NewUser
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import Page, Role, User
from onboarding.bill.paging import every_page, page_of
from onboarding.bill.sessions import PartnerSession

_PATH = "/v3/partner/users"


class UserCalls(Caller):
    """Every call here names the organization in a header."""

    def create_user(self, *, session: PartnerSession, organization_id: str, user: NewUser) -> User:
        """Create a user; after BillOutcomeUnknown look for it before sending again."""
        message = Message(
            operation="create_user",
            method="POST",
            path=_PATH,
            headers=self._partner(session, organization_id),
            body=user.payload(),
        )
        return self._change(message, User.found, bill_id=lambda user: user.id)

    def list_users(
        self, *, session: PartnerSession, organization_id: str, query: ListQuery = FIRST_PAGE
    ) -> Page[User]:
        """One page of the organization's users."""
        headers = self._partner(session, organization_id)
        message = Message("list_users", "GET", _PATH, headers, params=query.params())
        return self._read(message, lambda document: page_of(document, User.found))

    def user_pages(
        self, *, session: PartnerSession, organization_id: str, query: ListQuery = FIRST_PAGE
    ) -> Iterator[Page[User]]:
        """All pages, one call each; the list is whole only when the iteration ends without an error."""
        return every_page(
            lambda part: self.list_users(session=session, organization_id=organization_id, query=part),
            query,
            "list_users",
        )

    def get_user(self, *, session: PartnerSession, organization_id: str, user_id: str) -> User:
        """One user."""
        path = path_of("v3", "partner", "users", user_id)
        return self._read(
            Message("get_user", "GET", path, self._partner(session, organization_id)), User.found
        )

    def list_roles(
        self, *, session: PartnerSession, organization_id: str, query: ListQuery = FIRST_PAGE
    ) -> Page[Role]:
        """One page of the organization's roles; their ids differ from organization to organization."""
        headers = self._partner(session, organization_id)
        message = Message("list_roles", "GET", "/v3/partner/roles", headers, params=query.params())
        return self._read(message, lambda document: page_of(document, Role.found))
