from dataclasses import dataclass

from onboarding.simulator.unknowns.setting import setting


@dataclass(frozen=True)
class PayableSettings:
    payee_account_types: str = setting(
        "BUSINESS,PERSON,NONE", "Values of accountType of vendors and customers; empty: any."
    )
    vendor_bank_details_complete: bool = setting(True, "A vendor's bankAccount needs all five fields.")
    routing_checksum: bool = setting(True, "A routing number's check digit must be right.")
    bank_numbers_unique_within: str = setting(
        "nowhere", "Within what a bank account's numbers can be used once.",
        "nowhere", "organization", "everywhere",
    )  # fmt: skip
    bank_numbers_taken_code: str = setting("BDC_1119", "Code for a bank account's numbers that are taken.")
    account_number_shown: str = setting(
        "last four", "accountNumber of bank accounts in answers.", "last four", "stars"
    )
    deposit_amount: float = setting(0.5, "The depositAmount that verifies a bank account.")
    deposit_attempts: int = setting(3, "Wrong depositAmounts after which a bank account cannot be used.")
    failed_deposit_word: str = setting(
        "INVALID", "Status of a bank account after those.", "INVALID", "BLOCKED"
    )
    wrong_deposit_code: str = setting("BDC_1119", "Code for a wrong depositAmount.")
    verifying_again: str = setting(
        "refuse", "Verifying a bank account that is VERIFIED.", "refuse", "same answer"
    )
    unverified_bank_account_days: int = setting(
        0, "Days after which a PENDING bank account is EXPIRED; 0: never."
    )
    default_after_verification: bool = setting(
        False, "A verified bank account becomes the default for payables and receivables."
    )
    bank_update_needs_trust: bool = setting(True, "Updating a bank account needs a trusted session.")
    bank_user_after_verification: str = setting(
        "VERIFIED", "verificationStatus of who added a bank account, once it is VERIFIED.",
        "VERIFIED", "NOMINATED",
    )  # fmt: skip
    identity_check_seconds: float = setting(
        60.0, "Seconds of the simulator's clock until a NOMINATED user is VERIFIED."
    )
    paying_roles: str = setting("ADMINISTRATOR,ACCOUNTANT,PAYER", "Roles that may pay.")
    payment_needs_bank_user: bool = setting(
        True, "Who pays is a VERIFIED user of the bank account, or the account is open to administrators."
    )
    payment_stopping_decisions: str = setting(
        "HOLD,DECLINE", "Decisions with which an organization cannot pay; NONE: not initiated."
    )
    cannot_pay_status: int = setting(403, "HTTP status of BDC_1150 for a payment.")
    card_accounts: str = setting(
        "car01SIMULATORCARD1aa", "Ids that CARD_ACCOUNT and AP_CARD take; empty: any."
    )
    earliest_process_days: int = setting(0, "Days from today to the earliest processDate.")
    process_date_status: int = setting(422, "HTTP status of BDC_1152.")
    vendor_account_waits: bool = setting(
        False, "A vendor's new bank account is paid two business days on at the earliest (BDC_1402)."
    )
    transaction_number_unique: bool = setting(False, "An organization's transactionNumbers are unique.")
    processed_payment_word: str = setting(
        "PAID", "Status of a payment when its processDate is over.", "PAID", "PROCESSED"
    )
    part_paid_word: str = setting("PARTIAL", "paymentStatus of a bill that is paid in part.")
    vendor_filters: str = setting(
        "id,archived,name,shortName,email,accountType,createdTime,updatedTime",
        "Fields vendors are filtered and sorted by.",
    )
    customer_filters: str = setting(
        "id,archived,name,email,accountType,createdTime,updatedTime",
        "Fields customers are filtered and sorted by.",
    )
    bill_filters: str = setting(
        "id,archived,vendorId,dueDate,paymentStatus,approvalStatus,createdTime,updatedTime",
        "Fields bills are filtered and sorted by.",
    )
    bank_account_filters: str = setting(
        "id,archived,status,type,ownerType,accessToAdmins,bankName,nameOnAccount,createdBy,chartOfAccountId,"
        "createdTime,updatedTime",
        "Fields bank accounts are filtered and sorted by.",
    )
    bank_account_user_filters: str = setting(
        "id,archived,bankAccountId,userId,verificationStatus,createdTime,updatedTime",
        "Fields bank account users are filtered and sorted by.",
    )
    payment_filters: str = setting(
        "id,archived,vendorId,billId,status,singleStatus,processDate,transactionNumber,disbursementType,"
        "confirmationNumber,createdBy,createdTime,updatedTime",
        "Fields payments are filtered and sorted by.",
    )
