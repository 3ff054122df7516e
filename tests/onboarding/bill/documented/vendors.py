from datetime import UTC, datetime

from onboarding.bill.inputs import (
    Address,
    BankAccountType,
    BankOwnerType,
    ListQuery,
    NewCustomer,
    NewVendor,
    VendorBankAccount,
)
from onboarding.bill.outputs import Customer, Page, Vendor
from onboarding.bill.sessions import Secret
from tests.onboarding.bill.documented.call import ADDRESS, AS_CHILD, CREATED, UPDATED, Documented
from tests.onboarding.bill.wire import CHILD

ACCOUNT_NUMBER = "canary-11112222"
CREATED_TIME = datetime(2024, 12, 20, 22, 16, 27, tzinfo=UTC)
UPDATED_TIME = datetime(2024, 12, 21, 8, tzinfo=UTC)
SOMEWHERE = Address("1 Main St", "San Jose", "95002", "US", "Suite 2", "CA")

VENDOR = {
    "id": "00901VENDOR",
    "archived": False,
    "name": "Happy Music",
    "accountType": "BUSINESS",
    "email": "music@example.com",
    "phone": "9998887777",
    "shortName": "HM",
    "address": ADDRESS,
    "paymentInformation": {"payeeName": "Happy Music Inc", "bankAccount": {"accountNumber": "**** 2222"}},
    "createdTime": CREATED,
    "updatedTime": UPDATED,
}
HAPPY_MUSIC = Vendor(
    id="00901VENDOR",
    name="Happy Music",
    archived=False,
    account_type="BUSINESS",
    email="music@example.com",
    phone="9998887777",
    short_name="HM",
    address=SOMEWHERE,
    payee_name="Happy Music Inc",
    bank_account_number="**** 2222",
    created_time=CREATED_TIME,
    updated_time=UPDATED_TIME,
)
VENDORS = [
    Documented(
        lambda bill: bill.create_vendor(
            session=CHILD,
            vendor=NewVendor(
                "Happy Music",
                SOMEWHERE,
                account_type="BUSINESS",
                payee_name="Happy Music Inc",
                bank_account=VendorBankAccount(
                    "Happy Music Inc",
                    Secret(ACCOUNT_NUMBER),
                    "074000010",
                    BankAccountType.CHECKING,
                    BankOwnerType.BUSINESS,
                ),
            ),
        ),
        "POST /v3/vendors",
        AS_CHILD,
        VENDOR,
        HAPPY_MUSIC,
        body={
            "name": "Happy Music",
            "address": ADDRESS,
            "accountType": "BUSINESS",
            "paymentInformation": {
                "payeeName": "Happy Music Inc",
                "bankAccount": {
                    "nameOnAccount": "Happy Music Inc",
                    "accountNumber": ACCOUNT_NUMBER,
                    "routingNumber": "074000010",
                    "type": "CHECKING",
                    "ownerType": "BUSINESS",
                },
            },
        },
        needs=("id",),
        bill_id="00901VENDOR",
        secrets=(ACCOUNT_NUMBER,),
    ),
    Documented(
        lambda bill: bill.list_vendors(session=CHILD, query=ListQuery(filters='name:sw:"Hap"')),
        "GET /v3/vendors?max=100&filters=name%3Asw%3A%22Hap%22",
        AS_CHILD,
        {"results": [VENDOR]},
        Page((HAPPY_MUSIC,)),
        needs=("results", "results.id"),
    ),
    Documented(
        lambda bill: bill.get_vendor(session=CHILD, vendor_id="00901VENDOR"),
        "GET /v3/vendors/00901VENDOR",
        AS_CHILD,
        VENDOR,
        HAPPY_MUSIC,
        needs=("id",),
    ),
]

CUSTOMER = {
    "id": "0cu01GUEST",
    "archived": False,
    "name": "Guests",
    "email": "guests@example.com",
    "phone": "4085550123",
    "accountType": "BUSINESS",
}
GUESTS = Customer("0cu01GUEST", "Guests", False, "guests@example.com", "4085550123", "BUSINESS")
CUSTOMERS = [
    Documented(
        lambda bill: bill.create_customer(
            session=CHILD, customer=NewCustomer("Guests", "guests@example.com", "4085550123", "BUSINESS")
        ),
        "POST /v3/customers",
        AS_CHILD,
        CUSTOMER,
        GUESTS,
        body={
            "name": "Guests",
            "email": "guests@example.com",
            "phone": "4085550123",
            "accountType": "BUSINESS",
        },
        needs=("id",),
        bill_id="0cu01GUEST",
        secrets=("guests@example.com", "4085550123"),
    ),
    Documented(
        lambda bill: bill.list_customers(session=CHILD),
        "GET /v3/customers?max=100",
        AS_CHILD,
        {"results": [CUSTOMER]},
        Page((GUESTS,)),
        needs=("results", "results.id"),
    ),
    Documented(
        lambda bill: bill.get_customer(session=CHILD, customer_id="0cu01GUEST"),
        "GET /v3/customers/0cu01GUEST",
        AS_CHILD,
        CUSTOMER,
        GUESTS,
        needs=("id",),
    ),
]

CALLS = VENDORS + CUSTOMERS
