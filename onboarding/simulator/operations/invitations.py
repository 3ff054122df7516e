"""Connecting vendors and customers with who they are in the network."""

from http import HTTPStatus

from onboarding.simulator import connections
from onboarding.simulator.access import Access, require_trust
from onboarding.simulator.call import Call
from onboarding.simulator.errors import Refusal, not_found, refusal
from onboarding.simulator.operations import customers, owned, vendors
from onboarding.simulator.operations.network import BILL, NATIONAL_VENDORS, RPPS
from onboarding.simulator.operations.organizations import organization_named
from onboarding.simulator.route import Route
from onboarding.simulator.shapes import EMAIL, Field, matching, one_of
from onboarding.simulator.store import Record
from onboarding.simulator.trust import texts
from onboarding.simulator.webhooks.events import announce
from onboarding.simulator.wire.messages import Answer, Json

INVITATION = (
    Field("networkId", required=True, longest=40),
    Field("networkType", required=True, accepts=one_of(f"{BILL},{RPPS}")),
    Field("rppsInformation", dict),
)
BY_EMAIL = (Field("email", required=True, longest=254, accepts=matching(EMAIL)),)
ACCEPTANCE = (
    Field("networkId", required=True, longest=40),
    Field("type", required=True, accepts=one_of("VENDOR,CUSTOMER")),
    Field("id", longest=40),
    Field("name", longest=100),
)
# Whom the inviting organization calls its vendor calls it a customer.
OPPOSITE = {"VENDOR": "CUSTOMER", "CUSTOMER": "VENDOR"}


def invite_vendor(call: Call) -> Answer:
    require_trust_for(call, vendors.KIND)
    vendor, sent = payee_in_path(call), call.checked(INVITATION)
    require_no_invitation(call, vendor)
    if sent["networkType"] == RPPS:
        connect_national_vendor(call, vendor, sent)
    else:
        invite(call, vendor, sent["networkId"])
    announce_payees(call, vendor.id)
    return call.done()


def connect_national_vendor(call: Call, vendor: Record, sent: Json) -> None:
    """Nobody has to accept: a national vendor is connected at once."""
    if call.world.settings.rpps_information_required and not sent.get("rppsInformation"):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", "rppsInformation")
    if sent["networkId"] not in (one.network_id for one in NATIONAL_VENDORS):
        raise not_found(sent["networkId"])
    content = {"networkId": sent["networkId"], "networkType": RPPS, "status": connections.CONNECTED_RPPS}
    connections.add(call.world, vendor, content)


def invite_customer(call: Call) -> Answer:
    require_trust_for(call, customers.KIND)
    customer, sent = payee_in_path(call), call.checked(INVITATION)
    if sent["networkType"] == RPPS:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "networkType", RPPS)
    require_no_invitation(call, customer)
    invite(call, customer, sent["networkId"])
    return call.done()


def invite(call: Call, payee: Record, network_id: str) -> None:
    world = call.world
    invited = connections.organization_of(world, network_id)
    if invited is None:
        raise not_found(network_id)
    if invited.id == call.caller.organization_id:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", "networkId", network_id)
    content = {"networkId": network_id, "networkType": BILL, "status": connections.PENDING}
    sent = connections.add(world, payee, content, invited=invited.id)
    if world.settings.network_auto_connect:
        connections.connect(world, sent)
    elif "email" in payee.body:
        texts.send(world, payee, payee.body["email"], kind="EMAIL", purpose="accept a network invitation")


def invite_vendor_not_in_bill_network(call: Call) -> Answer:
    require_trust_for(call, vendors.KIND)
    vendor, sent = payee_in_path(call), call.checked(BY_EMAIL)
    require_no_invitation(call, vendor)
    connections.add(call.world, vendor, {"networkType": BILL, "status": connections.PENDING})
    texts.send(call.world, vendor, sent["email"], kind="EMAIL", purpose="join the network and connect")
    announce_payees(call, vendor.id)
    return call.done()


def get_invitation(call: Call) -> Answer:
    payee = payee_in_path(call)
    invitation = connections.find(call.world, payee.id)
    if invitation is None:
        if call.world.settings.invitation_absent == connections.NOT_CONNECTED:
            return call.answer({"status": connections.NOT_CONNECTED})
        raise refusal(HTTPStatus.NOT_FOUND, "BDC_1120")
    status = connections.status(call.world, invitation)
    if status == connections.EXPIRED:
        status = call.world.settings.expired_invitation_word
    known = {name: invitation.body[name] for name in ("networkId", "networkType") if name in invitation.body}
    return call.answer({"status": status, **known})


def delete_invitation(call: Call) -> Answer:
    """Takes back an invitation, or ends a connection."""
    payee = payee_in_path(call)
    invitation = connections.find(call.world, payee.id)
    if invitation is None:
        raise refusal(HTTPStatus.NOT_FOUND, "BDC_1120")
    connections.remove(call.world, invitation)
    announce_payees(call, payee.id, invitation.body.get("counterpart", ""))
    return call.done()


def accept_invitation(call: Call) -> Answer:
    sent = call.checked(ACCEPTANCE)
    if ("id" in sent) == ("name" in sent):
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1117", "id or name")
    invitation = invitation_from(call, sent["networkId"], sent["type"])
    inviter = organization_named(call.world, invitation.organization_id)
    payee = accepted_payee(call, sent, inviter)
    content = {
        "networkId": sent["networkId"],
        "networkType": BILL,
        "status": connections.CONNECTED,
        "counterpart": invitation.body["payee"],
    }
    connections.add(call.world, payee, content, invited=inviter.id)
    connections.connect(call.world, invitation, counterpart=payee.id)
    announce_payees(call, payee.id, invitation.body["payee"])
    return call.done()


def invitation_from(call: Call, network_id: str, kind: str) -> Record:
    """The invitation of this organization that still waits for the caller's."""
    inviter = connections.organization_of(call.world, network_id)
    if inviter is None:
        raise not_found(network_id)
    sent = call.world.store.all(connections.KIND, organization=inviter.id, label=call.caller.organization_id)
    wanted = (OPPOSITE[kind],) if call.world.settings.accepted_type == "checked" else tuple(OPPOSITE)
    for one in sent:
        if connections.status(call.world, one) == connections.PENDING and one.body["kind"] in wanted:
            return one
    raise refusal(HTTPStatus.NOT_FOUND, "BDC_1120")


def accepted_payee(call: Call, sent: Json, inviter: Record) -> Record:
    """The vendor or customer that the inviting organization becomes here."""
    kind = vendors.KIND if sent["type"] == "VENDOR" else customers.KIND
    if "id" in sent:
        payee = owned.find(call, kind, sent["id"])
        require_no_invitation(call, payee)
        return payee
    if kind == customers.KIND:
        return customers.add_customer(call, {"name": sent["name"]})
    return vendors.add_vendor(call, {"name": sent["name"], "address": inviter.body["address"]})


def payee_in_path(call: Call) -> Record:
    if "vendorId" in call.arguments:
        return owned.find(call, vendors.KIND, call.arguments["vendorId"])
    return owned.find(call, customers.KIND, call.arguments["customerId"])


def require_trust_for(call: Call, kind: str) -> None:
    if call.world.settings.invitations_need_trust in (kind, "both"):
        require_trust(call.caller)


def require_no_invitation(call: Call, payee: Record) -> None:
    """One that waits has to be taken back first; one that has expired is in nobody's way."""
    existing = connections.find(call.world, payee.id)
    if existing is None:
        return
    waits = connections.status(call.world, existing) == connections.PENDING
    if waits and call.world.settings.second_invitation == "refuse":
        raise already(call, "invited", payee)
    if connections.is_connected(call.world, payee.id):
        raise already(call, "connected", payee)
    connections.remove(call.world, existing)


def already(call: Call, word: str, payee: Record) -> Refusal:
    return refusal(HTTPStatus.BAD_REQUEST, call.world.settings.second_invitation_code, payee.id, word)


def announce_payees(call: Call, *identifiers: str) -> None:
    """The networkStatus of these vendors is another now; customers have none."""
    for vendor in (call.world.store.get(vendors.KIND, one) for one in identifiers):
        if vendor:
            announce(
                call.world,
                "vendor.updated",
                vendors.shown(call.world, vendor),
                partner_id=vendor.partner_id,
                organization_id=vendor.organization_id,
            )


PATH = "/v3/network/invitation"
VENDOR, CUSTOMER = PATH + "/vendor/{vendorId}", PATH + "/customer/{customerId}"
ROUTES: tuple[Route, ...] = (
    Route("POST", PATH + "/accept", "accept_invitation", Access.ORGANIZATION, accept_invitation),
    Route("POST", VENDOR, "invite_vendor", Access.ORGANIZATION, invite_vendor),
    Route("GET", VENDOR, "get_vendor_invitation", Access.ORGANIZATION, get_invitation),
    Route("DELETE", VENDOR, "delete_vendor_connection", Access.ORGANIZATION, delete_invitation),
    Route(
        "POST",
        VENDOR + "/email",
        "invite_vendor_not_in_bill_network",
        Access.ORGANIZATION,
        invite_vendor_not_in_bill_network,
    ),
    Route("POST", CUSTOMER, "invite_customer", Access.ORGANIZATION, invite_customer),
    Route("GET", CUSTOMER, "get_customer_invitation", Access.ORGANIZATION, get_invitation),
    Route("DELETE", CUSTOMER, "delete_customer_connection", Access.ORGANIZATION, delete_invitation),
)
