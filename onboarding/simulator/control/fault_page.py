from onboarding.simulator import faults, magic
from onboarding.simulator.control.frame import button, form, labelled, page, section, select, table
from onboarding.simulator.control.markup import Child, Markup, element
from onboarding.simulator.faults import Fault
from onboarding.simulator.messages import Answer
from onboarding.simulator.routes import OPERATIONS
from onboarding.simulator.world import World

HERE = "/faults"


def fault_page(world: World) -> Answer:
    armed = faults.all_faults(world.store)
    return page(
        world,
        "Faults",
        HERE,
        section("Armed and used", armed_table(armed)),
        section("Arm a fault", arm_form(), kinds()),
        section("Magic values", magic_table()),
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
    return form(
        "/faults",
        labelled("Fault", select("kind", tuple(faults.KINDS))),
        labelled("Operation", select("operation", (faults.ANY, *OPERATIONS))),
        labelled("Times (0: until removed)", element("input", name="times", value="1", inputmode="numeric")),
        labelled("Status (error, html)", element("input", name="status", inputmode="numeric")),
        labelled(
            "Seconds (refuse, hang, late, delay)", element("input", name="seconds", inputmode="decimal")
        ),
        labelled("Done before it hangs", select("committed", ("true", "false"))),
        button("Arm fault", class_="main"),
        back=HERE,
        class_="fields",
    )


def kinds() -> Markup:
    rows = [
        [element("code", kind.name), kind.effect, kind.status or "", kind.seconds or ""]
        for kind in faults.KINDS.values()
    ]
    return table("What each does", ("Fault", "Effect", "Status", "Seconds"), rows, empty="")


def magic_table() -> list[Markup]:
    about = (
        f"Words in an organization's name, anywhere, in any case. A fault strikes {magic.DEFAULT_OPERATION},"
        " or the operation named after a colon, as in [lose-reply:create_user]; once for each name."
    )
    rows = [
        [element("code", f"[{one.word}]"), one.effect, "decision" if one.decision else "fault"]
        for one in magic.TABLE
    ]
    return [element("p", about), table("Magic values", ("Word", "Effect", "Chooses"), rows, empty="")]
