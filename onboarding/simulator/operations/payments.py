import secrets
from http import HTTPStatus

from onboarding.simulator import connections
from onboarding.simulator.access import Access, require_trust
from onboarding.simulator.amounts import exact, is_positive_amount
from onboarding.simulator.call import Call
from onboarding.simulator.errors import refusal
from onboarding.simulator.ids import new_id
from onboarding.simulator.lists import list_answer
from onboarding.simulator.operations import (
    bills,
    funding,
    owned,
    payment_events,
    process_dates,
    settling,
    vendors,
)
from onboarding.simulator.route import Route
from onboarding.simulator.shapes import NUMBER, Field
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Answer, Json

KIND = "payment"
PREFIX = "stp"
FIELDS = (
    Field("fundingAccount", dict, required=True, fields=funding.FIELDS),
    Field("amount", NUMBER, required=True, accepts=is_positive_amount),
    Field("processingOptions", dict, required=True, fields=(
        Field("createBill", bool),
        Field("requestPayFaster", bool),
        Field("requestCheckDeliveryType", longest=40),
    )),
    Field("vendorId", accepts=lambda value: value.startswith(vendors.PREFIX)),
    Field("billId", accepts=lambda value: value.startswith(bills.PREFIX)),
    # What is no date is refused with a code of its own.
    Field("processDate"),
    Field("description"),
    Field("transactionNumber", longest=50),
    Field("cardFundingPurpose", longest=500),
)  # fmt: skip


def create_payment(call: Call) -> Answer:
    require_trust(call.caller)
    sent = call.checked(FIELDS)
    settling.settle_payments(call.world, call.caller.organization_id)
    funding.require_payer(call)
    funding.require_usable(call, sent["fundingAccount"])
    vendor, bill = vendor_and_bill(call, sent)
    process_date = process_dates.chosen(call, sent, vendor)
    require_own_number(call, sent.get("transactionNumber"))
    bill = bill or bill_for(call, vendor, sent, process_date)
    content = {**sent, "processDate": process_date, **content_of(call, sent, vendor, bill)}
    number = sent.get("transactionNumber", "")
    added = owned.add(call, KIND, PREFIX, content, label=number)
    settling.schedule(call.world, added, bill)
    payment_events.announce_payment(call.world, added)
    return call.created(added.body)


def vendor_and_bill(call: Call, sent: Json) -> tuple[Record, Record | None]:
    """Whom to pay and for what; no bill yet when one is to be created with the payment."""
    if sent["processingOptions"].get("createBill"):
        if "billId" in sent:
            raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "billId", sent["billId"])
        if "vendorId" not in sent:
            raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", "vendorId")
        return owned.find(call, vendors.KIND, sent["vendorId"]), None
    if "billId" not in sent:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", "billId")
    bill = owned.find(call, bills.KIND, sent["billId"])
    vendor = owned.find(call, vendors.KIND, sent.get("vendorId") or bill.body["vendorId"])
    if vendor.id != bill.body["vendorId"]:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "vendorId", vendor.id)
    if exact(bill.body["committed"]) + exact(sent["amount"]) > exact(bill.body["amount"]):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1159")
    return vendor, bill


def bill_for(call: Call, vendor: Record, sent: Json, process_date: str) -> Record:
    today = call.world.clock.now().date()
    line = {"amount": sent["amount"], **{key: sent[key] for key in ("description",) if key in sent}}
    content = {
        "dueDate": process_date,
        "invoice": {
            "invoiceNumber": f"{today:%Y%m%d}-{secrets.randbelow(10**6):06}",
            "invoiceDate": str(today),
        },
        "billLineItems": [line],
    }
    return bills.add_bill(call, vendor, content)


def content_of(call: Call, sent: Json, vendor: Record, bill: Record) -> Json:
    """What BILL adds to what was sent."""
    now = call.world.clock.now()
    electronic = vendors.bank_details_of(vendor) or connections.is_connected(call.world, vendor.id)
    return {
        "vendorId": vendor.id,
        "vendorName": vendor.body["name"],
        "billId": bill.id,
        "status": "SCHEDULED",
        "singleStatus": "SCHEDULED",
        "billPayments": [{"id": new_id("blp"), "billId": bill.id, "amount": sent["amount"]}],
        "disbursementType": "ACH" if electronic else "CHECK",
        "confirmationNumber": f"P{now:%y%m%d}01-{secrets.randbelow(10**7):07}",
        "createdBy": call.caller.user_id,
    }


def require_own_number(call: Call, number: str | None) -> None:
    """BILL calls it unique and does not say whether it checks."""
    if not number or not call.world.settings.transaction_number_unique:
        return
    if call.world.store.all(KIND, organization=call.caller.organization_id, label=number, limit=1):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "transactionNumber", number)


def list_payments(call: Call) -> Answer:
    settling.settle_payments(call.world, call.caller.organization_id)
    return list_answer(
        call,
        KIND,
        fields=call.world.settings.payment_filters,
        show=lambda record: record.body,
        organization=call.caller.organization_id,
    )


def get_payment(call: Call) -> Answer:
    settling.settle_payments(call.world, call.caller.organization_id)
    return call.answer(owned.find(call, KIND, call.arguments["paymentId"]).body)


PATH = "/v3/payments"
ROUTES: tuple[Route, ...] = (
    Route("POST", PATH, "create_payment", Access.ORGANIZATION, create_payment),
    Route("GET", PATH, "list_payments", Access.ORGANIZATION, list_payments),
    Route("GET", PATH + "/{paymentId}", "get_payment", Access.ORGANIZATION, get_payment),
)
