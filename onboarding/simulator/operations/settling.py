"""What a payment does to its bill: at once when it is scheduled, and when the clock passes its process date."""

import secrets
from datetime import UTC, date, datetime, time, timedelta

from onboarding.simulator.amounts import exact, number
from onboarding.simulator.clock import timestamp
from onboarding.simulator.operations import owned
from onboarding.simulator.settings import Settings
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

DUE = "payment due"
# What a bill keeps besides what BILL answers: the amounts of its payments, and of those that were processed.
OWN_COUNTS = ("committed", "paid")


def processed_at(process_date: str) -> datetime:
    """The end of the process date."""
    return datetime.combine(date.fromisoformat(process_date), time(), UTC) + timedelta(days=1)


def schedule(world: World, payment: Record, bill: Record) -> None:
    add_to_bill(world, bill, "committed", payment.body["amount"])
    world.store.add(
        DUE,
        f"due-{secrets.token_hex(8)}",
        {"at": processed_at(payment.body["processDate"]).timestamp()},
        partner=payment.partner_id,
        organization=payment.organization_id,
        label=payment.id,
    )


def settle_payments(world: World, organization_id: str | None = None) -> None:
    """Nothing happens by itself here: whoever looks sees what has come to pass."""
    with world.store.transaction():
        for due in world.store.all(DUE, organization=organization_id):
            if due.body["at"] <= world.clock.now().timestamp():
                settle(world, due)


def settle(world: World, due: Record) -> None:
    world.store.remove(due.id)
    payment = world.store.get("payment", due.label)
    if payment is None:
        return
    owned.change(world, payment, **after_processing(payment.body, world.settings))
    bill = world.store.get("bill", payment.body["billId"])
    if bill:
        add_to_bill(world, bill, "paid", payment.body["amount"])


def after_processing(payment: Json, settings: Settings) -> Json:
    """What is new in the payment once it is processed."""
    word = settings.processed_payment_word
    moment = timestamp(processed_at(payment["processDate"]))
    return {"status": word, "singleStatus": word, "updatedTime": moment}


def add_to_bill(world: World, bill: Record, count: str, amount: int | float) -> None:
    body = {**bill.body, count: number(exact(bill.body[count]) + exact(amount))}
    owned.change(world, bill, **{count: body[count]}, paymentStatus=payment_status(body, world.settings))


def payment_status(bill: Json, settings: Settings) -> str:
    if exact(bill["paid"]) >= exact(bill["amount"]):
        return "PAID"
    if exact(bill["committed"]) >= exact(bill["amount"]):
        return "SCHEDULED"
    return settings.part_paid_word
