"""One person at one browser window: the moves that every walk makes, and what the browser complained of."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect

from portal.launcher.environment import ROOT
from tests.world import PASSWORD

PICTURES = ROOT / ".artifacts" / "walks"
# A blocked script or style is reported to the page alone, unless it is said aloud.
TELL_POLICY = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));"""


@dataclass
class Visitor:
    page: Page
    home: str
    name: str
    scripts: bool = True
    complaints: list[str] = field(default_factory=list)
    pictures: int = 0

    @classmethod
    @contextmanager
    def of(cls, browser: Browser, home: str, name: str, **options: Any) -> Iterator["Visitor"]:
        for old in PICTURES.glob(f"{name}-*.png"):
            old.unlink()
        context = browser.new_context(base_url=home, reduced_motion="reduce", **options)
        try:
            page = context.new_page()
            visitor = cls(page, home, name, options.get("java_script_enabled", True))
            page.on("console", lambda message: visitor._hear(message.type, message.text))
            page.on("pageerror", lambda error: visitor._hear("error", str(error)))
            if visitor.scripts:
                page.add_init_script(TELL_POLICY)
            yield visitor
        finally:
            context.close()

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {text}")

    def picture(self, what: str) -> None:
        self.pictures += 1
        path = PICTURES / f"{self.name}-{self.pictures:02d}-{what}.png"
        # The bars at the top stick to the window: from further down they would lie across the page.
        if self.scripts:
            self.page.evaluate("scrollTo(0, 0)")
        self.page.screenshot(path=path, full_page=True)

    def sign_in(self, email: str) -> None:
        self.page.goto("/")
        expect(self.page).to_have_title("Sign in · BILL onboarding portal")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.button("Sign in").click()
        expect(self.heading("Onboardings")).to_be_visible()

    def arrive_as(self, client: Client) -> None:
        """Be signed in already, as this client is."""
        self.page.context.clear_cookies()
        self.page.context.add_cookies(
            [{"name": one.key, "value": one.value, "url": self.home} for one in client.cookies.values()]
        )

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name)

    @property
    def state(self) -> Locator:
        """The pill of the step that is shown."""
        return self.page.locator("#step .panel > header .status").first

    def begin(self, name: str) -> None:
        """From the empty dashboard to the form of the organization."""
        self.link("Start the first onboarding").click()
        self.page.get_by_label("Company name").fill(name)
        self.picture("new")
        self.button("Start onboarding").click()

    def fill(self, values: Mapping[str, str], form: str = "#step-form") -> None:
        """Type into the named fields of a form, whatever their kind."""
        for name, value in values.items():
            named = self.page.locator(f"{form} [name={name}]")
            kind = named.first.get_attribute("type") or named.first.evaluate("one => one.localName")
            if kind == "radio":
                self.page.locator(f"{form} [name={name}][value={value}]").check()
            elif kind == "checkbox":
                named.set_checked(bool(value))
            elif kind == "select":
                named.select_option(value)
            elif value:
                named.fill(value)

    def submit_step(self, key: str, button: str, values: Mapping[str, str]) -> None:
        self.fill(values)
        self.picture(f"{key}-filled")
        self.button(button).click()

    def until(self, holds: Callable[[], object], what: str, within: float = 20.0) -> None:
        """Wait for what other processes do; the browser goes on meanwhile."""
        deadline = monotonic() + within
        while not holds():
            assert monotonic() < deadline, f"{what} did not happen within {within:g} s"
            self.page.wait_for_timeout(50)
