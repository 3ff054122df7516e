"""The frame of every control page, and the pieces that several pages use."""

from collections.abc import Sequence

from onboarding.simulator.control.markup import Child, Markup, element
from onboarding.simulator.wire.messages import Answer
from onboarding.simulator.world import World

PAGES = (
    ("/", "Organizations"),
    ("/money", "Money"),
    ("/faults", "Faults"),
    ("/webhooks", "Webhooks"),
    ("/calls", "Calls"),
    ("/settings", "Settings"),
    ("/limits", "Limits"),
    ("/guide", "Guide"),
)
STEPS = ((60, "1 min"), (35 * 60, "35 min"), (24 * 3600, "1 day"))
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers would then send "Origin: null" with the forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page(world: World, title: str, here: str, *content: Child, status: int = 200) -> Answer:
    links = [
        element("a", name, href=path, aria_current="page" if path == here else None) for path, name in PAGES
    ]
    document = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", f"{title} · BILL simulator"),
            element("link", rel="stylesheet", href="/control.css"),
        ),
        element(
            "body",
            element(
                "header",
                element("p", "BILL simulator", class_="name"),
                element("nav", links, aria_label="Pages"),
                clock(world, here),
            ),
            element("main", element("h1", title), *content),
        ),
        lang="en",
    )
    return html_answer(document, status)


def html_answer(document: Markup, status: int = 200) -> Answer:
    content = f"<!DOCTYPE html>{document}".encode(errors="replace")
    return Answer(status, content, "text/html; charset=utf-8", HEADERS)


def clock(world: World, here: str) -> Markup:
    moves = [button(name, name="advance_seconds", value=seconds) for seconds, name in STEPS]
    now = f"{world.clock.now():%Y-%m-%d %H:%M:%S} UTC"
    ahead = f"{world.clock.offset} ahead" if world.clock.offset else "real time"
    return form("/clock", element("span", f"{now} ({ahead})"), " Forward: ", moves, back=here, class_="clock")


def form(action: str, *content: Child, back: str, class_: str | None = None) -> Markup:
    """A form that comes back to the page it is on."""
    hidden = element("input", type="hidden", name="back", value=back)
    return element("form", hidden, *content, method="post", action=action, class_=class_)


def button(label: str, **attributes: str | int | bool) -> Markup:
    return element("button", label, type="submit", **attributes)


def moment(stamp: str) -> Markup:
    """A timestamp to the second; all of it is in the element's own attribute."""
    return element("time", stamp[:19].replace("T", " "), datetime=stamp)


def labelled(label: str, control: Markup) -> Markup:
    return element("label", element("span", label), control)


def select(name: str, options: Sequence[str], chosen: str = "") -> Markup:
    items = [element("option", one, value=one, selected=one == chosen) for one in options]
    return element("select", items, name=name)


def section(title: str, *content: Child) -> Markup:
    return element("section", element("h2", title), *content)


def heading(column: str) -> Markup:
    """Above buttons that say themselves what they do there is nothing to say."""
    return element("th", column, scope="col") if column else element("td")


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Child]], *, empty: str) -> Markup:
    """A table that scrolls by itself, so that the page never does."""
    if not rows:
        return element("p", empty, class_="quiet")
    head = element("thead", element("tr", [heading(column) for column in columns]))
    body = element("tbody", [element("tr", [element("td", cell) for cell in row]) for row in rows])
    return element(
        "div",
        element("table", element("caption", caption), head, body),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=caption,
    )
