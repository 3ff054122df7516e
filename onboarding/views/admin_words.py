"""What is asked of the organization's admin, and how far they came, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.dateformat import format as date_format

from onboarding.models import Onboarding
from onboarding.services.contacts.mails import GIVE_UP_AFTER
from onboarding.services.contacts.mfa_standing import blocked
from onboarding.services.contacts.standing import Standing
from onboarding.services.contacts.tasks import has_decided
from onboarding.views.records import Fact
from portal.lib import clock, masking

BLOCKED = (
    "Blocked by BILL after too many codes. The admin can try again in {} min;"
    " if it stays so, they write to BILL's support."
)


@dataclass(frozen=True)
class Person:
    """The admin as this reader may see them."""

    name: str
    email: str


def person_of(standing: Standing, sees_all: bool) -> Person:
    """In full, or as initials and the first letter."""
    name, email = standing.contact.name, standing.contact.email
    return Person(name, email) if sees_all else Person(masking.person(name), masking.email(email))


def left_to_do(onboarding: Onboarding, standing: Standing) -> list[str]:
    """What the admin has not done yet."""
    agreed = onboarding.acceptance_id is not None and onboarding.grant_id is not None
    phone = "secure the account with a phone"
    if not onboarding.bill_user_id:
        phone += " (once their user exists at BILL)"
    done = {
        "check what we entered": standing.contact.seen_details_at is not None,
        "accept BILL's terms": agreed,
        "decide on log in as user": has_decided(onboarding),
        phone: standing.is_trusted,
    }
    return [words for words, is_done in done.items() if not is_done]


def standing_facts(onboarding: Onboarding, standing: Standing) -> list[Fact]:
    """How it stands with the admin, for the panel."""
    left = ", ".join(left_to_do(onboarding, standing))
    facts = [
        Fact("Asked to", left[:1].upper() + left[1:] if left else "Nothing more: all is done"),
        Fact("Asked since", at=standing.since),
        _link_fact(standing),
    ]
    if standing.came_at:
        facts.append(Fact("Last came in", at=standing.came_at))
    facts.append(
        Fact(
            "Mailbox confirmed",
            "" if standing.contact.confirmed_at else "No",
            at=standing.contact.confirmed_at,
        )
    )
    facts.append(Fact("Reminders", str(standing.reminders)))
    facts.append(_device_fact(standing))
    if standing.mfa and (block := blocked(standing.mfa, clock.now())):
        facts.append(Fact("MFA codes", BLOCKED.format(block.minutes)))
    return facts


def _link_fact(standing: Standing) -> Fact:
    link = standing.invitation
    if standing.contact.declined_at:
        return Fact("“It is not me” since", at=standing.contact.declined_at)
    if standing.contact.revoked_at:
        return Fact("Link taken back", at=standing.contact.revoked_at)
    if link.used_at:
        return Fact("Link used", at=link.used_at)
    if link.expires_at <= clock.now():
        return Fact("Link", "Over, and not used")
    if standing.came_at:
        # They came in by one before: nobody waits for them to open this one.
        return Fact("Newest link", "" if link.looked_at else "Not opened", at=link.looked_at)
    return Fact("Link opened", "" if link.looked_at else "Not yet", at=link.looked_at)


def _device_fact(standing: Standing) -> Fact:
    mfa = standing.mfa
    if mfa is None:
        return Fact("Remembered device", "Not set up")
    if mfa.trusted_until and standing.is_trusted:
        return Fact("Remembered until", _day(mfa.trusted_until))
    if mfa.lost_at:
        return Fact("Remembered device", "Lost: BILL does not know it any more")
    if mfa.trusted_until:
        return Fact("Remembered device", f"Ended on {_day(mfa.trusted_until)}")
    return Fact("Remembered device", "Being set up")


def _day(moment: datetime) -> str:
    return date_format(moment, "j M Y")


def unsent_words(standing: Standing) -> str:
    """What is wrong with the mails, if anything is."""
    if standing.unsent is None:
        return ""
    tries = "once" if standing.unsent.tries == 1 else f"{standing.unsent.tries} times"
    ended = standing.unsent.tries >= GIVE_UP_AFTER
    next_ = "It is not tried again: send a fresh link." if ended else "It is tried again by itself."
    return f"A mail could not be sent ({standing.unsent.problem}), tried {tries}. {next_}"
