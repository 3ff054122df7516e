from decimal import Decimal
from http import HTTPStatus

from onboarding.simulator.access import Access
from onboarding.simulator.amounts import cents, exact, is_amount, number
from onboarding.simulator.call import Call
from onboarding.simulator.errors import Problem, Refusal, refusal
from onboarding.simulator.ids import new_id
from onboarding.simulator.lists import list_answer
from onboarding.simulator.operations import owned, settling, vendors
from onboarding.simulator.route import Route
from onboarding.simulator.shapes import NUMBER, Field, is_date
from onboarding.simulator.store import Record
from onboarding.simulator.webhooks.events import announce
from onboarding.simulator.wire.messages import Answer, Json

KIND = "bill"
PREFIX = "00n"
LINE_ITEM = (
    Field("id", longest=40),
    Field("amount", NUMBER, accepts=is_amount),
    Field("quantity", NUMBER, accepts=lambda value: 0 < value <= 10**9),
    Field("price", NUMBER, accepts=lambda value: abs(value) <= 10**9),
    Field("description"),
)
FIELDS = (
    Field("vendorId", required=True, accepts=lambda value: value.startswith(vendors.PREFIX)),
    Field("dueDate", required=True, accepts=is_date),
    Field("invoice", dict, required=True,
          fields=(Field("invoiceNumber", longest=100), Field("invoiceDate", accepts=is_date))),
    Field("billLineItems", list, required=True, accepts=len, fields=LINE_ITEM),
    Field("description"),
)  # fmt: skip


def create_bill(call: Call) -> Answer:
    sent = call.checked(FIELDS)
    require_amounts(sent["billLineItems"])
    vendor = owned.find(call, vendors.KIND, sent["vendorId"])
    return call.created(shown(add_bill(call, vendor, sent)))


def add_bill(call: Call, vendor: Record, sent: Json) -> Record:
    lines = [
        {**line, "id": new_id("bli"), "amount": number(line_amount(line))} for line in sent["billLineItems"]
    ]
    total = sum((line_amount(line) for line in lines), Decimal())
    if total < 0 or not is_amount(number(total)):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "amount", str(total))
    content = {
        **sent,
        "vendorId": vendor.id,
        "billLineItems": lines,
        "amount": number(total),
        "paymentStatus": "UNPAID",
        "approvalStatus": "UNASSIGNED",
        "committed": 0,
        "paid": 0,
    }
    added = owned.add(call, KIND, PREFIX, content, label=vendor.id)
    announce(
        call.world,
        "bill.created",
        shown(added),
        partner_id=added.partner_id,
        organization_id=added.organization_id,
    )
    return added


def require_amounts(lines: list[Json]) -> None:
    """A line says its amount, or quantity and price."""
    problems = []
    for place, line in enumerate(lines):
        missing = {name for name in ("quantity", "price") if name not in line}
        if "amount" not in line and missing:
            name = missing.pop() if len(missing) == 1 else "amount"
            problems.append(Problem("BDC_1117", (f"billLineItems[{place}].{name}",)))
    if problems:
        raise Refusal(HTTPStatus.BAD_REQUEST, *problems)


def line_amount(line: Json) -> Decimal:
    if "amount" in line:
        return exact(line["amount"])
    return cents(exact(line["quantity"]) * exact(line["price"]))


def list_bills(call: Call) -> Answer:
    settling.settle_payments(call.world, call.caller.organization_id)
    return list_answer(
        call,
        KIND,
        fields=call.world.settings.bill_filters,
        show=shown,
        organization=call.caller.organization_id,
    )


def get_bill(call: Call) -> Answer:
    settling.settle_payments(call.world, call.caller.organization_id)
    return call.answer(shown(owned.find(call, KIND, call.arguments["billId"])))


def shown(record: Record) -> Json:
    """The bill as BILL answers it."""
    return {name: value for name, value in record.body.items() if name not in settling.OWN_COUNTS}


PATH = "/v3/bills"
ROUTES: tuple[Route, ...] = (
    Route("POST", PATH, "create_bill", Access.ORGANIZATION, create_bill),
    Route("GET", PATH, "list_bills", Access.ORGANIZATION, list_bills),
    Route("GET", PATH + "/{billId}", "get_bill", Access.ORGANIZATION, get_bill),
)
