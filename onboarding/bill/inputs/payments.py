"""Payments."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from onboarding.bill.inputs.fields import filled, require_money


class FundingType(StrEnum):
    """What a payment is funded from."""

    BANK_ACCOUNT = "BANK_ACCOUNT"
    CARD_ACCOUNT = "CARD_ACCOUNT"
    WALLET = "WALLET"
    AP_CARD = "AP_CARD"


@dataclass(frozen=True, slots=True)
class FundingAccount:
    """Where the money comes from; only a wallet has no id."""

    type: FundingType
    id: str = ""

    def __post_init__(self) -> None:
        if bool(self.id) == (self.type is FundingType.WALLET):
            raise ValueError("A funding account has an id, unless it is the wallet.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(type=self.type, id=self.id)


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment to make. By a transaction number of our own it is found again when the answer is lost."""

    funding_account: FundingAccount
    amount: Decimal
    vendor_id: str = ""
    bill_id: str = ""
    process_date: date | None = None
    create_bill: bool = False
    request_pay_faster: bool | None = None
    request_check_delivery_type: str = ""
    description: str = ""
    transaction_number: str = ""
    card_funding_purpose: str = ""

    def __post_init__(self) -> None:
        require_money(amount=self.amount)
        if self.amount <= 0:
            raise ValueError("amount must be more than nothing.")
        if self.create_bill and self.bill_id:
            raise ValueError("bill_id must be absent when BILL is to create the bill.")
        if self.funding_account.type in (FundingType.WALLET, FundingType.AP_CARD) and not self.process_date:
            raise ValueError("process_date is needed for a wallet or an AP card.")
        if len(self.transaction_number) > 50:
            raise ValueError("transaction_number must be at most 50 characters.")

    def payload(self) -> dict[str, object]:
        """BILL's JSON."""
        return filled(
            vendorId=self.vendor_id,
            billId=self.bill_id,
            processDate=self.process_date.isoformat() if self.process_date else "",
            fundingAccount=self.funding_account.payload(),
            amount=self.amount,
            processingOptions=filled(
                createBill=self.create_bill,
                requestPayFaster=self.request_pay_faster,
                requestCheckDeliveryType=self.request_check_delivery_type,
            ),
            description=self.description,
            transactionNumber=self.transaction_number,
            cardFundingPurpose=self.card_funding_purpose,
        )
