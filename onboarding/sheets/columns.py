"""The columns of an import file, and how the headers of people's own files are recognised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """One field of one step, as a column."""

    key: str
    label: str
    example: str = ""
    aliases: tuple[str, ...] = ()
    is_required: bool = False

    @property
    def step(self) -> str:
        return self.key.partition(".")[0]

    @property
    def field(self) -> str:
        return self.key.partition(".")[2]


def _organization() -> tuple[Column, ...]:
    def column(name: str, label: str, example: str = "", *aliases: str, needed: bool = False) -> Column:
        return Column(f"create_organization.{name}", label, example, aliases, needed)

    return (
        column("name", "Company name", "Rice Cakes Inc", "Company", "Legal name", "Business name", "Organization",
               "Organization name", "Legal business name", "Client", "Client name", "Name", "Firm", needed=True),
        column("line1", "Street address", "123 Main Street", "Street", "Address", "Address 1", "Address line 1",
               "Line 1", "Business address", "Company address", needed=True),
        column("line2", "Suite, floor", "Suite 5", "Suite", "Floor", "Unit", "Address 2", "Address line 2", "Line 2"),
        column("city", "City", "San Jose", "Town", "Business city", "Company city", needed=True),
        column("state", "State", "CA", "Province", "State or province", "State code", "Business state", needed=True),
        column("zip", "ZIP code", "95002", "Zip", "Postal code", "Postcode", "Zip or postal code", needed=True),
        column("country", "Country", "US", "Country code"),
        column("mailing_same", "Mail goes to the street address", "yes", "Mailing same", "Same mailing address"),
        column("mailing_line1", "Mailing street address", "", "Mailing address", "Mailing street"),
        column("mailing_city", "Mailing city"),
        column("mailing_state", "Mailing state"),
        column("mailing_zip", "Mailing ZIP code", "", "Mailing zip", "Mailing postal code"),
        column("phone", "Company phone", "(408) 555-0132", "Phone", "Business phone", "Phone number", "Telephone",
               "Company telephone", "Main phone", "Organization phone", needed=True),
        column("owner_name", "Owner's name", "Tomato Soupsmith", "Owner", "Owner name", "Business owner",
               "Beneficial owner", "Principal", needed=True),
        column("owner_birth", "Owner's date of birth", "1985-01-31", "Date of birth", "DOB", "Owner DOB",
               "Owner birth date", "Birth date", "Birthday"),
        column("tax_id", "Tax id", "12-3456789", "EIN", "TIN", "FEIN", "Federal tax id", "Tax id number", "Tax number",
               "Taxpayer id", "Employer identification number"),
        column("tax_id_type", "Tax id type", "EIN", "TIN type", "Type of tax id"),
        column("industry", "Industry", "", "Business industry"),
        column("business_category", "Business category", "LLC", "Entity type", "Business type", "Legal form",
               "Company type", "Structure"),
        column("account_type", "Account type", "Business"),
        column("price_plan", "Price plan", "", "Plan", "Pricing plan"),
    )  # fmt: skip


def _person() -> tuple[Column, ...]:
    def column(key: str, label: str, example: str, *aliases: str) -> Column:
        return Column(key, label, example, aliases)

    return (
        column("create_user.first_name", "Administrator's first name", "Tomato", "First name", "Given name",
               "Admin first name", "Contact first name", "User first name"),
        column("create_user.last_name", "Administrator's last name", "Soupsmith", "Last name", "Surname",
               "Family name", "Admin last name", "Contact last name", "User last name"),
        column("create_user.email", "Administrator's e-mail", "tomato@example.com", "E-mail", "Email address",
               "Admin email", "Contact email", "User email"),
        column("create_user.accepted_by", "Who accepted BILL's terms", "Tomato Soupsmith", "Accepted by",
               "Terms accepted by", "TOS accepted by"),
        column("create_user.accepted_on", "Terms accepted on", "2026-01-31", "Accepted on", "Acceptance date",
               "Terms date", "Accepted date"),
        column("create_user.accepted_how", "Terms accepted how", "in a signed document", "Accepted how",
               "How accepted", "Acceptance method"),
        column("add_risk_phone.phone", "Administrator's phone", "(408) 555-0199", "Verification phone",
               "Admin phone", "Contact phone", "Mobile", "Mobile phone", "Cell", "Cell phone", "User phone"),
        column("add_risk_phone.phone_type", "Administrator's phone type", "Mobile", "Phone type"),
        column("start_verification.scope", "We may log in as the user", "only to start and follow the verification",
               "Permission", "Scope", "Login permission"),
        column("start_verification.given_by", "Who gave the permission", "Tomato Soupsmith", "Given by",
               "Permission given by", "Permitted by"),
        column("start_verification.given_on", "Permission given on", "2026-01-31", "Given on", "Permission date"),
        column("start_verification.given_how", "Permission given how", "in a signed document", "Given how",
               "How permitted"),
    )  # fmt: skip


# Of rows that were downloaded to be put right: which onboarding they belong to.
ONBOARDING = Column("onboarding", "Onboarding")
# And which row of the earlier file each of them is.
REPEATS = Column("repeats", "Portal row")
COLUMNS = (*_organization(), *_person())
BY_KEY = {column.key: column for column in (*COLUMNS, ONBOARDING, REPEATS)}
# Ours, in a file of rows to put right: read over when it comes back.
ROW, WHAT_TO_FIX = "Row", "What to fix"

# Columns that come together or not at all.
USER = ("create_user.first_name", "create_user.last_name", "create_user.email")
ACCEPTANCE = ("create_user.accepted_by", "create_user.accepted_on", "create_user.accepted_how")
GRANT = tuple(column.key for column in COLUMNS if column.step == "start_verification")
BLOCKS = (USER, ACCEPTANCE, GRANT)


@dataclass(frozen=True)
class Guess:
    """Which column of the file is which of ours, what a person has to say, and what nobody asked for."""

    mapping: dict[str, int] = field(default_factory=dict)
    questions: dict[str, list[int]] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)


def folded(name: str) -> str:
    """Letters and digits alone: “ZIP-Code ” and “zip_code” are one name."""
    return "".join(c for c in name.casefold() if c.isalnum())


_IGNORED = {folded(ROW), folded(WHAT_TO_FIX)}
OWN = _IGNORED | {folded(ONBOARDING.label), folded(REPEATS.label)}
_LABELS = {folded(column.label): column.key for column in BY_KEY.values()}
_ALIASES = {
    folded(name): column.key for column in COLUMNS for name in (*column.aliases, column.key, column.field)
} | {"email": "create_user.email", "phone": "create_organization.phone"}


def guess(header: Sequence[str]) -> Guess:
    """A label of ours wins over other names; two headers for one column are a question."""
    labels: dict[str, list[int]] = {}
    aliases: dict[str, list[int]] = {}
    unknown: list[int] = []
    for index, name in enumerate(header):
        plain = folded(name)
        if plain in _LABELS:
            labels.setdefault(_LABELS[plain], []).append(index)
        elif plain in _ALIASES:
            aliases.setdefault(_ALIASES[plain], []).append(index)
        elif plain and plain not in _IGNORED:
            unknown.append(index)
    found = aliases | labels
    unused = [n for key, places in aliases.items() if key in labels for n in places]
    return Guess(
        mapping={key: places[0] for key, places in found.items() if len(places) == 1},
        questions={key: places for key, places in found.items() if len(places) > 1},
        unknown=sorted(unknown + unused),
    )


def missing(mapping: Mapping[str, int]) -> list[Column]:
    """The columns without which no row could begin, or a block would be half-filled in every row."""
    needed = [column.key for column in COLUMNS if column.is_required]
    for block in BLOCKS:
        if any(key in mapping for key in block):
            needed += block
    return [BY_KEY[key] for key in needed if key not in mapping]


def is_example(mapping: Mapping[str, int], cells: Sequence[str]) -> bool:
    """Whether the row is the one that the template shows how to fill."""
    given = {key: cells[at].strip() for key, at in mapping.items() if at < len(cells) and cells[at].strip()}
    return given == {column.key: column.example for column in COLUMNS if column.example}
