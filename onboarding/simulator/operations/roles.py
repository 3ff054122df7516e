from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.errors import not_found
from onboarding.simulator.ids import new_id
from onboarding.simulator.lists import list_answer
from onboarding.simulator.route import Route
from onboarding.simulator.store import Record, Store
from onboarding.simulator.wire.messages import Answer

KIND = "role"
TYPES = ("ADMINISTRATOR", "ACCOUNTANT", "APPROVER", "PAYER", "CLERK", "AUDITOR")


def add_roles(store: Store, organization: Record) -> None:
    """Every organization has the six roles, with ids of its own."""
    for kind in TYPES:
        identifier = new_id("0po")
        body = {"id": identifier, "type": kind, "name": kind.capitalize()}
        store.add(
            KIND, identifier, body, partner=organization.partner_id, organization=organization.id, label=kind
        )


def role_of_type(store: Store, organization_id: str, kind: str) -> Record:
    return store.all(KIND, organization=organization_id, label=kind, limit=1)[0]


def list_roles(call: Call) -> Answer:
    return list_answer(
        call,
        KIND,
        fields=call.world.settings.role_filters,
        show=lambda record: record.body,
        organization=call.caller.organization_id,
    )


def get_role(call: Call) -> Answer:
    identifier = call.arguments["roleId"]
    role = call.world.store.get(KIND, identifier)
    if role is None or role.organization_id != call.caller.organization_id:
        raise not_found(identifier)
    return call.answer(role.body)


PARTNER_PATH, PATH = "/v3/partner/roles", "/v3/roles"
BY_PARTNER = Access.PARTNER_FOR_ORGANIZATION
ROUTES = (
    Route("GET", PARTNER_PATH, "list_partner_roles", BY_PARTNER, list_roles),
    Route("GET", PARTNER_PATH + "/{roleId}", "get_partner_role", BY_PARTNER, get_role),
    Route("GET", PATH, "list_roles", Access.ORGANIZATION, list_roles),
    Route("GET", PATH + "/{roleId}", "get_role", Access.ORGANIZATION, get_role),
)
