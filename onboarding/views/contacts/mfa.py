"""MFA on the admin's pages, one question on a screen. Looking at a page asks BILL nothing and sends nothing."""

from collections.abc import Callable
from http import HTTPStatus

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from onboarding.forms.contacts import MfaCodeForm, MfaPhoneForm
from onboarding.services.contacts import mfa as services
from onboarding.services.contacts.mfa_standing import Stage, Standing, standing
from onboarding.services.contacts.mfa_troubles import KEPT, Kind, Trouble
from onboarding.services.contacts.tasks import Task
from onboarding.views.contacts.gate import ContactRequest, contact_gate
from onboarding.views.contacts.home import task_page
from portal.lib.tenancy import acting_for

UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
# Every other trouble is something to correct.
STATUS = {
    Kind.SOON: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.NO_ROOM: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.BUSY: HTTPStatus.CONFLICT,
    Kind.MOVED: HTTPStatus.CONFLICT,
    Kind.NOT_REACHED: HTTPStatus.SERVICE_UNAVAILABLE,
}
# What the row shows by itself: the page is asked for anew, and can be reloaded.
ON_THE_ROW = KEPT | {Kind.UNKNOWN, Kind.BLOCKED, Kind.NOT_PERMITTED, Kind.NOT_YET, Kind.ENDED}
TEMPLATES = {
    Stage.START: "mfa_start",
    Stage.PHONE: "mfa_phone",
    Stage.PHONE_CODE: "mfa_code",
    Stage.DEVICE: "mfa_device",
    Stage.DEVICE_CODE: "mfa_code",
    Stage.DONE: "mfa_done",
    Stage.NOT_USED: "mfa_done",
    Stage.NOT_PERMITTED: "mfa_wait",
    Stage.NOT_YET: "mfa_wait",
    Stage.ENDED: "mfa_wait",
}


@contact_gate("GET HEAD POST", calls_bill=True)
def mfa(request: ContactRequest) -> HttpResponse:
    """Where MFA stands. A press of the button looks at BILL."""
    if request.method == "POST":
        return _answer(request, services.look(actor=request.actor, onboarding_id=request.onboarding.pk))
    return _show(request, _standing(request))


@contact_gate("GET HEAD POST", calls_bill=True)
def phone(request: ContactRequest) -> HttpResponse:
    """The phone that gets the tokens: at first, and to correct it."""
    form = MfaPhoneForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _phone_page(request, form)
    given = form.cleaned_data
    trouble = services.set_up(
        actor=request.actor,
        onboarding_id=request.onboarding.pk,
        phone=given["phone"],
        by_voice=given["by_voice"],
    )
    if trouble is None or trouble.kind in ON_THE_ROW | {Kind.MOVED}:
        return redirect("contact_mfa")
    return _phone_page(request, form, trouble)


def _phone_page(request: ContactRequest, form: MfaPhoneForm, trouble: Trouble | None = None) -> HttpResponse:
    """The form, where a phone can be set up at all."""
    now = _standing(request)
    if TEMPLATES[now.stage] in ("mfa_done", "mfa_wait", "mfa_start"):
        return redirect("contact_mfa")
    return _show(request, Standing(now.mfa, Stage.PHONE, trouble or now.trouble), trouble, form)


@contact_gate("GET HEAD POST", calls_bill=True)
def code(request: ContactRequest) -> HttpResponse:
    """A token from BILL: of the phone, or of the challenge."""
    if request.method != "POST":
        return redirect("contact_mfa")
    form = MfaCodeForm(request.POST)
    before = _standing(request)
    if not form.is_valid():
        is_code = before.stage in (Stage.PHONE_CODE, Stage.DEVICE_CODE)
        return _show(request, before, form=form) if is_code else redirect("contact_mfa")
    if form.cleaned_data["token"] != before.stage:
        return _answer(request, Trouble(Kind.MOVED))
    confirm: Callable[..., Trouble | None] = (
        services.confirm_phone if before.stage is Stage.PHONE_CODE else services.confirm_device
    )
    given = form.cleaned_data["code"]
    trouble = confirm(actor=request.actor, onboarding_id=request.onboarding.pk, token=given)
    if trouble is not None and trouble.kind is Kind.WRONG:
        form.add_error("code", _wrong(trouble.left))
        return _show(request, before, form=form)
    return _answer(request, trouble)


def _wrong(left: int) -> str:
    return ngettext(
        "This is not the code that BILL sent. One try is left.",
        "This is not the code that BILL sent. %(left)d tries are left.",
        left,
    ) % {"left": left}


@contact_gate("GET HEAD POST", calls_bill=True)
def challenge(request: ContactRequest) -> HttpResponse:
    """Have BILL send the token that makes it remember this portal."""
    if request.method != "POST":
        return redirect("contact_mfa")
    return _answer(request, services.challenge(actor=request.actor, onboarding_id=request.onboarding.pk))


@contact_gate("GET HEAD POST", calls_bill=True)
def again(request: ContactRequest) -> HttpResponse:
    """Another token, as a text or by voice."""
    if request.method != "POST":
        return redirect("contact_mfa")
    by_voice = {"voice": True, "text": False}.get(request.POST.get("by", ""))
    trouble = services.again(actor=request.actor, onboarding_id=request.onboarding.pk, by_voice=by_voice)
    return _answer(request, trouble)


def _answer(request: ContactRequest, trouble: Trouble | None) -> HttpResponse:
    """What came of it: the page as it stands now, with what went wrong if that is nowhere else."""
    if trouble is None or trouble.kind in ON_THE_ROW:
        return redirect("contact_mfa")
    return _show(request, _standing(request), trouble)


def _standing(request: ContactRequest) -> Standing:
    with acting_for(request.contact.tenant_id):
        return standing(request.onboarding.pk)


def _show(
    request: ContactRequest, now: Standing, trouble: Trouble | None = None, form: Form | None = None
) -> HttpResponse:
    if form is None and now.stage is Stage.PHONE:
        form = MfaPhoneForm()
    elif form is None:
        form = MfaCodeForm(initial={"token": now.stage.value})
    with acting_for(request.contact.tenant_id):
        context = task_page(request, Task.MFA, form=form, mfa=now.mfa, stage=now.stage.value)
    # What is wrong with the form stands beside its field.
    context["trouble"] = None if form.errors else trouble or now.trouble
    status = HTTPStatus.OK
    if form.errors or trouble is not None:
        status = STATUS.get(trouble.kind, UNPROCESSABLE) if trouble else UNPROCESSABLE
    return render(request, f"onboarding/contacts/{TEMPLATES[now.stage]}.html", context, status=status)
