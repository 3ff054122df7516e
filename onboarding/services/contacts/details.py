"""What the partner entered about the company, as its admin sees it, and "this is wrong"."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding import choices
from onboarding.models import Contact, Objection, Onboarding, Step
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, crypto, masking
from portal.lib.actor import Actor

# The steps whose values the admin is shown.
DETAILED = ("create_organization", "create_user")
# So much can be said before somebody answers; more is not read by anybody.
MOST_SAID = 30
Given = Mapping[str, str]


@dataclass(frozen=True)
class Item:
    """One thing that was entered; numbers are read from left to right in every language."""

    key: str
    label: str
    value: str
    is_number: bool
    said: Sequence[Objection]


def _address(given: Given, prefix: str = "") -> str:
    names = ("line1", "line2", "city", "state", "zip")
    line1, line2, city, state, zip_code = (given.get(f"{prefix}{name}", "") for name in names)
    parts = [line1, line2, city, f"{state} {zip_code}".strip()]
    return ", ".join(part for part in parts if part)


def _mailing(given: Given) -> str:
    return "" if given.get("mailing_same") else _address(given, "mailing_")


def _category(given: Given) -> str:
    value = given.get("business_category", "")
    return dict(choices.BUSINESS_CATEGORIES).get(value, value)


def _plain(name: str) -> Callable[[Given], str]:
    return lambda given: given.get(name, "")


def _masked(name: str) -> Callable[[Given], str]:
    return lambda given: masking.last_four(given.get(name, ""))


# What is shown, under the key with which it is objected to: its label, the step it was entered for, and how it reads.
ITEMS: dict[str, tuple[Promise, str, Callable[[Given], str]]] = {
    "name": (_("Company name"), "create_organization", _plain("name")),
    "address": (_("Address"), "create_organization", _address),
    "mailing": (_("Mailing address"), "create_organization", _mailing),
    "phone": (_("Company phone"), "create_organization", _masked("phone")),
    "tax_id": (_("Tax id"), "create_organization", _masked("tax_id")),
    "industry": (_("Industry"), "create_organization", _plain("industry")),
    "category": (_("Kind of business"), "create_organization", _category),
    "owner": (_("Owner"), "create_organization", _plain("owner_name")),
    "born": (
        _("Owner’s year of birth"),
        "create_organization",
        lambda given: given.get("owner_birth", "")[:4],
    ),
    "first_name": (_("Your first name"), "create_user", _plain("first_name")),
    "last_name": (_("Your last name"), "create_user", _plain("last_name")),
    "email": (_("Your e-mail address at BILL"), "create_user", _plain("email")),
}
NUMBERS = frozenset({"phone", "tax_id", "born"})


def items_of(onboarding: Onboarding) -> tuple[list[Item], bytes]:
    """All that was submitted, in order, and its fingerprint; what nobody entered is left out."""
    values = values_of(_entered(onboarding))
    said: dict[str, list[Objection]] = {}
    for one in Objection.objects.filter(onboarding=onboarding).order_by("made_at"):
        said.setdefault(one.item, []).append(one)
    items = [
        Item(key, str(ITEMS[key][0]), value, key in NUMBERS, said.get(key, []))
        for key, value in values.items()
    ]
    return items, _fingerprint(values)


def _entered(onboarding: Onboarding) -> Iterable[Step]:
    return Step.objects.filter(onboarding=onboarding, key__in=DETAILED).order_by("round")


def values_of(steps: Iterable[Step]) -> dict[str, str]:
    """What the page shows of these steps, by the key of its item."""
    given: dict[str, Given] = {step.key: step.input for step in steps}
    read = {key: reads(given.get(step, {})) for key, (_label, step, reads) in ITEMS.items()}
    return {key: value for key, value in read.items() if value}


def fingerprint_of_details(onboarding: Onboarding) -> bytes:
    """Equal while the page would show the same."""
    return _fingerprint(values_of(_entered(onboarding)))


def _fingerprint(values: Mapping[str, str]) -> bytes:
    return crypto.fingerprint_of("contact.details", values)


def has_seen(contact: Contact, onboarding: Onboarding) -> bool:
    """Whether the contact has read the details as they are now."""
    seen = contact.seen_details
    return seen is not None and bytes(seen) == fingerprint_of_details(onboarding)


def object_to(*, actor: Actor, contact: Contact, item: str, said: str) -> bool:
    """Keep what the admin says is wrong; the same again changes nothing. False when too much waits for an answer."""
    Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    unanswered = list(Objection.objects.filter(onboarding=contact.onboarding_id, answered_at__isnull=True))
    if any((one.item, one.said) == (item, said) for one in unanswered):
        return True
    if len(unanswered) >= MOST_SAID:
        return False
    made = Objection.objects.create(
        tenant_id=contact.tenant_id,
        onboarding_id=contact.onboarding_id,
        contact=contact,
        item=item,
        said=said,
        made_at=clock.now(),
    )
    record(
        actor=actor,
        tag=Tag.CONTACT_OBJECTED,
        onboarding=contact.onboarding_id,
        target=("contact", str(contact.pk)),
        fields={"item": item, "objection": str(made.pk)},
    )
    return True


def see_details(contact: Contact, shown: str) -> bool:
    """The admin has read them and goes on; False when they are not what the page had shown, by its fingerprint."""
    now = fingerprint_of_details(contact.onboarding)
    if shown != now.hex():
        return False
    Contact.objects.filter(pk=contact.pk).update(seen_details_at=clock.now(), seen_details=now)
    return True
