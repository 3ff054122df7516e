"""The organization's own admin at a phone: reads their mails, and walks their pages in their language."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.utils import translation
from playwright.sync_api import Locator, expect

from onboarding.models import Onboarding
from tests.onboarding.contacts.mailbox import ADMIN, invite
from tests.onboarding.views.html import form_of, page
from tests.walks.visitor import Visitor
from tests.world import Partner

BETWEEN_MAILS = b"-" * 79 + b"\n"
# What the focused element shows of it, and whether all of that is on the screen.
FOCUS = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  return {
    is_seen: one.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    is_inside: box.top >= 0 && box.left >= 0 && box.right <= innerWidth && box.top < innerHeight,
    what: one.outerHTML.slice(0, 200),
  };
}"""


@dataclass
class Reader:
    """Somebody with a mailbox and a browser."""

    visitor: Visitor
    mailbox: Path
    address: str
    language: str

    def mails(self) -> list[EmailMessage]:
        """What the portal's workers sent to this address, oldest first."""
        files = sorted(self.mailbox.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
        written = [part for file in files for part in file.read_bytes().split(BETWEEN_MAILS) if part.strip()]
        read = [message_from_bytes(part, _class=EmailMessage, policy=policy.default) for part in written]
        return [one for one in read if one["To"] == self.address]

    def find(self, pattern: str) -> str:
        """The newest thing in the mails that looks so; waits for it."""

        def found() -> list[str]:
            return [
                hit
                for mail in self.mails()
                for hit in re.findall(pattern, f"{mail['Subject']}\n{text_of(mail)}")
            ]

        self.visitor.until(found, f"a mail with {pattern}")
        return found()[-1]

    def say(self, words: str, **names: str) -> str:
        """The words in the reader's language."""
        with translation.override(self.language):
            said = translation.gettext(words)
        return said % names if names else said

    def sees(self, words: str, picture: str, **names: str) -> None:
        """This heading is there; keep a picture of the page."""
        expect(self.visitor.heading(self.say(words, **names))).to_be_visible()
        self.visitor.picture(picture)

    def press(self, words: str) -> None:
        self._go(self.visitor.button(self.say(words)))

    def follow(self, words: str) -> None:
        self._go(self.visitor.page.get_by_role("link", name=self.say(words), exact=True).first)

    def tick(self, name: str) -> None:
        """The box of this name, or its first choice."""
        self._tick(self.visitor.page.locator(f"main [name={name}]").first)

    def write(self, name: str, text: str) -> None:
        self._write(self.visitor.page.locator(f"main [name={name}]"), text)

    def _go(self, there: Locator) -> None:
        there.click()

    def _tick(self, box: Locator) -> None:
        box.check()

    def _write(self, field: Locator, text: str) -> None:
        field.fill(text)


class Typist(Reader):
    """Somebody without mouse or finger: Tab, Enter, Space, and what is typed."""

    def _go(self, there: Locator) -> None:
        self._reach(there)
        self.visitor.page.keyboard.press("Enter")

    def _tick(self, box: Locator) -> None:
        self._reach(box)
        self.visitor.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def _write(self, field: Locator, text: str) -> None:
        self._reach(field)
        self.visitor.page.keyboard.type(text)

    def _reach(self, there: Locator) -> None:
        """Tab from where the focus is; every stop on the way shows that it has it."""
        expect(there).to_be_visible()
        for _ in range(80):
            if there.evaluate("one => one === document.activeElement"):
                return
            self.visitor.page.keyboard.press("Tab")
            focus = self.visitor.page.evaluate(FOCUS)
            assert focus["is_seen"], f"no focus to be seen at {focus['what']}"
            assert focus["is_inside"], f"out of sight: {focus['what']}"
        raise AssertionError(f"the keyboard does not reach {there}")


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    return body.get_content() if body is not None else ""


def left_to_admin(
    partner: Partner, name: str = "Rice Cakes Inc", email: str = "t@rice.example", language: str | None = None
) -> Onboarding:
    """The organization is at BILL, and its user waits for the terms to be accepted by the admin.

    With a language, they were named before; otherwise the portal asks whom step 3 names.
    """
    onboarding = partner.at("create_user", name)
    if language is not None:
        invite(partner, onboarding, ADMIN, email, language)
    url, client = partner.url(onboarding, "create_user"), partner.client()
    given = {"first_name": "Tomato", "last_name": "Soupsmith", "email": email, "by_admin": "on"}
    answer = client.post(url, {**form_of(client.get(url)), **given})
    assert answer.status_code == 302, page(answer).source
    partner.world.drain()
    return partner.fresh(onboarding)


def newest_token(partner: Partner, onboarding: Onboarding) -> str:
    """What BILL sent last to the phones of this onboarding's user."""
    user = partner.fresh(onboarding).bill_user_id
    sent = [one.body for one in partner.world.simulator.texts if one.label == user]
    return str(next(one["token"] for one in reversed(sent) if one["purpose"].startswith("MFA")))
