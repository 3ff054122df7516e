from dataclasses import Field, fields
from typing import Any

from onboarding.simulator.control.frame import button, form, labelled, page, section, select, table
from onboarding.simulator.control.markup import Markup, element
from onboarding.simulator.partners import KIND as PARTNER
from onboarding.simulator.partners import SEEDS
from onboarding.simulator.settings import FIELDS, GROUPS
from onboarding.simulator.wire.messages import Answer
from onboarding.simulator.world import World

HERE = "/settings"
ABOUT = "What BILL does not document. A change holds at once and survives a restart."


def settings_page(world: World) -> Answer:
    groups = [
        element("fieldset", element("legend", title), group_inputs(world, group))
        for title, group in GROUPS.items()
    ]
    return page(
        world,
        "Settings",
        HERE,
        element("p", ABOUT),
        form("/settings", groups, button("Save settings", class_="main"), back=HERE, class_="fields"),
        section("Partners", partners(world)),
        section("Add a partner", partner_form()),
    )


def group_inputs(world: World, group: type) -> list[Markup]:
    return [setting_input(FIELDS[one.name], getattr(world.settings, one.name)) for one in fields(group)]


def setting_input(field: Field[Any], value: Any) -> Markup:
    choices = ("true", "false") if isinstance(field.default, bool) else field.metadata["choices"]
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    label = f"{field.name}: {field.metadata['about']}"
    control = (
        select(field.name, choices, shown) if choices else element("input", name=field.name, value=shown)
    )
    return labelled(label, control)


def partners(world: World) -> list[Markup]:
    found = world.store.all(PARTNER)
    rows = [[one.body["username"], element("code", one.id), "•••", "•••", "•••"] for one in found]
    columns = ("Username", "Id", "Password", "appKey", "devKey")
    seeded = ", ".join(seed.username for seed in SEEDS)
    return [
        table("Partners do not see each other's organizations", columns, rows, empty=""),
        element("p", f"The documentation names the keys and passwords of {seeded}.", class_="quiet"),
    ]


def partner_form() -> Markup:
    names = ("username", "password", "appKey", "devKey")
    inputs = [
        labelled(name, element("input", name=name, required=True, maxlength=100, autocomplete="off"))
        for name in names
    ]
    return form("/partners", inputs, button("Add partner", class_="main"), back=HERE, class_="fields")
