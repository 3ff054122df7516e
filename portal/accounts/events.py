"""Sign-ins on record. They belong to no tenant, so they go into the platform's chain."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from portal.accounts.models import Person
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import masking
from portal.lib.actor import Actor, Kind
from portal.lib.requests import client_ip


def connect() -> None:
    """Listen to the sign-in library's own events: it offers no other place to stand."""
    user_logged_in.connect(_signed_in, dispatch_uid="signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="signed_out")
    user_login_failed.connect(_refused, dispatch_uid="refused")
    for signal in (password_changed, password_reset, password_set):
        signal.connect(_password_changed, dispatch_uid="password_changed")


def _signed_in(request: HttpRequest | None, user: Person, **kwargs: Any) -> None:
    _tell(Tag.SIGNED_IN, request, user.email, user)


def _signed_out(request: HttpRequest | None, user: Person | None, **kwargs: Any) -> None:
    if user is not None:
        _tell(Tag.SIGNED_OUT, request, user.email, user)


def _refused(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    _tell(Tag.SIGN_IN_REFUSED, request, str(credentials.get("email") or credentials.get("username") or ""))


def _password_changed(request: HttpRequest | None, user: Person, **kwargs: Any) -> None:
    _tell(Tag.PASSWORD_CHANGED, request, user.email, user)


def _tell(tag: Tag, request: HttpRequest | None, email: str, person: Person | None = None) -> None:
    actor = Actor(
        kind=Kind.STAFF if person else Kind.ANONYMOUS,
        person_id=person.pk if person else None,
        name=str(person) if person else "",
        ip=client_ip(request) if request else "",
        request_id=request.META.get("PORTAL_REQUEST_ID", "") if request else "",
    )
    with transaction.atomic():
        record(actor=actor, tag=tag, fields={"email": masking.email(email[:254])})
