"""Mails to contacts: written down with the change they tell of, sent by a worker, and again until they are gone."""

import logging
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from onboarding.engine import wake
from onboarding.models import Branding, Contact, Invitation, Mail
from onboarding.services.contacts.branding import Brand, brand_of
from portal.lib import bidi, clock, links
from portal.lib.tenancy import acting_for

logger = logging.getLogger("onboarding.mails")
LINK = "contact"
WAITS = [timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600)]
GIVE_UP_AFTER = 30
# How long one sender has for one mail before another may take it.
LEASE = timedelta(minutes=2)
AT_ONCE = 50
LOGO = "logo"
NOT_NEEDED = "not needed any more"


@dataclass(frozen=True)
class Taken:
    """A mail that this worker sends, and all that is in it."""

    tenant_id: UUID
    mail_id: UUID
    tries: int
    kind: str
    to: str
    language: str
    brand: Brand
    context: Mapping[str, object]


def write(
    contact: Contact, kind: str, facts: Mapping[str, str] | None = None, invitation: Invitation | None = None
) -> Mail:
    """In the caller's transaction: this mail is to be sent. Templates: onboarding/contacts/mail/<kind>.{txt,html}."""
    now = clock.now()
    mail = Mail.objects.create(
        tenant_id=contact.tenant_id,
        contact=contact,
        kind=kind,
        invitation=invitation,
        facts=dict(facts or {}),
        made_at=now,
        due_at=now,
    )
    wake.mail_on_commit(mail.tenant_id, mail.pk)
    return mail


def link_of(invitation: Invitation) -> str:
    """The address in the mail."""
    token = links.token_of(LINK, invitation.pk)
    return f"{settings.PUBLIC_URL}{reverse('contact_link', args=[token])}"


def wake_due() -> None:
    """Wake workers for what is due, of every tenant: its own wake-up was lost, or it is tried again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant, mail FROM mails_due(%s, %s)", [clock.now(), AT_ONCE])
        found = cursor.fetchall()
    for tenant_id, mail_id in found:
        wake.send_mail(tenant_id, mail_id)


def send(tenant_id: UUID, mail_id: UUID) -> bool:
    """Send one mail if it is due. A worker that dies in the middle may leave it to be sent twice, never not at all."""
    taken = _take(tenant_id, mail_id)
    if taken is None:
        return False
    try:
        message = _message(taken)
    except Exception as error:
        # A bug of ours, which must not be met again every two minutes for ever.
        logger.exception("mail %s (%s) cannot be written", mail_id, taken.kind)
        return _put_off(taken, type(error).__name__)
    try:
        message.send()
    except (OSError, ValueError, smtplib.SMTPException) as error:
        logger.warning("mail %s was not sent: %s", mail_id, type(error).__name__)
        return _put_off(taken, type(error).__name__)
    with acting_for(tenant_id):
        now = clock.now()
        Mail.objects.filter(pk=mail_id).update(sent_at=now, due_at=None, facts={}, problem="")
    return True


def _take(tenant_id: UUID, mail_id: UUID) -> Taken | None:
    now = clock.now()
    with acting_for(tenant_id):
        due = Mail.objects.select_for_update(of=("self",), skip_locked=True).filter(
            pk=mail_id, due_at__lte=now
        )
        mail = due.select_related("contact__onboarding", "invitation").first()
        if mail is None:
            return None
        contact, invitation = mail.contact, mail.invitation
        is_void = invitation is not None and not invitation.is_open(now)
        if is_void or not contact.may_come:
            mail.due_at, mail.problem, mail.facts = None, NOT_NEEDED, {}
            mail.save(update_fields=["due_at", "problem", "facts"])
            return None
        mail.due_at, mail.tries = now + LEASE, mail.tries + 1
        mail.save(update_fields=["due_at", "tries"])
        context = {
            **mail.facts,
            "name": contact.name,
            "organization": contact.onboarding.name,
            "link": link_of(invitation) if invitation else "",
            "until": invitation.expires_at if invitation else None,
            "way_back": f"{settings.PUBLIC_URL}{reverse('contact_ask')}",
        }
        brand = brand_of(Branding.objects.first(), contact.tenant.name)
        return Taken(
            tenant_id, mail_id, mail.tries, mail.kind, contact.email, contact.language, brand, context
        )


def _message(taken: Taken) -> EmailMultiAlternatives:
    with translation.override(taken.language or settings.LANGUAGE_CODE):
        language = translation.get_language()
        direction = "rtl" if translation.get_language_bidi() else "ltr"
        names = {key: bidi.isolated(str(taken.context[key]), direction) for key in ("name", "organization")}
        context = {
            **taken.context,
            **names,
            "brand": replace(taken.brand, name=bidi.isolated(taken.brand.name, direction)),
            "language": language,
            "direction": direction,
            "logo": LOGO if taken.brand.logo else "",
        }
        at = f"onboarding/contacts/mail/{taken.kind}"
        subject = " ".join(render_to_string(f"{at}_subject.txt", context).split())
        message = EmailMultiAlternatives(
            subject,
            render_to_string(f"{at}.txt", context),
            from_email=formataddr((taken.brand.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[taken.to],
            reply_to=[taken.brand.email] if taken.brand.email else None,
        )
        message.attach_alternative(render_to_string(f"{at}.html", context), "text/html")
    if taken.brand.logo:
        image = MIMEImage(taken.brand.logo, taken.brand.logo_type.partition("/")[2])
        image.add_header("Content-ID", f"<{LOGO}>")
        image.add_header("Content-Disposition", "inline", filename="logo")
        message.mixed_subtype = "related"  # type: ignore[attr-defined]  # the stubs leave it out
        message.attach(image)
    return message


def _put_off(taken: Taken, problem: str) -> bool:
    wait = WAITS[min(taken.tries, len(WAITS)) - 1]
    gives_up = taken.tries >= GIVE_UP_AFTER
    due_at = None if gives_up else clock.now() + wait
    with acting_for(taken.tenant_id):
        Mail.objects.filter(pk=taken.mail_id).update(due_at=due_at, problem=problem)
    return False
