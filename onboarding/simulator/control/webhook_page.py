from onboarding.simulator.control.frame import button, form, labelled, moment, page, section, table
from onboarding.simulator.control.markup import Child, Markup, element
from onboarding.simulator.partners import KIND as PARTNER
from onboarding.simulator.webhooks import deliveries
from onboarding.simulator.wire.messages import Answer, Json
from onboarding.simulator.world import World

HERE = "/webhooks"


def webhook_page(world: World) -> Answer:
    found = deliveries.described(world)
    names = {one["id"]: one["name"] for one in found["subscriptions"]}
    partners = {one.id: str(one.body["username"]) for one in world.store.all(PARTNER)}
    return page(
        world,
        "Webhooks",
        HERE,
        section("Subscriptions", subscription_table(found["subscriptions"], partners)),
        section("Notifications", actions(world), notification_table(found["notifications"], names)),
    )


def subscription_table(found: list[Json], partners: dict[str, str]) -> Markup:
    rows: list[list[Child]] = [
        [
            one["name"],
            element("code", one["id"]),
            partners.get(one["partnerId"], ""),
            element("code", one["organizationId"]) if one["organizationId"] else "all of the partner's",
            element("code", one["notificationUrl"]),
            ", ".join(event["type"] for event in one["events"]),
            element("span", "enabled", class_="good")
            if one["status"]["enabled"]
            else element("span", "disabled", class_="bad"),
        ]
        for one in found
    ]
    columns = ("Name", "Id", "Partner", "Organization", "Receiver", "Events", "State")
    return table("Keys are told to their owners only", columns, rows, empty="There is no subscription yet.")


def actions(world: World) -> list[Child]:
    held = world.settings.reorder_deliveries
    return [
        form("/webhooks/deliver", button("Deliver everything now"), back=HERE),
        " ",
        form("/webhooks/duplicates", count(1), button("Send the newest again"), back=HERE),
        " ",
        form("/webhooks/reorder", count(held or 3), button("Hold so many, then send newest first"), back=HERE),
        " ",
        form("/webhooks/reorder", hidden("count", "0"), button("Send in order"), back=HERE) if held else "",
    ]  # fmt: skip


def count(value: int) -> Markup:
    return labelled("How many", element("input", name="count", value=value, inputmode="numeric", size=3))


def hidden(name: str, value: str) -> Markup:
    return element("input", type="hidden", name=name, value=value)


def notification_table(found: list[Json], names: dict[str, str]) -> Markup:
    rows: list[list[Child]] = [
        [
            moment(one["createdTime"]),
            one["eventType"],
            element("code", one["eventId"]),
            element("code", one["organizationId"]),
            names.get(one["subscriptionId"], ""),
            attempts(one["attempts"]),
            next_try(one),
            form("/webhooks/duplicates", hidden("eventId", one["eventId"]), button("Send again"), back=HERE),
        ]
        for one in found
    ]
    columns = ("Happened", "Event", "Event id", "Organization", "Subscription", "Attempts", "Next try", "")
    return table(f"The newest {len(found)}, newest first", columns, rows, empty="No notification yet.")


def attempts(made: list[Json]) -> Child:
    shown = [
        element(
            "li",
            moment(one["time"]),
            " ",
            element("span", one["status"] or one["error"], class_="good" if one["status"] == 200 else "bad"),
        )
        for one in made
    ]
    return element("ul", shown, class_="plain") if shown else element("span", "none", class_="quiet")


def next_try(one: Json) -> Child:
    if one["nextTry"] is None:
        return ""
    more = f" ({one['onTheWay']} of it)" if one["onTheWay"] > 1 else ""
    return [moment(one["nextTry"]), more]
