"""Users and roles of an organization, managed in a session of its own."""

from onboarding.bill.calling import Caller
from onboarding.bill.inputs import FIRST_PAGE, ListQuery, NewOrganizationUser, UserChanges
from onboarding.bill.message import Message, path_of
from onboarding.bill.outputs import Page, Role, User
from onboarding.bill.paging import page_of
from onboarding.bill.sessions import OrganizationSession

_PATH = "/v3/users"


class OrganizationUserCalls(Caller):
    """Only an administrator changes users here."""

    def list_users(self, *, session: OrganizationSession, query: ListQuery = FIRST_PAGE) -> Page[User]:
        """One page of the organization's users."""
        message = Message("list_users", "GET", _PATH, self._organization(session), params=query.params())
        return self._read(message, lambda document: page_of(document, User.found))

    def create_user(self, *, session: OrganizationSession, user: NewOrganizationUser) -> User:
        """Create a user, whom BILL asks by e-mail to finish the sign-up."""
        message = Message("create_user", "POST", _PATH, self._organization(session), user.payload())
        return self._change(message, User.found, bill_id=lambda user: user.id)

    def get_user(self, *, session: OrganizationSession, user_id: str) -> User:
        """One user."""
        path = path_of("v3", "users", user_id)
        return self._read(Message("get_user", "GET", path, self._organization(session)), User.found)

    def update_user(self, *, session: OrganizationSession, user_id: str, user: UserChanges) -> User:
        """Change a user's name or role; the e-mail address is the partner's to change."""
        if user.email is not None:
            raise ValueError("email cannot be changed by the organization.")
        path = path_of("v3", "users", user_id)
        message = Message("update_user", "PATCH", path, self._organization(session), user.payload())
        return self._change(message, User.found, bill_id=lambda user: user.id)

    def archive_user(self, *, session: OrganizationSession, user_id: str) -> User:
        """Take the user's access away; to repeat it changes nothing."""
        path = path_of("v3", "users", user_id, "archive")
        message = Message("archive_user", "POST", path, self._organization(session))
        return self._change(message, User.found, bill_id=lambda user: user.id)

    def restore_user(self, *, session: OrganizationSession, user_id: str) -> User:
        """Give the user's access back; to repeat it changes nothing."""
        path = path_of("v3", "users", user_id, "restore")
        message = Message("restore_user", "POST", path, self._organization(session))
        return self._change(message, User.found, bill_id=lambda user: user.id)

    def list_roles(self, *, session: OrganizationSession, query: ListQuery = FIRST_PAGE) -> Page[Role]:
        """One page of the organization's roles."""
        message = Message(
            "list_roles", "GET", "/v3/roles", self._organization(session), params=query.params()
        )
        return self._read(message, lambda document: page_of(document, Role.found))

    def get_role(self, *, session: OrganizationSession, role_id: str) -> Role:
        """One role."""
        path = path_of("v3", "roles", role_id)
        return self._read(Message("get_role", "GET", path, self._organization(session)), Role.found)
