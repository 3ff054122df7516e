from onboarding.bill.inputs import (
    Address,
    InvitationAcceptance,
    NetworkQuery,
    NetworkRole,
    NetworkType,
    NewInvitation,
)
from onboarding.bill.outputs import Invitation, NetworkOrganization, Page
from onboarding.bill.sessions import Secret
from tests.onboarding.bill.documented.call import ADDRESS, AS_CHILD, Documented
from tests.onboarding.bill.wire import CHILD

ACCOUNT_NUMBER = "canary-77778888"

CALLS = [
    Documented(
        lambda bill: bill.search_network(
            session=CHILD,
            query=NetworkQuery("City Power", NetworkType.RPPS, "95002", Secret(ACCOUNT_NUMBER)),
        ),
        "GET /v3/network?name=City+Power&scope=RPPS&zipOrPostalCode=95002&accountNumber=canary-77778888",
        AS_CHILD,
        {
            "results": [
                {"networkId": "0rv01", "name": "City Power", "networkType": "RPPS", "address": ADDRESS}
            ]
        },
        Page(
            (
                NetworkOrganization(
                    "0rv01",
                    "City Power",
                    "RPPS",
                    Address("1 Main St", "San Jose", "95002", "US", "Suite 2", "CA"),
                ),
            )
        ),
        needs=("results", "results.networkId"),
        secrets=(ACCOUNT_NUMBER,),
    ),
    Documented(
        lambda bill: bill.accept_invitation(
            session=CHILD, acceptance=InvitationAcceptance("n1", NetworkRole.CUSTOMER, name="Guests")
        ),
        "POST /v3/network/invitation/accept",
        AS_CHILD,
        {},
        None,
        body={"networkId": "n1", "type": "CUSTOMER", "name": "Guests"},
    ),
    Documented(
        lambda bill: bill.invite_vendor(
            session=CHILD,
            vendor_id="00901VENDOR",
            invitation=NewInvitation("0rv01", NetworkType.RPPS, {"accountNumber": Secret(ACCOUNT_NUMBER)}),
        ),
        "POST /v3/network/invitation/vendor/00901VENDOR",
        AS_CHILD,
        {},
        None,
        body={
            "networkId": "0rv01",
            "networkType": "RPPS",
            "rppsInformation": {"accountNumber": ACCOUNT_NUMBER},
        },
        secrets=(ACCOUNT_NUMBER,),
    ),
    Documented(
        lambda bill: bill.invite_vendor_not_in_bill_network(
            session=CHILD, vendor_id="00901VENDOR", email="music@example.com"
        ),
        "POST /v3/network/invitation/vendor/00901VENDOR/email",
        AS_CHILD,
        {},
        None,
        body={"email": "music@example.com"},
        secrets=("music@example.com",),
    ),
    Documented(
        lambda bill: bill.get_vendor_invitation(session=CHILD, vendor_id="00901VENDOR"),
        "GET /v3/network/invitation/vendor/00901VENDOR",
        AS_CHILD,
        {"status": "PENDING", "networkId": "n1"},
        Invitation("PENDING", "n1"),
    ),
    Documented(
        lambda bill: bill.delete_vendor_connection(session=CHILD, vendor_id="00901VENDOR"),
        "DELETE /v3/network/invitation/vendor/00901VENDOR",
        AS_CHILD,
        None,
        None,
    ),
    Documented(
        lambda bill: bill.invite_customer(
            session=CHILD, customer_id="0cu01GUEST", invitation=NewInvitation("n1", NetworkType.BILL)
        ),
        "POST /v3/network/invitation/customer/0cu01GUEST",
        AS_CHILD,
        {},
        None,
        body={"networkId": "n1", "networkType": "BILL"},
    ),
    Documented(
        lambda bill: bill.get_customer_invitation(session=CHILD, customer_id="0cu01GUEST"),
        "GET /v3/network/invitation/customer/0cu01GUEST",
        AS_CHILD,
        {"status": "PENDING", "networkId": "n1"},
        Invitation("PENDING", "n1"),
    ),
    Documented(
        lambda bill: bill.delete_customer_connection(session=CHILD, customer_id="0cu01GUEST"),
        "DELETE /v3/network/invitation/customer/0cu01GUEST",
        AS_CHILD,
        None,
        None,
    ),
]
