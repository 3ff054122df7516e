"""Looking at a page as somebody with a small screen, in the dark, or with a screen reader would."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from tests.walks.visitor import Visitor

NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
# Named, because axe leaves out the size of targets (WCAG 2.2) unless it is asked for.
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


@dataclass(frozen=True)
class Stop:
    """One page to look at, as whom."""

    name: str
    url: str
    client: Client
    shows: str = ""
    status: int = 200
    # Done there first: it is the page that this leads to that is looked at.
    do: Callable[[Page], object] | None = None


def look_at_all(visitor: Visitor, stops: list[Stop]) -> list[str]:
    axe, wrong, last = Axe(), [], None
    for stop in stops:
        if stop.client is not last:
            visitor.page.context.clear_cookies()
            if stop.client.cookies:
                visitor.arrive_as(stop.client)
            last = stop.client
        wrong += looked_at(visitor, stop, axe)
    return wrong


def looked_at(visitor: Visitor, stop: Stop, axe: Axe) -> list[str]:
    """What is wrong with the page, narrow and dark, then wide and light."""
    page = visitor.page
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    answer = page.goto(stop.url)
    assert answer is not None
    assert answer.status == stop.status, stop.name
    if stop.do is not None:
        stop.do(page)
    assert stop.shows in page.locator("main").inner_text(), stop.name
    visitor.picture("".join(c if c.isalnum() else "-" for c in stop.name.lower()))
    wrong = []
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        wrong.append(f"{stop.name}: {wide} px too wide for 320")
    wrong += violations(visitor, f"{stop.name}, dark at 320", axe)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return wrong + violations(visitor, f"{stop.name}, light at 1280", axe)


def violations(visitor: Visitor, where: str, axe: Axe) -> list[str]:
    found: dict[str, Any] = axe.run(visitor.page, options=RULES).response
    return [
        f"{where}: {one['id']} at {node['target']}: {node.get('failureSummary', '')}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
