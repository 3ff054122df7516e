"""What subscribers are told about a payment: when it is scheduled, and when the clock processes it."""

from onboarding.simulator.operations import settling
from onboarding.simulator.store import Record
from onboarding.simulator.webhooks.events import announce
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

EVENT = "payment.updated"
COPIED = (
    "id",
    "vendorId",
    "amount",
    "status",
    "transactionNumber",
    "createdBy",
    "createdTime",
    "updatedTime",
    "processDate",
)


def announce_payment(world: World, payment: Record) -> None:
    announce(
        world,
        EVENT,
        entity(payment.body),
        partner_id=payment.partner_id,
        organization_id=payment.organization_id,
    )
    processed = payment.body | settling.after_processing(payment.body, world.settings)
    announce(
        world,
        EVENT,
        entity(processed),
        partner_id=payment.partner_id,
        organization_id=payment.organization_id,
        at=settling.processed_at(payment.body["processDate"]),
    )


def entity(payment: Json) -> Json:
    """A notification names the bills in a list, and funding and disbursement as objects."""
    copied = {name: payment[name] for name in COPIED if name in payment}
    return copied | {
        "billIds": [payment["billId"]],
        "funding": payment["fundingAccount"],
        "disbursement": {"type": payment["disbursementType"]},
    }
