"""Users, as a partner manages them and as an organization does."""

from dataclasses import dataclass, field

from onboarding.bill.inputs.fields import filled, given, require, require_changes


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user that a partner creates; without a role id BILL makes it an administrator."""

    first_name: str
    last_name: str
    email: str = field(repr=False)
    username: str
    accept_terms_of_service: bool
    role_id: str = ""
    external_reference_id: str = ""

    def __post_init__(self) -> None:
        require(first_name=self.first_name, email=self.email, username=self.username)
        if len(self.username) > 40:
            raise ValueError("username must be at most 40 characters.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(
            firstName=self.first_name,
            lastName=self.last_name,
            email=self.email,
            username=self.username,
            acceptTermsOfService=self.accept_terms_of_service,
            roleId=self.role_id,
            externalReferenceId=self.external_reference_id,
        )


@dataclass(frozen=True, slots=True)
class NewOrganizationUser:
    """A user that an organization creates; BILL asks the person by e-mail to finish the sign-up."""

    first_name: str
    last_name: str
    email: str = field(repr=False)
    accept_terms_of_service: bool
    role_id: str = ""

    def __post_init__(self) -> None:
        require(first_name=self.first_name, last_name=self.last_name, email=self.email)

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(
            firstName=self.first_name,
            lastName=self.last_name,
            email=self.email,
            roleId=self.role_id,
            acceptTermsOfService=self.accept_terms_of_service,
        )


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What to change of a user; only a partner can change the e-mail address, and nobody the username."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = field(default=None, repr=False)
    role_id: str | None = None

    def __post_init__(self) -> None:
        require_changes(self.payload())

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return given(
            firstName=self.first_name, lastName=self.last_name, email=self.email, roleId=self.role_id
        )
