"""The organization's own admin, as far as a confirmed mailbox."""

from typing import Protocol

import pytest
from django.test import Client

from onboarding.engine import wake
from onboarding.models import Onboarding
from tests.onboarding.contacts.mailbox import ADDRESS, ADMIN, come, invite
from tests.world import Partner, World


class Visiting(Protocol):
    def __call__(
        self,
        partner: Partner,
        onboarding: Onboarding,
        name: str = ADMIN,
        email: str = ADDRESS,
        **headers: str,
    ) -> Client: ...


@pytest.fixture(autouse=True)
def _mails_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wake-up arrives, as in `world`: a test delivers what is due, and a request sends fresh links itself."""
    monkeypatch.setattr(wake, "send_mail", lambda *args: False)
    monkeypatch.setattr(wake, "send_links", lambda *args: False)


@pytest.fixture
def visit(world: World) -> Visiting:
    """Invite the admin of an onboarding and come in: a device with a confirmed mailbox."""

    def visiting(
        partner: Partner, onboarding: Onboarding, name: str = ADMIN, email: str = ADDRESS, **headers: str
    ) -> Client:
        invite(partner, onboarding, name, email)
        return come(partner, **headers)

    return visiting
