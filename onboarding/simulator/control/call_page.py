from onboarding.simulator import calls
from onboarding.simulator.calls import LoggedCall
from onboarding.simulator.control.frame import moment, page, table
from onboarding.simulator.control.markup import Child, element
from onboarding.simulator.wire.messages import Answer
from onboarding.simulator.world import World

COLUMNS = ("Time", "Operation", "Request", "Status", "Codes", "ms", "Fault", "Body")
FIRST_ERROR = 400


def call_page(world: World) -> Answer:
    rows = [row(call) for call in reversed(calls.logged(world.store))]
    caption = f"{calls.total(world.store)} calls; the last {len(rows)}, newest first"
    return page(world, "Calls", "/calls", table(caption, COLUMNS, rows, empty="No call yet."))


def row(call: LoggedCall) -> list[Child]:
    bad = call.status is None or call.status >= FIRST_ERROR
    return [
        moment(call.time),
        call.operation,
        element("code", f"{call.method} {call.path}"),
        element("span", call.status or "cut", class_="bad" if bad else "good"),
        ", ".join(call.codes),
        f"{call.latency_ms:.1f}",
        call.fault,
        element("code", call.body),
    ]
