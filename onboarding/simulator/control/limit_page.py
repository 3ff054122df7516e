from onboarding.simulator.control.frame import moment, page, table
from onboarding.simulator.control.markup import Child, element
from onboarding.simulator.limits import usage
from onboarding.simulator.wire.messages import Answer, Json
from onboarding.simulator.world import World

HERE = "/limits"
COLUMNS = ("Partner", "Key", "Calls", "Logins", "Messages in a minute", "Under way")


def limit_page(world: World) -> Answer:
    used = usage(world)
    limits = used["limits"]
    state = "are enforced" if used["enforced"] else "are off, and nothing is counted"
    about = element(
        "p", f"The limits {state}. The counts of this hour end at ", moment(used["hourEnds"]), ". ",
        element("a", "Change them among the settings.", href="/settings"),
    )  # fmt: skip
    rows = [row(one, limits) for one in used["keys"]]
    return page(world, "Limits", HERE, about, table("What each key has used", COLUMNS, rows, empty=""))


def row(one: Json, limits: Json) -> list[Child]:
    return [
        one["username"],
        element("code", one["key"]),
        of(one["calls"], limits["calls_per_hour"]),
        of(one["logins"], limits["logins_per_hour"]),
        of(one["messages"], limits["messages_per_minute"]),
        [
            element("p", f"{of(each['calls'], limits['concurrent_calls'])} for ",
                    element("code", each["organizationId"] or "the partner itself"))
            for each in one["underWay"]
        ] or element("span", "none", class_="quiet"),
    ]  # fmt: skip


def of(number: int, most: int) -> str:
    return f"{number} of {most}" if most else f"{number}, no limit"
