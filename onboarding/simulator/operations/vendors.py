from onboarding.simulator import bank_details, connections
from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.lists import list_answer
from onboarding.simulator.operations import owned
from onboarding.simulator.operations.organizations import ADDRESS
from onboarding.simulator.route import Route
from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import EMAIL, Field, matching, one_of
from onboarding.simulator.store import Record
from onboarding.simulator.webhooks.events import announce
from onboarding.simulator.wire.messages import Answer, Json
from onboarding.simulator.world import World

KIND = "vendor"
PREFIX = "009"


def vendor_fields(settings: Settings) -> tuple[Field, ...]:
    details = bank_details.bank_fields(settings, required=settings.vendor_bank_details_complete)
    payment = (Field("payeeName", longest=100), Field("bankAccount", dict, fields=details))
    return (
        Field("name", required=True, longest=100),
        Field("address", dict, required=True, fields=ADDRESS),
        Field("accountType", accepts=one_of(settings.payee_account_types)),
        Field("email", longest=254, accepts=matching(EMAIL)),
        Field("phone", longest=40),
        Field("shortName", longest=100),
        Field("accountNumber", longest=100),
        Field("paymentInformation", dict, fields=payment),
    )


def create_vendor(call: Call) -> Answer:
    return call.created(shown(call.world, add_vendor(call, call.checked(vendor_fields(call.world.settings)))))


def add_vendor(call: Call, content: Json) -> Record:
    details = content.get("paymentInformation", {}).get("bankAccount")
    if details:
        payment = {**content["paymentInformation"], "bankAccount": bank_details.masked(details)}
        content = {**content, "paymentInformation": payment}
    added = owned.add(call, KIND, PREFIX, content, label=content["name"].casefold())
    announce(
        call.world,
        "vendor.created",
        shown(call.world, added),
        partner_id=added.partner_id,
        organization_id=added.organization_id,
    )
    return added


def list_vendors(call: Call) -> Answer:
    return list_answer(
        call,
        KIND,
        fields=call.world.settings.vendor_filters,
        show=lambda record: shown(call.world, record),
        organization=call.caller.organization_id,
    )


def get_vendor(call: Call) -> Answer:
    return call.answer(shown(call.world, owned.find(call, KIND, call.arguments["vendorId"])))


def bank_details_of(vendor: Record) -> Json:
    """Empty for a vendor that is paid by check."""
    details: Json = vendor.body.get("paymentInformation", {}).get("bankAccount", {})
    return details


def shown(world: World, record: Record) -> Json:
    """The vendor as BILL answers it."""
    body = {**record.body, "networkStatus": connections.network_status(world, record)}
    if details := bank_details_of(record):
        shown_details = bank_details.shown(details, world.settings)
        body["paymentInformation"] = {**body["paymentInformation"], "bankAccount": shown_details}
    return body


PATH = "/v3/vendors"
ROUTES: tuple[Route, ...] = (
    Route("POST", PATH, "create_vendor", Access.ORGANIZATION, create_vendor),
    Route("GET", PATH, "list_vendors", Access.ORGANIZATION, list_vendors),
    Route("GET", PATH + "/{vendorId}", "get_vendor", Access.ORGANIZATION, get_vendor),
)
