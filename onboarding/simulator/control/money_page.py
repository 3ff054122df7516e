"""Bank accounts, payments and vendors; account numbers were never kept."""

from onboarding.simulator.control.frame import moment, page, section, table
from onboarding.simulator.control.markup import Child, Markup, element
from onboarding.simulator.operations import banks, payments, settling, vendors
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Answer
from onboarding.simulator.world import World

SHOWN = 50
HERE = "/money"
GOOD = ("VERIFIED", "PAID", "PROCESSED")
BAD = ("INVALID", "BLOCKED", "EXPIRED")


def money_page(world: World) -> Answer:
    with world.store.transaction():
        settling.settle_payments(world)
        return page(
            world,
            "Money",
            HERE,
            section("Bank accounts", bank_table(world)),
            section("Payments", payment_table(world)),
            section("Vendors", vendor_table(world)),
        )


def newest(world: World, kind: str) -> list[Record]:
    return world.store.all(kind, descending=True, limit=SHOWN)


def caption(world: World, kind: str) -> str:
    return f"{world.store.count(kind)} in all, newest first"


def status(word: str) -> Markup:
    return element("span", word, class_="good" if word in GOOD else "bad" if word in BAD else None)


def bank_table(world: World) -> Markup:
    rows = [
        bank_row(one, banks.shown(one, world.settings)["accountNumber"]) for one in newest(world, banks.KIND)
    ]
    columns = ("Name on account", "Bank", "Number", "Routing", "Status", "Id", "Organization", "Created")
    hint = f"A depositAmount of {world.settings.deposit_amount:.2f} verifies one."
    return table(f"{caption(world, banks.KIND)}. {hint}", columns, rows, empty="No bank account yet.")


def bank_row(one: Record, number: str) -> list[Child]:
    return [
        one.body["nameOnAccount"],
        one.body["bankName"],
        number,
        one.body["routingNumber"],
        status(one.body["status"]),
        element("code", one.id),
        element("code", one.organization_id),
        moment(one.body["createdTime"]),
    ]


def payment_table(world: World) -> Markup:
    rows = [payment_row(one) for one in newest(world, payments.KIND)]
    columns = (
        "Vendor",
        "Amount",
        "Process date",
        "Status",
        "By",
        "Reference",
        "Id",
        "Organization",
        "Created",
    )
    return table(caption(world, payments.KIND), columns, rows, empty="No payment yet.")


def payment_row(one: Record) -> list[Child]:
    return [
        one.body["vendorName"],
        f"{one.body['amount']:,.2f}",
        one.body["processDate"],
        status(one.body["status"]),
        one.body["disbursementType"],
        one.body.get("transactionNumber", ""),
        element("code", one.id),
        element("code", one.organization_id),
        moment(one.body["createdTime"]),
    ]


def vendor_table(world: World) -> Markup:
    rows = [vendor_row(world, one) for one in newest(world, vendors.KIND)]
    columns = ("Name", "Paid to", "Network", "Id", "Organization", "Created")
    return table(caption(world, vendors.KIND), columns, rows, empty="No vendor yet.")


def vendor_row(world: World, one: Record) -> list[Child]:
    shown = vendors.shown(world, one)
    details = shown.get("paymentInformation", {}).get("bankAccount", {})
    return [
        shown["name"],
        details.get("accountNumber", "check"),
        shown["networkStatus"],
        element("code", one.id),
        element("code", one.organization_id),
        moment(shown["createdTime"]),
    ]
