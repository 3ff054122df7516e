"""An admin with a phone in their hand, as far as MFA needs one."""

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from onboarding.models import Mfa, Onboarding, Scope
from onboarding.services.contacts.mfa_standing import NEXT_LOOK_AFTER
from onboarding.simulator.operations.mfa import keep_phone
from portal.lib.tenancy import acting_for
from tests.onboarding.contacts.conftest import Visiting
from tests.onboarding.views.html import page
from tests.onboarding.views.rows import make_grant
from tests.world import Partner

NUMBER = "(408) 555-0123"
E164 = "+14085550123"


@dataclass
class Admin:
    """One organization's admin on one device."""

    partner: Partner
    onboarding: Onboarding
    client: Client

    def look(self) -> Any:
        return self.client.get(reverse("contact_mfa"))

    def press(self, name: str, **given: str) -> Any:
        """Send one of the pages' forms; the page that it leads to. Nobody has BILL looked at twice in ten seconds."""
        if name == "contact_mfa":
            self.partner.world.later(NEXT_LOOK_AFTER)
        return self.client.post(reverse(name), given, follow=True)

    def begin(self, phone: str = NUMBER, **given: str) -> Any:
        """As far as the first token's being sent."""
        self.press("contact_mfa")
        return self.press("contact_mfa_phone", phone=phone, **given)

    def enter(self, code: str = "") -> Any:
        """Type the newest token, or this one, into the page as it stands."""
        shown = page(self.look())
        token = next((t.attributes["value"] for t in shown.tags if t.attributes.get("name") == "token"), "")
        return self.press("contact_mfa_code", token=token, code=code or self.token)

    def finish(self) -> Any:
        """All the way."""
        self.begin()
        self.enter()
        return self.enter()

    @property
    def texts(self) -> list[dict[str, Any]]:
        """What BILL sent to this user's phones."""
        sent = self.partner.world.simulator.texts
        mine = [one.body for one in sent if one.label == self.onboarding.bill_user_id]
        return [one for one in mine if one["purpose"].startswith("MFA")]

    @property
    def token(self) -> str:
        return str(self.texts[-1]["token"])

    @property
    def wrong(self) -> str:
        return f"{(int(self.token) + 1) % 1_000_000:06}"

    @property
    def row(self) -> Mfa:
        with acting_for(self.partner.pk):
            return Mfa.objects.get(onboarding=self.onboarding)

    def tags(self) -> list[str]:
        return [tag for tag in self.partner.tags(self.onboarding) if tag.startswith("mfa.")]

    def own_phone_at_bill(self, phone: str = "+14155550177") -> None:
        """The user set up a phone in BILL itself."""
        bill = self.partner.world.simulator.world
        user = bill.store.get("user", self.onboarding.bill_user_id)
        assert user is not None
        keep_phone(bill.store, user, {"phone": phone, "type": "TEXT"})


def admin_of(partner: Partner, visit: Visiting, scope: Scope = Scope.VERIFICATION) -> Admin:
    """An admin whose user is at BILL, and who let the portal log in."""
    onboarding = partner.at("add_risk_phone")
    make_grant(partner, onboarding, scope)
    return Admin(partner, onboarding, visit(partner, onboarding))


def words(response: Any) -> str:
    """The page's text, on one line."""
    return " ".join(response.content.decode().split())
