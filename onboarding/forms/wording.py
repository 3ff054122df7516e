"""The words that the admin agrees to, in the reader's language: kept exactly as the page shows them."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib import clock, crypto

# Said by a press of the button that reads so, on every page that has it: there is nothing else to read before.
TAKE_BACK = gettext_lazy("Take the permission back")


@dataclass(frozen=True)
class Wording:
    """What is said before the box, and the sentence beside it."""

    about: tuple[str, ...]
    sentence: str

    @property
    def text(self) -> str:
        return "\n".join((*self.about, self.sentence))

    @property
    def mark(self) -> str:
        """Equal for equal words: a form carries it, so that nobody agrees to words that changed meanwhile."""
        return crypto.fingerprint("wording", self.text).hex()


def terms_version() -> str:
    """The version of BILL's terms; where nobody told it, the day on which somebody answers to the text."""
    return settings.BILL_TERMS_VERSION or clock.now().date().isoformat()


def terms_wording(brand: str, organization: str) -> Wording:
    day = formats.date_format(clock.now(), "DATE_FORMAT")
    names = {"brand": brand, "organization": organization, "url": settings.BILL_TERMS_URL, "day": day}
    if settings.BILL_TERMS_VERSION:
        names["version"] = settings.BILL_TERMS_VERSION
        which = _("The text is BILL’s Terms of Service, version %(version)s: %(url)s") % names
    else:
        which = _("The text is BILL’s Terms of Service as it stands today, on %(day)s: %(url)s") % names
    return Wording(
        about=(
            _("BILL asks that the administrator of %(organization)s accepts its terms.") % names,
            which,
            _("%(brand)s tells BILL that you did. Then your user is created.") % names,
        ),
        sentence=_("I have read BILL’s Terms of Service and accept them for %(organization)s.") % names,
    )


def consent_wording(brand: str, organization: str) -> Wording:
    names = {"brand": brand, "organization": organization}
    return Wording(
        about=(
            _("The portal of %(brand)s has to log in at BILL as your user for two things:") % names,
            _("To start BILL’s check of the company and its owner, and to read what came of it."),
            _("To set up your phone on these pages, so that BILL knows that it is you."),
            _("The portal does this by itself. Nobody at %(brand)s sees or uses these sessions.") % names,
        ),
        sentence=_("I agree that the portal logs in at BILL as my user, for these two things alone.") % names,
    )


def permission_wording(brand: str, organization: str) -> Wording:
    names = {"brand": brand, "organization": organization}
    return Wording(
        about=(
            _("People who work for %(brand)s may want to log in at BILL as your user, to help you.") % names,
            _("They can then see and change what you can see and change at BILL, but not move money.")
            % names,
            _("Each time they have to say why, for at most 15 minutes. You see each time on these pages.")
            % names,
            _("You can take this back at any time. That ends a session at once.") % names,
        ),
        sentence=_("May people of %(brand)s log in as your user?") % names,
    )


def device_wording(brand: str) -> Wording:
    names = {"brand": brand}
    return Wording(
        about=(
            _("With your phone you make this portal a device that BILL remembers for 30 days.") % names,
            _("A session on a remembered device can do everything that you can do, payments too.") % names,
        ),
        sentence=_("People of %(brand)s may use the remembered device, with which payments are possible.")
        % names,
    )


def spoken_language() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE
