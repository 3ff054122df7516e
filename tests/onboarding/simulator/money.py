"""What the tests about money send, and a session that may send it."""

from typing import Any

import httpx

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import codes

ADDRESS = {
    "line1": "123 Main Street",
    "city": "San Jose",
    "stateOrProvince": "CA",
    "zipOrPostalCode": "95002",
    "country": "US",
}
BANK_DETAILS = {
    "nameOnAccount": "Happy Music Supplies",
    "accountNumber": "11112222",
    "routingNumber": "074000010",
    "type": "CHECKING",
    "ownerType": "BUSINESS",
}
VENDOR = {"name": "Happy Music Supplies", "address": ADDRESS}
BANK = BANK_DETAILS | {"nameOnAccount": "Happy Taco", "bankName": "Test Bank"}
BANKS, PAYMENTS, BILLS, VENDORS = "/v3/funding-accounts/banks", "/v3/payments", "/v3/bills", "/v3/vendors"


def trust(simulator: Simulator, user: httpx.Client) -> httpx.Client:
    """The client, its session trusted by MFA."""
    sent = {"phone": "+14085550123", "type": "TEXT"}
    setup_id = user.post("/v3/mfa/setup", json=sent).json()["setupId"]
    body = {"setupId": setup_id, "type": "TEXT", "token": last_token(simulator)}
    user.post("/v3/mfa/setup/validate", json=body).raise_for_status()
    challenge_id = user.post("/v3/mfa/challenge", json={}).json()["challengeId"]
    body = {"challengeId": challenge_id, "token": last_token(simulator)}
    user.post("/v3/mfa/challenge/validate", json=body).raise_for_status()
    return user


def last_token(simulator: Simulator) -> str:
    return str(simulator.texts[-1].body["token"])


def added(user: httpx.Client, path: str, body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = user.post(path, json=body).raise_for_status().json()
    return answer


def vendor(user: httpx.Client, **fields: Any) -> dict[str, Any]:
    return added(user, VENDORS, VENDOR | fields)


def bill(user: httpx.Client, vendor_id: str, *amounts: float, **fields: Any) -> dict[str, Any]:
    lines = [{"amount": amount, "description": "Plants"} for amount in amounts or (228.99,)]
    body = {"vendorId": vendor_id, "dueDate": "2030-01-31", "invoice": {"invoiceNumber": "7"}}
    return added(user, BILLS, body | {"billLineItems": lines} | fields)


def bank_account(user: httpx.Client, *, verified: bool = True, **fields: Any) -> dict[str, Any]:
    account = added(user, BANKS, BANK | fields)
    return added(user, f"{BANKS}/{account['id']}/verify", {"depositAmount": 0.5}) if verified else account


def payment_of_a_bill(user: httpx.Client) -> dict[str, Any]:
    """What pays a bill of 228.99 from a verified bank account."""
    bill_id = bill(user, vendor(user)["id"])["id"]
    funding = {"type": "BANK_ACCOUNT", "id": bank_account(user)["id"]}
    return {"fundingAccount": funding, "amount": 228.99, "processingOptions": {}, "billId": bill_id}


def refused(response: httpx.Response) -> tuple[int, list[str]]:
    return response.status_code, codes(response)
