from datetime import UTC, date, datetime
from decimal import Decimal

from onboarding.bill.inputs import (
    FundingAccount,
    FundingType,
    ListQuery,
    NewBill,
    NewLineItem,
    NewPayment,
)
from onboarding.bill.outputs import Bill, BillPayment, LineItem, Page, Payment
from tests.onboarding.bill.documented.call import AS_CHILD, CREATED, UPDATED, Documented
from tests.onboarding.bill.wire import CHILD

CREATED_TIME = datetime(2024, 12, 20, 22, 16, 27, tzinfo=UTC)
UPDATED_TIME = datetime(2024, 12, 21, 8, tzinfo=UTC)

BILL = {
    "id": "00n01BILL",
    "archived": False,
    "vendorId": "00901VENDOR",
    "amount": 249.99,
    "dueDate": "2025-02-01",
    "invoice": {"invoiceNumber": "202501", "invoiceDate": "2024-12-20"},
    "billLineItems": [
        {"id": "bli01", "amount": 228.99, "description": "Plants"},
        {"id": "bli02", "amount": 21, "description": "Pots", "quantity": 2, "price": 10.5},
    ],
    "description": "Office",
    "paymentStatus": "UNPAID",
    "approvalStatus": "BRAND_NEW_WORD",
    "createdTime": CREATED,
    "updatedTime": UPDATED,
}
PLANTS = Bill(
    id="00n01BILL",
    vendor_id="00901VENDOR",
    amount=Decimal("249.99"),
    due_date=date(2025, 2, 1),
    invoice_number="202501",
    invoice_date=date(2024, 12, 20),
    line_items=(
        LineItem("bli01", Decimal("228.99"), "Plants"),
        LineItem("bli02", Decimal(21), "Pots", Decimal(2), Decimal("10.5")),
    ),
    description="Office",
    payment_status="UNPAID",
    approval_status="BRAND_NEW_WORD",
    archived=False,
    created_time=CREATED_TIME,
    updated_time=UPDATED_TIME,
)
BILLS = [
    Documented(
        lambda bill: bill.create_bill(
            session=CHILD,
            bill=NewBill(
                "00901VENDOR",
                date(2025, 2, 1),
                (
                    NewLineItem(Decimal("228.99"), "Plants"),
                    NewLineItem(description="Pots", quantity=Decimal(2), price=Decimal("10.5")),
                ),
                invoice_number="202501",
                invoice_date=date(2024, 12, 20),
            ),
        ),
        "POST /v3/bills",
        AS_CHILD,
        BILL,
        PLANTS,
        body={
            "vendorId": "00901VENDOR",
            "dueDate": "2025-02-01",
            "invoice": {"invoiceNumber": "202501", "invoiceDate": "2024-12-20"},
            "billLineItems": [
                {"amount": 228.99, "description": "Plants"},
                {"description": "Pots", "quantity": 2, "price": 10.5},
            ],
        },
        needs=("id",),
        bill_id="00n01BILL",
    ),
    Documented(
        lambda bill: bill.list_bills(session=CHILD, query=ListQuery(max=20, sort="createdTime:desc")),
        "GET /v3/bills?max=20&sort=createdTime%3Adesc",
        AS_CHILD,
        {"results": [BILL]},
        Page((PLANTS,)),
        needs=("results", "results.id"),
    ),
    Documented(
        lambda bill: bill.get_bill(session=CHILD, bill_id="00n01BILL"),
        "GET /v3/bills/00n01BILL",
        AS_CHILD,
        BILL,
        PLANTS,
        needs=("id",),
    ),
]

PAYMENT = {
    "id": "stp01PAY",
    "status": "SCHEDULED",
    "singleStatus": "SCHEDULED",
    "amount": 228.99,
    "vendorId": "00901VENDOR",
    "billId": "00n01BILL",
    "processDate": "2025-01-20",
    "fundingAccount": {"type": "BANK_ACCOUNT", "id": "bac01BANK"},
    "billPayments": [{"id": "blp01", "billId": "00n01BILL", "amount": 228.99}],
    "disbursementType": "ACH",
    "description": "Plants",
    "transactionNumber": "ours-17",
    "confirmationNumber": "P25",
    "createdBy": "00601USER",
}
PAID = Payment(
    id="stp01PAY",
    status="SCHEDULED",
    single_status="SCHEDULED",
    amount=Decimal("228.99"),
    vendor_id="00901VENDOR",
    bill_id="00n01BILL",
    process_date=date(2025, 1, 20),
    funding_type="BANK_ACCOUNT",
    funding_id="bac01BANK",
    bill_payments=(BillPayment("blp01", "00n01BILL", Decimal("228.99")),),
    disbursement_type="ACH",
    description="Plants",
    transaction_number="ours-17",
    confirmation_number="P25",
    created_by="00601USER",
)
PAYMENTS = [
    Documented(
        lambda bill: bill.create_payment(
            session=CHILD,
            payment=NewPayment(
                FundingAccount(FundingType.BANK_ACCOUNT, "bac01BANK"),
                Decimal("228.99"),
                bill_id="00n01BILL",
                process_date=date(2025, 1, 20),
                request_pay_faster=False,
                request_check_delivery_type="STANDARD",
                transaction_number="ours-17",
            ),
        ),
        "POST /v3/payments",
        AS_CHILD,
        PAYMENT,
        PAID,
        body={
            "billId": "00n01BILL",
            "processDate": "2025-01-20",
            "fundingAccount": {"type": "BANK_ACCOUNT", "id": "bac01BANK"},
            "amount": 228.99,
            "processingOptions": {
                "createBill": False,
                "requestPayFaster": False,
                "requestCheckDeliveryType": "STANDARD",
            },
            "transactionNumber": "ours-17",
        },
        needs=("id",),
        bill_id="stp01PAY",
    ),
    Documented(
        lambda bill: bill.list_payments(session=CHILD),
        "GET /v3/payments?max=100",
        AS_CHILD,
        {"results": [PAYMENT]},
        Page((PAID,)),
        needs=("results", "results.id"),
    ),
    Documented(
        lambda bill: bill.get_payment(session=CHILD, payment_id="stp01PAY"),
        "GET /v3/payments/stp01PAY",
        AS_CHILD,
        PAYMENT,
        PAID,
        needs=("id",),
    ),
]

CALLS = BILLS + PAYMENTS
