from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.lists import list_answer
from onboarding.simulator.operations import owned
from onboarding.simulator.route import Route
from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import EMAIL, Field, matching, one_of
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Answer, Json

KIND = "customer"
PREFIX = "0cu"


def customer_fields(settings: Settings) -> tuple[Field, ...]:
    return (
        Field("name", required=True, longest=100),
        Field("email", longest=254, accepts=matching(EMAIL)),
        Field("phone", longest=40),
        Field("accountType", accepts=one_of(settings.payee_account_types)),
    )


def create_customer(call: Call) -> Answer:
    return call.created(add_customer(call, call.checked(customer_fields(call.world.settings))).body)


def add_customer(call: Call, content: Json) -> Record:
    return owned.add(call, KIND, PREFIX, content, label=content["name"].casefold())


def list_customers(call: Call) -> Answer:
    return list_answer(
        call,
        KIND,
        fields=call.world.settings.customer_filters,
        show=lambda record: record.body,
        organization=call.caller.organization_id,
    )


def get_customer(call: Call) -> Answer:
    return call.answer(owned.find(call, KIND, call.arguments["customerId"]).body)


PATH = "/v3/customers"
ROUTES: tuple[Route, ...] = (
    Route("POST", PATH, "create_customer", Access.ORGANIZATION, create_customer),
    Route("GET", PATH, "list_customers", Access.ORGANIZATION, list_customers),
    Route("GET", PATH + "/{customerId}", "get_customer", Access.ORGANIZATION, get_customer),
)
