"""The tester's guide, made from the tables that the simulator itself runs on."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import fields

from onboarding.simulator.clock import timestamp
from onboarding.simulator.control import guide_examples as examples
from onboarding.simulator.control.frame import page, table
from onboarding.simulator.control.guide_examples import Example
from onboarding.simulator.control.markup import Child, Markup, element
from onboarding.simulator.operations import risk
from onboarding.simulator.partners import SEEDS
from onboarding.simulator.routes import FAMILIES
from onboarding.simulator.settings import FIELDS, GROUPS
from onboarding.simulator.trouble import faults, magic
from onboarding.simulator.wire.messages import Answer
from onboarding.simulator.world import World

HERE = "/guide"
WHAT = (
    "This program answers like BILL: the same paths, headers, sessions, bodies and errors. It keeps what it is"
    " told, runs on a clock that you move, and fails in the ways that you choose. Nothing of it reaches BILL."
)


def guide_page(world: World, host: str, api_port: int) -> Answer:
    """`host` is where the reader found this page, so the examples work from where the reader is."""
    name = re.sub(":[0-9]*$", "", host)
    chapters = (
        ("Before you begin", [
            element("p", WHAT), credentials(),
            *shown([examples.preparation(f"http://{name}:{api_port}", f"http://{host}")]),
        ]),
        ("The first five minutes", shown(examples.FIRST_MINUTES)),
        ("MFA", shown(examples.MFA)),
        ("Webhooks", shown(examples.webhooks(str(uuid.uuid4())))),
        ("The clock", clock(world)),
        ("Decisions", decisions(world)),
        ("Magic values", magic_values()),
        ("Faults", fault_kinds()),
        ("Limits", limits(world)),
        ("Settings", settings(world)),
        ("Operations", operations()),
        ("Control API", control_api()),
    )  # fmt: skip
    contents = [element("li", element("a", title, href=f"#{anchor(title)}")) for title, _ in chapters]
    sections = [
        element("section", element("h2", title), *content, id=anchor(title)) for title, content in chapters
    ]
    return page(
        world, "Guide", HERE, element("nav", element("ol", contents), aria_label="Chapters", class_="contents"),
        *sections,
    )  # fmt: skip


def anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def shown(found: Sequence[Example]) -> list[Markup]:
    return [part for one in found for part in (element("p", one.about), script(one.script))]


def script(text: str) -> Markup:
    return element("pre", element("code", text), class_="script", tabindex=0)


def credentials() -> Markup:
    rows = [[element("code", value) for value in vars(seed).values()] for seed in SEEDS]
    names = [field.name for field in fields(SEEDS[0])]
    return table("The partners that are here from the start", names, rows, empty="")


def clock(world: World) -> list[Child]:
    idle, decision = world.settings.idle_minutes, world.settings.decision_seconds
    return [
        element(
            "p",
            "Sessions, decisions, tokens and limits run on the simulator's clock. It goes like any other, and the"
            " buttons above (or the control API) move it forward, never back; the offset survives a restart.",
        ),
        element(
            "p",
            f"It is {timestamp(world.clock.now())}. A session ends {idle} minutes after its last call; a decision"
            f" falls {decision:g} seconds after risk verification was initiated.",
        ),
    ]


def decisions(world: World) -> list[Child]:
    words = [element("code", word) for word in risk.DECISIONS]
    return [
        element(
            "p",
            "The name of an organization chooses its decision (see the magic values), else it is ",
            element("code", magic.DEFAULT_DECISION), ". Until then it is ",
            element("code", world.settings.in_progress_word),
            ". The buttons of the first page and the control API set it by hand, to ",
            [[word, ", "] for word in words], "or (control API) any word.",
        )
    ]  # fmt: skip


def magic_values() -> list[Child]:
    return [magic_about(), magic_table(), *shown([examples.magic_example()])]


def magic_about() -> Markup:
    return element(
        "p",
        f"Words in an organization's name, anywhere, in any case. A fault strikes {magic.DEFAULT_OPERATION}, or the"
        " operation named after a colon, as in [lose-reply:create_partner_user]; once for each name.",
    )


def magic_table() -> Markup:
    rows: list[list[Child]] = [
        [element("code", f"[{one.word}]"), one.effect, "decision" if one.decision else "fault"]
        for one in magic.TABLE
    ]
    return table("Magic values", ("Word", "Effect", "Chooses"), rows, empty="")


def fault_kinds() -> list[Child]:
    about = "Armed on the page Faults or with the control API, for one operation or all, once or more often."
    return [element("p", about), kind_table()]


def kind_table() -> Markup:
    rows: list[list[Child]] = [
        [element("code", kind.name), kind.effect, kind.status or "", kind.seconds or "", kind.code]
        for kind in faults.KINDS.values()
    ]
    return table("What each does", ("Fault", "Effect", "Status", "Seconds", "Code"), rows, empty="")


def limits(world: World) -> list[Child]:
    about = "As BILL documents them; they count by the simulator's clock, and "
    return [
        element("p", about, element("a", "one page shows what each key has used", href="/limits"), "."),
        setting_table("Limits", world),
    ]


def settings(world: World) -> list[Child]:
    about = "What BILL does not document is a setting. A change holds at once and survives a restart: "
    return [
        element("p", about, element("a", "change them", href="/settings"), "."),
        *(setting_table(title, world) for title in GROUPS if title != "Limits"),
    ]


def setting_table(title: str, world: World) -> Markup:
    rows: list[list[Child]] = [
        [
            element("code", one.name),
            one.metadata["about"],
            ", ".join(one.metadata["choices"]),
            element("code", str(getattr(world.settings, one.name))),
        ]
        for one in (FIELDS[field.name] for field in fields(GROUPS[title]))
    ]
    return table(title, ("Setting", "About", "Choices", "Now"), rows, empty="")


def operations() -> list[Child]:
    """Also the names that faults and magic values go by."""
    return [
        table(family, ("Operation", "Call", "Who"), [
            [element("code", route.operation), element("code", f"{route.method} {route.base}{route.path}"),
             route.access.value]
            for route in routes
        ], empty="")
        for family, routes in FAMILIES.items()
    ]  # fmt: skip


def control_api() -> list[Child]:
    about = "What the control pages do, tests do with JSON, and see with GET."
    return [
        element("p", about),
        *(part for one in examples.CONTROL for part in (control_heading(one), script(one.script))),
    ]


def control_heading(one: examples.ControlCall) -> Markup:
    return element("p", element("strong", f"{one.method} {one.path}"), f" {one.about}")
