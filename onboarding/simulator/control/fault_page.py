from onboarding.simulator.control.frame import button, form, labelled, page, section, select, table
from onboarding.simulator.control.guide_page import kind_table, magic_about, magic_table
from onboarding.simulator.control.markup import Child, Markup, element
from onboarding.simulator.routes import OPERATIONS
from onboarding.simulator.trouble import faults
from onboarding.simulator.trouble.faults import Fault
from onboarding.simulator.wire.messages import Answer
from onboarding.simulator.world import World

HERE = "/faults"


def fault_page(world: World) -> Answer:
    armed = faults.all_faults(world.store)
    return page(
        world,
        "Faults",
        HERE,
        section("Armed and used", armed_table(armed)),
        section("Arm a fault", arm_form(), kind_table()),
        section("Magic values", magic_about(), magic_table()),
    )


def armed_table(armed: list[Fault]) -> list[Markup]:
    columns = ("Fault", "Operation", "Struck", "Of", "")
    shown = table("Faults, oldest first; one that is used up strikes no more", columns,
                  [fault_row(one) for one in armed], empty="No fault is armed.")  # fmt: skip
    return [shown, *([form("/faults/clear", button("Remove all"), back=HERE)] if armed else [])]


def fault_row(one: Fault) -> list[Child]:
    hidden = element("input", type="hidden", name="id", value=one.id)
    return [
        one.described(),
        one.operation,
        one.hits,
        "until removed" if one.times is None else one.times,
        form("/faults/remove", hidden, button("Remove", aria_label=f"Remove {one.kind}"), back=HERE),
    ]


def arm_form() -> Markup:
    all_kinds = faults.KINDS.values()
    with_status = ", ".join(kind.name for kind in all_kinds if kind.status)
    with_seconds = ", ".join(kind.name for kind in all_kinds if kind.seconds)
    with_code = ", ".join(kind.name for kind in all_kinds if kind.code)
    return form(
        "/faults",
        labelled("Fault", select("kind", tuple(faults.KINDS))),
        labelled("Operation", select("operation", (faults.ANY, *OPERATIONS))),
        labelled("Times (0: until removed)", element("input", name="times", value="1", inputmode="numeric")),
        labelled(f"Status ({with_status})", element("input", name="status", inputmode="numeric")),
        labelled(f"Seconds ({with_seconds})", element("input", name="seconds", inputmode="decimal")),
        labelled(f"Code ({with_code})", element("input", name="code")),
        labelled("Done before it hangs", select("committed", ("true", "false"))),
        button("Arm fault", class_="main"),
        back=HERE,
        class_="fields",
    )
