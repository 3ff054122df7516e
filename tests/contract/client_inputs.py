"""The typed inputs of the portal's client, read from the examples."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from onboarding.bill.client import BillClient
from onboarding.bill.inputs.addresses import Address
from onboarding.bill.inputs.banks import BankAccountType, BankOwnerType, NewBankAccount
from onboarding.bill.inputs.bills import NewBill, NewLineItem
from onboarding.bill.inputs.lists import EventQuery, ListQuery
from onboarding.bill.inputs.mfa import MfaPhoneType, MfaSetupToken
from onboarding.bill.inputs.network import NetworkType
from onboarding.bill.inputs.organizations import CompanyOwner
from onboarding.bill.inputs.payments import FundingAccount, FundingType, NewPayment
from onboarding.bill.inputs.vendors import NewVendor, VendorBankAccount
from onboarding.bill.inputs.webhooks import EventRef
from onboarding.bill.notices import Notification
from onboarding.bill.outputs.lists import Page
from onboarding.bill.sessions import OrganizationSession, PartnerSession, Secret
from tests.contract.definition import PARTNER, snake
from tests.contract.examples import Example, samples

PARTNERS = PartnerSession(id=Secret(samples()["partnerSession"]))
USERS = OrganizationSession(
    id=Secret(samples()["organizationSession"]),
    organization_id=samples()["organizationId"],
    user_id=samples()["userId"],
)
SECRETS = ("password", "consoleApiToken", "rememberMeId", "token", "accountNumber")
READ: dict[str, Callable[[Any], object]] = {
    **dict.fromkeys(SECRETS, Secret),
    "dateOfBirth": date.fromisoformat,
    "dueDate": date.fromisoformat,
    "processDate": date.fromisoformat,
    "invoiceDate": date.fromisoformat,
    "amount": lambda number: Decimal(str(number)),
    "quantity": lambda number: Decimal(str(number)),
    "price": lambda number: Decimal(str(number)),
    "networkType": NetworkType,
    "scope": NetworkType,
    "ownerType": BankOwnerType,
}


def values(sent: Any, *left_out: str) -> dict[str, Any]:
    """The fields of the example as arguments in Python."""
    return {
        snake(name): READ.get(name, lambda value: value)(value)
        for name, value in sent.items()
        if name not in left_out
    }


def session(one: Example) -> PartnerSession | OrganizationSession:
    return PARTNERS if one.caller == PARTNER else USERS


def at(one: Example) -> dict[str, Any]:
    """Whom a partner's call is about: the ids of path and header."""
    return {"session": PARTNERS, **values(one.headers), **values(one.path)}


def query(one: Example) -> ListQuery:
    return ListQuery(**values(one.query))


def company(sent: Any) -> dict[str, Any]:
    read = values(sent, "address", "mailingAddress", "companyOwner", "processingOptions")
    for name in ("address", "mailingAddress"):
        if name in sent:
            read[snake(name)] = Address(**values(sent[name]))
    if "companyOwner" in sent:
        read["company_owner"] = CompanyOwner(**values(sent["companyOwner"]))
    if "processingOptions" in sent:
        read["mailing_address_same_as_physical"] = True
    return read


def subscription(sent: Any) -> dict[str, Any]:
    read = values(sent, "status", "events")
    if "events" in sent:
        read["events"] = tuple(EventRef(**event) for event in sent["events"])
    if "status" in sent:
        read["enabled"] = sent["status"]["enabled"]
    return read


def vendor(sent: Any) -> NewVendor:
    read = values(sent, "address", "paymentInformation")
    if "paymentInformation" in sent:
        paid = sent["paymentInformation"]
        account = values(paid["bankAccount"]) | {"type": BankAccountType(paid["bankAccount"]["type"])}
        read |= {"payee_name": paid["payeeName"], "bank_account": VendorBankAccount(**account)}
    return NewVendor(address=Address(**values(sent["address"])), **read)


def bill(sent: Any) -> NewBill:
    lines = tuple(NewLineItem(**values(line)) for line in sent["billLineItems"])
    return NewBill(line_items=lines, **values(sent, "billLineItems", "invoice"), **values(sent["invoice"]))


def payment(sent: Any) -> NewPayment:
    funding = FundingAccount(FundingType(sent["fundingAccount"]["type"]), sent["fundingAccount"]["id"])
    read = values(sent, "fundingAccount", "processingOptions")
    return NewPayment(funding_account=funding, **read, **values(sent["processingOptions"]))


def bank_account(sent: Any) -> NewBankAccount:
    return NewBankAccount(type=BankAccountType(sent["type"]), **values(sent, "type"))


def session_told(opened: OrganizationSession) -> dict[str, Any]:
    return {
        "sessionId": opened.id,
        "organizationId": opened.organization_id,
        "userId": opened.user_id,
        "trusted": opened.trusted,
    }


def setup_token(sent: Any) -> MfaSetupToken:
    return MfaSetupToken(type=MfaPhoneType(sent["type"]), **values(sent, "type"))


def first_term(client: BillClient) -> dict[str, Any]:
    term = client.get_price_plan(session=USERS).terms[0]
    return {"planTerms": {"quantity": term.quantity, "price": term.price}}


def events_told(page: Page[Notification]) -> dict[str, Any]:
    return {"results": [{"metadata": one, one.entity_name: one.entity} for one in page.items]}


def history(one: Example) -> EventQuery:
    start, end = (datetime.fromisoformat(one.query[name]) for name in ("createdTimeFrom", "createdTimeTo"))
    return EventQuery(max=one.query["max"], created_from=start, created_to=end)
